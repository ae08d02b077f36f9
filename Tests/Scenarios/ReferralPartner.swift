/// The program referral-partner in a world, in place of the Python partner.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport

extension World {
  /// Runs with `partner.toml` of the world's folder, honest or as an exercise says; returns when it
  /// listens.
  func referralPartner(exercise: String? = nil) async throws -> Program {
    let program = try startReferralPartner(exercise: exercise)
    _ = try await eventually("referral-partner listens") { () throws -> UnixSocket? in
      guard program.isRunning else { throw Stuck(description: program.log) }
      return try? UnixSocket(connectedTo: folder + "/police.sock")
    }
    return program
  }

  /// The same without waiting.
  func startReferralPartner(exercise: String? = nil) throws -> Program {
    try start(
      "referral-partner", Machine.programs + "/referral-partner",
      ["serve", "--config", folder + "/partner.toml"]
        + (exercise.map { ["--exercise", $0] } ?? []))
  }

  /// What the partner took, by its own store.
  func effects() async throws -> JSONValue {
    let count = try start(
      "effects", Machine.programs + "/referral-partner",
      ["effects", "--socket", folder + "/police.sock", "--json"])
    guard try await count.ended() == 0 else { throw Stuck(description: count.log) }
    return try JSONReader.read(Array(count.log.utf8))
  }

  /// The police of the example register, on a port of loopback.
  func partnerSettings(_ port: Int) -> String {
    """
    identity = "\(Identity.police.urn)"
    name = "politie-avim"
    listen = "127.0.0.1:\(port)"
    state = "police"
    admin_socket = "police.sock"
    schemas = "\(PackageFolder.path)/schemas"
    exercise_only = true
    [tls]
    certificate = "etc/pki/politie-avim-server-chain.pem"
    key = "etc/pki/politie-avim-server.key"
    client_anchors = "etc/pki/anchors.pem"
    [signing]
    certificate = "etc/pki/politie-avim-sign.pem"
    key = "etc/pki/politie-avim-sign.key"
    algorithm = "PS256"
    [sender]
    identity = "urn:nld:oin:00000099000000001000"
    anchors = "etc/pki/anchors.pem"
    intermediates = "etc/pki/intermediates.pem"
    algorithms = ["PS256", "ES256"]
    revocation_lists = "etc/pki/crls"

    """
  }
}
