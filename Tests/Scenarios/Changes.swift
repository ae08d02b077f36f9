/// Corrections and withdrawals: whoever has any revision hears of them, and must say that it acted.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Changes {
    /// A partner file that demands a word within an hour.
    private static func within(_ hours: Int) -> (String, String) -> String {
      { file, text in
        file.hasPrefix("partners.d")
          ? text.replacing(
            "[acknowledgements]",
            with: "[acknowledgements]\nchange_executed_within_hours = \(hours)") : text
      }
    }

    private func recipients(_ gateway: Gateway, _ id: String) throws -> [JSONValue] {
      try gateway.admin.send("GET", "/v1/deliveries/\(id)/recipients").lines
    }

    @Test func `reach whoever has any earlier revision, each with what it got itself`()
      async throws
    {
      let all = try await CallbackWorld.running(others: [.hub], edit: Self.within(1))
      let first = try Submission.fresh(to: [.police])
      let one = try all.gateway.deliver(first)
      _ = try await all.gateway.settled(one, "DELIVERED")
      // Revision 2 names the hub only, revision 3 the police only: both have something to correct.
      let second = first.corrected(2).with("/recipients", ["emm"])
      #expect(try all.gateway.submit(second).status == 200)
      _ = try await all.gateway.allDelivered(3)
      let third = first.withdrawn(3).with("/recipients", ["politie-avim"])
      let reply = try all.gateway.submit(third)
      #expect(reply.status == 200, "\(text(reply.lines))")
      _ = try await all.gateway.allDelivered(5)
      let lines = try recipients(all.gateway, first.referralID)
      let seen = lines.map { line in
        "\(line["partner"]?.text ?? "") \(line["revision"]?.integer ?? 0) "
          + "\(line["operation"]?.text ?? "") \(line["change"]?.text ?? "")"
      }
      #expect(
        seen == [
          "emm 2 create not-awaited", "emm 3 withdraw waiting", "politie-avim 1 create not-awaited",
          "politie-avim 2 correct not-awaited", "politie-avim 3 withdraw waiting",
        ], "the hub never had what revision 2 corrects")
      #expect(lines.map { $0["latest"]?.flag } == [false, true, false, false, true])
      #expect(try recipients(all.gateway, one) == lines, "by the id of a delivery too")
      // The digest is of the octets that this partner got, and no person is in a withdrawal.
      let sent = try all.partner.requests().map { try Sent($0) }
      #expect(sent.map(\.supersedes) == [nil, sent[0].digest, sent[1].digest])
      #expect(sent[2].groups == ["header", "handling", "change"])
      let control = Control(all.world)
      #expect(try await control.status("show", "--recipients", first.referralID) == 0)
      #expect(control.output.contains("\"change\":\"waiting\""), "\(control.output)")
      let nobody = UUID().uuidString.lowercased()
      #expect(try await control.status("show", "--recipients", nobody) == 66)
    }

    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `a change that nobody says was carried out is an alarm until somebody does`()
      async throws
    {
      let all = try await CallbackWorld.running(others: [.hub], edit: Self.within(24))
      let first = try Submission.fresh(to: [.police, .hub])
      #expect(try all.gateway.submit(first).status == 200)
      _ = try await all.gateway.allDelivered(2)
      #expect(try all.gateway.submit(first.corrected(2)).status == 200)
      let deliveries = try await all.gateway.allDelivered(4)
      let police = try #require(
        deliveries.first { $0["partner"] == "politie-avim" && $0["revision"] == 2 }?["id"]?.text)
      #expect(
        try await all.bring("change-executed", ["result": "replaced"], about: police).status == 204)
      func standings() throws -> [String?] {
        try recipients(all.gateway, first.referralID).filter { $0["latest"]?.flag == true }
          .map { $0["change"]?.text }
      }
      #expect(try standings() == ["waiting", "executed"])
      #expect(try await all.gateway.stop() == 0)
      try await all.start(environment: try Machine.clock(ahead: 24 * 3_600 + 60))
      _ = try await eventually("somebody is told") {
        all.gateway.events("change-overdue").first
      }
      #expect(try standings() == ["overdue", "executed"])
      func alarms() throws -> [JSONValue] {
        try all.gateway.admin.send("GET", "/v1/alarms").lines
          .filter { $0["code"]?.text == "change-overdue" }
      }
      #expect(try alarms().map { $0["partner"]?.text } == ["emm"])
      #expect(all.gateway.events("change-overdue").map { $0["level"]?.text } == ["alarm"])
      try await restart(all, hours: 25)
      let late = try #require(try await overdue(all, is: 1).first)
      #expect(late["partner"]?.text == "emm")
      #expect(late["whatToDo"]?["nl"]?.text?.contains("Bel de partner") == true)
      let lines = late["recipients"]?.elements ?? []
      #expect(
        lines.map { "\($0["partner"]?.text ?? "") \($0["change"]?.text ?? "")" } == [
          "emm not-awaited", "emm overdue", "politie-avim not-awaited", "politie-avim executed",
        ])
      let hub = try #require(
        deliveries.first { $0["partner"] == "emm" && $0["revision"] == 2 }?["id"]?.text)
      let request = JSONValue.string(
        "\(all.world.folder)/emm-kept/000002.request")
      let brought = try await all.bring(
        [
          [
            "kind": "change-executed", "data": ["result": "refused-legal-duty"],
            "request": request,
          ]
        ], about: police, by: .hub)
      #expect(brought.map(\.status) == [204], "\(brought)")
      #expect(try standings() == ["refused-on-duty", "executed"])
      #expect(try alarms().isEmpty)
      #expect(try all.gateway.show(hub)["answer"]?.text == "change-executed")
      try await restart(all, hours: 48)
      _ = try await eventually("the last word is told with what concerns all") {
        let last = try all.world.told().last
        return last?["recipients"]?.elements?.map { $0["change"]?.text }
          == ["not-awaited", "refused-on-duty", "not-awaited", "executed"] ? true : nil
      }
      _ = try await overdue(all, is: 1)
      #expect(try await all.gateway.stop() == 0)
    }

    /// Every loop goes round once at the start; more is not certain, because under libfaketime the
    /// timers of a clock that is far ahead do not end.
    private func restart(_ all: CallbackWorld, hours: Int) async throws {
      #expect(try await all.gateway.stop() == 0)
      try await all.start(environment: try Machine.clock(ahead: hours * 3_600 + 60))
    }

    private func overdue(_ all: CallbackWorld, is count: Int) async throws -> [JSONValue] {
      var told: [JSONValue] = []
      do {
        return try await eventually("the case system hears \(count) times that one is late") {
          told = try all.world.told()
          let late = told.filter { $0["kind"]?.text == "change-overdue" }
          return late.count == count ? late : nil
        }
      } catch {
        throw Stuck(description: "\(error): \(text(told)); log: \(all.gateway.log)")
      }
    }

    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `several partners that are late at once are one event each`() async throws {
      let all = try await CallbackWorld.running(others: [.hub], edit: Self.within(24))
      let first = try Submission.fresh(to: [.police, .hub])
      #expect(try all.gateway.submit(first).status == 200)
      _ = try await all.gateway.allDelivered(2)
      #expect(try all.gateway.submit(first.withdrawn(2)).status == 200)
      _ = try await all.gateway.allDelivered(4)
      for hours in [25, 26, 48, 49] {
        try await restart(all, hours: hours)
        let alarms = try await eventually("both are named") {
          let alarms = all.gateway.events("change-overdue")
          return alarms.count >= 2 ? alarms : nil
        }
        #expect(alarms.compactMap { $0["partner"]?.text }.sorted() == ["emm", "politie-avim"])
        guard hours > 25 else { continue }
        let late = try await overdue(all, is: 2)
        #expect(late.compactMap { $0["partner"]?.text }.sorted() == ["emm", "politie-avim"])
      }
      #expect(try await all.gateway.stop() == 0)
    }

    @Test func `what comes late about an old revision is kept there, and touches no newer one`()
      async throws
    {
      let all = try await CallbackWorld.running(edit: Self.within(24))
      let first = try Submission.fresh()
      let one = try all.gateway.deliver(first)
      _ = try await all.gateway.settled(one, "DELIVERED")
      let two = try all.gateway.deliver(first.corrected(2))
      _ = try await all.gateway.settled(two, "DELIVERED")
      let three = try all.gateway.deliver(first.withdrawn(3))
      _ = try await all.gateway.settled(three, "DELIVERED")
      #expect(try await all.bring("acceptance", about: one).status == 204)
      let changed = try await all.bring("change-executed", ["result": "replaced"], about: two)
      #expect(changed.status == 204)
      #expect(try all.gateway.show(one)["answer"]?.text == "accepted")
      #expect(try all.gateway.show(two)["answer"]?.text == "change-executed")
      #expect(try all.gateway.show(three)["answer"]?.text == "none")
      let lines = try recipients(all.gateway, three)
      #expect(lines.map { $0["change"]?.text } == ["not-awaited", "executed", "waiting"])
      _ = try await eventually("the case system hears which revision each is about") {
        let answers = try all.world.told().filter { $0["kind"]?.text == "answer" }
        return answers.map { $0["revision"]?.integer } == [1, 2] ? true : nil
      }
    }

    @Test func `a partner that is not competent names another, who gets one delivery more`()
      async throws
    {
      let all = try await CallbackWorld.running(others: [.hub])
      let first = try Submission.fresh(to: [.police])
      let one = try all.gateway.deliver(first)
      _ = try await all.gateway.settled(one, "DELIVERED")
      let competent = Identity.hub.urn
      let brought = try await all.bring(
        "rejection",
        ["reasons": [["code": "not-competent", "forwardTo": .string(competent)]]], about: one)
      #expect(brought.status == 204)
      let control = Control(all.world)
      #expect(try await control.status("show", one) == 0)
      let said = "\"code\":\"not-competent\",\"forwardTo\":\"\(competent)\""
      #expect(control.output.contains(said), "\(control.output)")
      let again = first.with("/recipients", ["politie-avim", "emm"])
      #expect(try all.gateway.submit(again).status == 200)
      let both = try await all.gateway.allDelivered(2)
      #expect(both.compactMap { $0["partner"]?.text }.sorted() == ["emm", "politie-avim"])
      #expect(all.partner.journal().count == 1, "the first has it already")
      let lines = try recipients(all.gateway, first.referralID)
      #expect(lines.map { $0["answer"]?.text } == ["none", "rejected"])
    }
  }
}

/// A document as it came to a partner.
private struct Sent {
  let digest: String?
  let supersedes: String?
  let groups: [String]

  init(_ request: [UInt8]) throws {
    let end = try #require(request.firstRange(of: [13, 10, 13, 10]))
    let head = String(decoding: request[..<end.lowerBound], as: UTF8.self)
    digest = head.components(separatedBy: "\r\n").first { $0.hasPrefix("Digest: ") }
      .map { String($0.dropFirst("Digest: ".count)) }
    let data = try JSONReader.read(Array(request[end.upperBound...]))["data"]
    supersedes = data?["header"]?["supersedes"]?["digest"]?.text
    groups = data?.members?.members.map(\.name) ?? []
  }
}
