/// The law of conservation: what was accepted is delivered, open, held, dead, expired or cancelled.
// SPDX-License-Identifier: Apache-2.0
import JSON
import TestSupport
import Testing

extension Gateway {
  /// Stops the gateway and compares what its clients were told with what it says, and both with
  /// what another program finds in the store.
  func balance(_ told: Set<String>, at place: SourceLocation = #_sourceLocation) async throws {
    let status = try status()
    let depths = (status["depths"]?.elements ?? []).compactMap { $0["count"]?.integer }
    #expect(depths.reduce(0, +) == Int64(told.count), "\(text(status))", sourceLocation: place)
    #expect(status["accepted"]?.integer == Int64(told.count), sourceLocation: place)
    let listed = Set(try deliveries().compactMap { $0["id"]?.text })
    #expect(listed == told, "lost: \(told.subtracting(listed))", sourceLocation: place)
    #expect(try await stop() == 0, sourceLocation: place)
    try await count(told.count, at: place)
  }

  /// The store of a gateway that does not run.
  private func count(_ accepted: Int, at place: SourceLocation) async throws {
    let program = try world.start(
      "ledger-\(accepted)", Machine.python,
      [
        "-B", PackageFolder.path + "/Tests/Support/ledger.py", world.folder + "/store/outbox.db",
      ])
    guard try await program.ended() == 0,
      let line = program.log.split(separator: "\n").last,
      let found = try JSONReader.read(Array(line.utf8)).members
    else { throw Stuck(description: program.log) }
    for member in found.members {
      let (name, value) = (member.name, member.value)
      switch name {
      case "accepted", "deliveries":
        #expect(value.integer == Int64(accepted), "\(name)", sourceLocation: place)
      case "integrity": #expect(value.text == "ok", sourceLocation: place)
      case "states": continue
      default: #expect(value.integer == 0, "\(name)", sourceLocation: place)
      }
    }
  }
}

extension AdminReply {
  /// Ids of the deliveries that an answer names.
  var deliveries: [String] {
    (lines.first?["deliveries"]?.elements ?? []).compactMap { $0["id"]?.text }
  }
  /// What went wrong, as the CLI shows it.
  var code: String? { lines.last?["code"]?.text }
}

extension Submission {
  /// The same referral as a later revision that replaces the earlier ones.
  func corrected(_ revision: Int64) -> Submission {
    with("/referral/header/revision", .number(JSONNumber(revision)))
      .with("/referral/header/operation", "correct")
      .with(
        "/referral/change",
        [
          "type": "correction", "reasonCode": "new-facts", "instruction": "replace",
          "affectedFields": ["/persons/0"],
        ])
  }

  /// The withdrawal of the same referral; it carries no person.
  func withdrawn(_ revision: Int64) -> Submission {
    let header = (tree["referral"]?["header"] ?? .null)
      .with("/revision", .number(JSONNumber(revision))).with("/operation", "withdraw")
      .without("/attention").without("/decisionDueAt")
    let handling = (tree["referral"]?["handling"] ?? .null)
      .without("/proportionality").without("/handlingText").without("/relayPermission")
    return with(
      "/referral",
      [
        "header": header, "handling": handling,
        "change": [
          "type": "withdrawal", "reasonCode": "factual-error", "instruction": "erase",
        ],
      ])
  }
}

extension IndependentPartner {
  /// The revisions of one referral in the order in which they came.
  func revisions(of referral: String) throws -> [Int64] {
    try requests().compactMap { request in
      guard let head = request.firstRange(of: [13, 10, 13, 10]) else { return nil }
      let header = try JSONReader.read(Array(request[head.upperBound...]))["data"]?["header"]
      return header?["referralId"]?.text == referral ? header?["revision"]?.integer : nil
    }
  }
}
