/// The gateway of a scenario: its configuration, its process, and questions to its admin socket.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport

final class Gateway {
  let world: World
  let admin: AdminClient
  private(set) var program: Program?

  /// Writes etc/ from the example register. `edit` may change a file: its name, then its text.
  init(
    _ world: World, endpoints: [(partner: Identity, url: String)], retryScale: Double = 0.01,
    edit: (String, String) -> String = { $1 }
  ) throws {
    self.world = world
    admin = AdminClient(path: world.folder + "/admin.sock")
    let key = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    _ = FileManager.default.createFile(
      atPath: world.folder + "/etc/store.key", contents: key,
      attributes: [.posixPermissions: 0o600])
    for folder in ["store", "etc/partners.d", "etc/policies.d"] {
      try FileManager.default.createDirectory(
        atPath: "\(world.folder)/\(folder)", withIntermediateDirectories: true,
        attributes: folder == "store" ? [.posixPermissions: 0o700] : nil)
    }
    let text = Gateway.settings(retryScale: retryScale)
    try world.write("etc/gateway.toml", edit("gateway.toml", text))
    for (partner, url) in endpoints { try register(partner, at: url, edit: edit) }
  }

  /// Writes a partner's file and policy.
  func register(
    _ partner: Identity, at url: String, edit: (String, String) -> String = { $1 }
  ) throws {
    let file = "partners.d/\(partner.code).toml"
    let policy = "policies.d/\(partner.code).toml"
    let register = try Gateway.example(file).replacing(
      /endpoint = "[^"]*"/, with: "endpoint = \"\(url)\"")
    try world.write("etc/" + file, edit(file, register))
    try world.write("etc/" + policy, edit(policy, Gateway.example(policy)))
  }

  /// Towards partners that listen, and started.
  static func running(
    _ world: World, _ partners: [IndependentPartner], retryScale: Double = 0.01,
    environment: [String: String] = [:], edit: (String, String) -> String = { $1 }
  ) async throws -> Gateway {
    let gateway = try Gateway(
      world, endpoints: partners.map { ($0.identity, $0.endpoint) }, retryScale: retryScale,
      edit: edit)
    try await gateway.start(environment: environment)
    return gateway
  }

  private static func example(_ file: String) throws -> String {
    try String(contentsOfFile: "\(PackageFolder.path)/partners/\(file)", encoding: .utf8)
  }

  var log: String { program?.log ?? "" }

  /// Starts without waiting.
  @discardableResult
  func launch(_ options: [String] = [], environment: [String: String] = [:]) throws -> Program {
    // Through `env`, because libfaketime changes the environment of the first program that loads
    // it, and Swift finds its arguments by the environment's place.
    let program = try world.start(
      "referrald", "/usr/bin/env",
      [Machine.programs + "/referrald", "--config", world.folder + "/etc"] + options,
      environment: environment)
    self.program = program
    return program
  }

  /// Starts and waits until the admin socket answers.
  func start(environment: [String: String] = [:]) async throws {
    let program = try launch(environment: environment)
    _ = try await eventually("the gateway answers") { () throws -> AdminReply? in
      guard program.isRunning else { throw Stuck(description: "referrald: \(program.log)") }
      return try? admin.send("GET", "/v1/status")
    }
  }

  func kill() { program?.kill() }

  func stop() async throws -> Int32 { try await program?.stop() ?? 0 }

  func submit(_ submission: Submission) throws -> AdminReply {
    try admin.send("POST", "/v1/submissions", submission.octets)
  }

  func status() throws -> JSONValue { try admin.send("GET", "/v1/status").lines.first ?? .null }

  func deliveries(_ query: String = "limit=10000") throws -> [JSONValue] {
    try admin.send("GET", "/v1/deliveries?\(query)").lines
  }

  func show(_ id: String) throws -> JSONValue {
    try admin.send("GET", "/v1/deliveries/\(id)").lines.first ?? .null
  }

  /// Submits to one partner; the delivery's id.
  func deliver(_ submission: Submission) throws -> String {
    let reply = try submit(submission)
    let delivery = reply.lines.first?["deliveries"]?.elements?.first
    guard reply.status == 200, let id = delivery?["id"]?.text else {
      throw Stuck(description: "not accepted: \(text(reply.lines))")
    }
    return id
  }

  /// The delivery as soon as it is in one of these states and no longer under way.
  func settled(_ id: String, _ states: String..., attempts: Int64 = 1, within: Double = 30)
    async throws -> JSONValue
  {
    var last = JSONValue.null
    do {
      return try await eventually("\(id) is \(states)", within: within) {
        last = try show(id)
        guard let state = last["state"]?.text, states.contains(state),
          last["attempts"]?.integer ?? 0 >= attempts
        else { return nil }
        return last
      }
    } catch {
      throw Stuck(description: "\(error); it is \(text(last)); log: \(log)")
    }
  }

  /// All deliveries once every one of them is delivered.
  func allDelivered(_ count: Int, within: Double = 60) async throws -> [JSONValue] {
    try await eventually("\(count) deliveries are delivered", within: within) {
      let all = try deliveries()
      let done = all.allSatisfy { $0["state"]?.text == "DELIVERED" }
      return done && all.count == count ? all : nil
    }
  }

  private static func settings(retryScale: Double) -> String {
    """
    profile = "development"
    [identity]
    oin = "00000099000000001000"
    system = "referral-gateway"
    organisation = "Immigration service (exercise)"
    [store]
    path = "../store"
    key_file = "store.key"
    [admin]
    socket = "../admin.sock"
    mode = "0600"
    [schemas]
    folder = "\(PackageFolder.path)/schemas"
    [[signing.key]]
    name = "ps256"
    algorithm = "PS256"
    certificate = "pki/sender-sign.pem"
    key = "pki/sender-sign.key"
    [[signing.key]]
    name = "es256"
    algorithm = "ES256"
    certificate = "pki/sender-sign-es256.pem"
    key = "pki/sender-sign-es256.key"
    [tls]
    client_certificate = "pki/sender-client-chain.pem"
    client_key = "pki/sender-client.key"
    [delivery]
    retry_scale = \(retryScale)

    """
  }
}

/// A submission made from an example.
struct Submission: Sendable {
  private(set) var tree: JSONValue

  var octets: [UInt8] { JSONWriter.write(tree) }
  var referralID: String { tree["referral"]?["header"]?["referralId"]?.text ?? "" }

  /// The example as it stands.
  init(example name: String) throws { tree = try Examples.submission(name) }

  /// A referral of its own, to the partners named.
  static func fresh(
    _ name: String = "02-unknown-woman", to partners: [Identity] = [.police]
  ) throws -> Submission {
    try Submission(example: name)
      .with("/referral/header/referralId", .string(UUID().uuidString.lowercased()))
      .with("/recipients", .array(partners.map { .string($0.code) }))
  }

  func with(_ pointer: String, _ value: JSONValue?) -> Submission {
    var copy = self
    copy.tree = tree.with(pointer, value)
    return copy
  }
}
