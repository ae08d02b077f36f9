/// The program referral-partner in a world, in place of the Python partner.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

extension World {
  /// Runs with `partner.toml` of the world's folder; returns when it listens.
  func referralPartner() async throws -> Program {
    let program = try start(
      "referral-partner", Machine.programs + "/referral-partner",
      ["serve", "--config", folder + "/partner.toml"])
    _ = try await eventually("referral-partner listens") { () throws -> UnixSocket? in
      guard program.isRunning else { throw Stuck(description: program.log) }
      return try? UnixSocket(connectedTo: folder + "/police.sock")
    }
    return program
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
