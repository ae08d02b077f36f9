/// A gateway with its door for acknowledgements open, and partners that come to it.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import JSONSchema
import Testing
import TestSupport

/// What the gateway answered to one acknowledgement that was brought.
struct Brought: CustomStringConvertible {
  let line: JSONValue
  var status: Int64 { line["status"]?.integer ?? 0 }
  var problem: String { line["problem"]?.text ?? "" }
  var detail: String { line["detail"]?.text ?? "" }
  var error: String { line["error"]?.text ?? "" }
  /// Of the acknowledgement.
  var id: String? { line["id"]?.text }
  var description: String { text(line) }
}

final class CallbackWorld {
  let world: World
  let partner: IndependentPartner
  /// The others too.
  let partners: [Identity: IndependentPartner]
  let gateway: Gateway
  private(set) var port = 0

  private init(_ world: World, _ all: [IndependentPartner], _ gateway: Gateway) {
    self.world = world
    partner = all[0]
    partners = Dictionary(uniqueKeysWithValues: all.map { ($0.identity, $0) })
    self.gateway = gateway
  }

  static let section = """
    [inbound]
    listen = "127.0.0.1:0"
    certificate = "pki/sender-server-chain.pem"
    key = "pki/sender-server.key"
    [spool]
    path = "../spool"

    """

  /// - Parameters:
  ///   - asynchronous: the partner may say "later" to a push.
  ///   - lists: how to make revocation lists of this world's own, in its folder `lists`.
  static func running(
    plan: [JSONValue] = [], others: [Identity] = [], asynchronous: Bool = false,
    environment: [String: String] = [:], lists: [String]? = nil,
    edit: @escaping (String, String) -> String = { $1 }
  ) async throws -> CallbackWorld {
    let world = try World()
    if let lists { try await world.lists(lists) }
    let partner = try await world.partner(.police, plan: plan)
    var partners = [partner]
    for other in others { partners.append(try await world.partner(other)) }
    let gateway = try Gateway(
      world, endpoints: partners.map { ($0.identity, $0.endpoint) }
    ) { file, text in
      let edited = edit(file, text)
      if file == "gateway.toml" { return edited + section }
      let partner =
        lists == nil ? edited : edited.replacing("\"pki/crls\"", with: "\"../lists\"")
      guard asynchronous, file.hasPrefix("partners.d") else { return partner }
      return partner.replacing(
        "[acknowledgements]", with: "[acknowledgements]\nasynchronous = true")
    }
    let all = CallbackWorld(world, partners, gateway)
    try await all.start(environment: environment)
    return all
  }

  func start(environment: [String: String] = [:]) async throws {
    try await gateway.start(environment: environment)
    let doors = gateway.events("listening-for-acknowledgements")
    port = Int(try #require(doors.last?["port"]?.integer))
  }

  /// The octets of the push in which a delivery's document came.
  func request(_ id: String, at partner: IndependentPartner? = nil) throws -> JSONValue {
    let partner = partner ?? self.partner
    let line = partner.journal().last { $0["id"]?.text == id }
    let number = try #require(line?["number"]?.integer, "the partner never saw \(id)")
    let name = String(format: "%06d", Int(number))
    return .string("\(world.folder)/\(partner.identity.code)-kept/\(name).request")
  }

  /// Brings steps about a delivery, in order (Tests/Support/callbacks.py).
  func bring(
    _ steps: [JSONObject], about id: String, by identity: Identity = .police,
    at partner: IndependentPartner? = nil
  ) async throws -> [Brought] {
    let request = try request(id, at: partner)
    let all = steps.map { step -> JSONValue in
      var step = step
      step["request"] = step["request"] ?? request
      return .object(step)
    }
    let name = "steps-\(UUID().uuidString)"
    try world.write("\(name).json", text(all))
    let output = try await world.python(
      name,
      [
        "Tests/Support/callbacks.py", "--pki", world.pki, "--port", "\(port)", "--code",
        identity.code, "--identity", identity.urn, "--steps", "\(world.folder)/\(name).json",
      ])
    return try output.split(separator: "\n").map {
      Brought(line: try JSONReader.read(Array($0.utf8)))
    }
  }

  /// One acknowledgement, honest.
  func bring(_ kind: String, _ data: JSONObject = [:], about id: String) async throws -> Brought {
    try #require(
      try await bring([["kind": .string(kind), "data": .object(data)]], about: id).first)
  }

  func told(_ kinds: [String]) async throws -> [JSONValue] {
    var last: [JSONValue] = []
    do {
      return try await eventually("the case system hears \(kinds)") {
        last = try world.told()
        return last.map { $0["kind"]?.text } == kinds ? last : nil
      }
    } catch {
      throw Stuck(description: "\(error): \(text(last)); log: \(gateway.log)")
    }
  }
}

extension World {
  /// Events of the case system in their order; a spool named `spool`. Each must have the form that
  /// its schema demands.
  func told() throws -> [JSONValue] {
    let schema = try eventSchema.get()
    let events = try files(below: "spool/events").filter { $0.path.hasSuffix(".json") }
      .map { try JSONReader.read($0.octets) }
    for event in events {
      let violations = schema.violations(of: event, format: .assertion)
      guard violations.isEmpty else {
        throw Stuck(description: "\(violations.first.map { "\($0)" } ?? ""): \(text(event))")
      }
    }
    return events.sorted { ($0["sequence"]?.integer ?? 0) < ($1["sequence"]?.integer ?? 0) }
  }
}

private let eventSchema = Result {
  try SchemaSet(
    documents: [
      ("event", try JSONReader.read(PackageFolder.read("schemas/event/2.0.0/schema.json")))
    ],
    options: SchemaOptions(strictKeywords: true)
  ).schema("event")
}
