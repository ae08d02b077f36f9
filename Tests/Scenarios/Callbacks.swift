/// Acknowledgements that partners bring later: what they change, and what they never may.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Outbox
import Seal
import Testing

extension Scenarios {
  @Suite(needsPython) struct Callbacks {
    @Test func `an acceptance, a case number and an outcome come after the receipt`() async throws {
      let all = try await CallbackWorld.running()
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      #expect(try await all.bring("acceptance", about: id).status == 204)
      #expect(try all.gateway.show(id)["answer"]?.text == "accepted")
      let number: JSONObject = ["scheme": "politie", "value": "2026-000123"]
      #expect(try await all.bring("case-number", number, about: id).status == 204)
      #expect(try all.gateway.show(id)["answer"]?.text == "accepted")
      let outcome: JSONObject = ["outcome": "investigation-opened", "date": "2026-11-24"]
      #expect(try await all.bring("follow-up", outcome, about: id).status == 204)
      let shown = try all.gateway.show(id)
      #expect(shown["answer"]?.text == "outcome")
      #expect(shown["state"]?.text == "DELIVERED")
      let kept = shown["acknowledgements"]?.elements ?? []
      #expect(
        kept.map { $0["kindText"]?.text } == ["receipt", "acceptance", "case-number", "follow-up"])
      #expect(kept.allSatisfy { $0["verdict"]?.text == "verified" })
      let events = try await all.told(["accepted", "delivered", "answer", "answer", "answer"])
      #expect(events.last?["acknowledgement"]?["outcome"]?.text == "investigation-opened")
      #expect(all.gateway.events("acknowledgement-kept").count == 3)
      let metrics = try all.gateway.metrics()
      let name = "referral_gateway_callbacks_total{partner=\"politie-avim\",result=\"kept\"}"
      #expect(metrics[name] == 3)
    }

    /// The answer follows the signing time and not the order of arrival.
    @Test func `an older acknowledgement that comes later changes no answer`() async throws {
      let all = try await CallbackWorld.running()
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      let now = Int64(Date().timeIntervalSince1970)
      let brought = try await all.bring(
        [
          [
            "kind": "forwarded", "iat": .number(JSONNumber(now)),
            "data": ["forwardedTo": "somebody", "at": "2026-11-24T12:00:00Z"],
          ],
          ["kind": "acceptance", "iat": .number(JSONNumber(now - 60))],
        ], about: id)
      #expect(brought.map(\.status) == [204, 204], "\(brought)")
      #expect(try all.gateway.show(id)["answer"]?.text == "forwarded")
    }

    @Test func `a receipt that comes by itself delivers what the partner took with 202`()
      async throws
    {
      let all = try await CallbackWorld.running(
        plan: [["mode": "problem", "status": 202, "type": "later"]], asynchronous: true)
      let id = try all.gateway.deliver(Submission.fresh())
      let waiting = try await all.gateway.settled(id, "AWAITING")
      #expect(waiting["reason"]?.text == "receipt-due")
      let time: JSONObject = ["receivedAt": "2026-11-24T12:00:00Z"]
      #expect(try await all.bring("receipt", time, about: id).status == 204)
      let delivery = try all.gateway.show(id)
      #expect(delivery["state"]?.text == "DELIVERED")
      #expect(delivery["attempts"]?.integer == 1)
      _ = try await all.told(["accepted", "delivered"])
      try await all.gateway.balance([id])
    }

    /// Of a partner that was never meant to answer later, and of a delivery that a person holds.
    @Test func `a verified receipt wins in whatever state it finds the delivery`() async throws {
      let all = try await CallbackWorld.running(plan: ["bad-signature"])
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "HELD")
      let time: JSONObject = ["receivedAt": "2026-11-24T12:00:00Z"]
      #expect(try await all.bring("receipt", time, about: id).status == 204)
      #expect(try all.gateway.show(id)["state"]?.text == "DELIVERED")
    }

    @Test func `a signed rejection that comes by itself ends what waits, with an alarm`()
      async throws
    {
      let all = try await CallbackWorld.running(
        plan: [["mode": "problem", "status": 202, "type": "later"]], asynchronous: true)
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "AWAITING")
      let reasons: JSONObject = [
        "reasons": [
          ["code": "not-competent", "forwardTo": "urn:nld:oin:00000099000000020000"]
        ]
      ]
      #expect(try await all.bring("rejection", reasons, about: id).status == 204)
      let delivery = try all.gateway.show(id)
      #expect(delivery["state"]?.text == "DEAD")
      #expect(delivery["answer"]?.text == "rejected")
      let events = try await all.told(["accepted", "answer", "dead"])
      let reason = events[1]["acknowledgement"]?["reasons"]?.elements?.first
      #expect(reason?["forwardTo"]?.text == "urn:nld:oin:00000099000000020000")
      #expect(try await all.gateway.stop() == 0)
      all.gateway.hasSaid(alarm: "rejected", about: id)
    }

    @Test func `the same again is answered as the first time, and other content is refused`()
      async throws
    {
      let all = try await CallbackWorld.running()
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      let first = try await all.bring(
        [["kind": "acceptance"], ["again": true], ["again": true]], about: id)
      #expect(first.map(\.status) == [204, 204, 204], "\(first)")
      let other = try await all.bring(
        [["kind": "rejection", "id": first[0].id.map(JSONValue.string) ?? .null,
          "data": ["reasons": [["code": "incomplete"]]]]], about: id)
      #expect(other.map(\.status) == [422], "\(other)")
      #expect(other.map(\.problem) == ["idempotency-key-reused"])
      let shown = try all.gateway.show(id)
      #expect(shown["answer"]?.text == "accepted")
      let kept = shown["acknowledgements"]?.elements ?? []
      #expect(
        kept.map { $0["verdict"]?.text } == ["verified", "verified", "acknowledgement-id-reused"])
      _ = try await all.told(["accepted", "delivered", "answer"])
      let alarms = all.gateway.events("acknowledgement-refused")
      #expect(alarms.map { $0["code"]?.text } == ["acknowledgement-id-reused"])
      #expect(alarms.allSatisfy { $0["level"]?.text == "alarm" })
    }

    /// The planted death is the crash; the second life must not show a trace of it.
    @Test func `dies between keeping and answering, and answers the repeat as if it had lived`()
      async throws
    {
      let all = try await CallbackWorld.running(
        environment: ["REFERRAL_PLANT": "die-before-answer"])
      let id = try all.gateway.deliver(Submission.fresh())
      _ = try await all.gateway.settled(id, "DELIVERED")
      let step: JSONObject = ["kind": "acceptance", "id": "019ab1c2-7f00-7abc-8def-0123456789ab"]
      let lost = try await all.bring([step], about: id)
      #expect(lost.map(\.status) == [0], "\(lost)")
      #expect(try await all.gateway.program?.ending() == .killed)
      try await all.start()
      #expect(try all.gateway.show(id)["answer"]?.text == "accepted")
      let again = try await all.bring([["replay": true]], about: id)
      #expect(again.map(\.status) == [204], "\(again)")
      let kept = try all.gateway.show(id)["acknowledgements"]?.elements ?? []
      #expect(kept.count == 2)
      #expect(all.gateway.events("acknowledgement-repeated").count == 1)
      _ = try await all.told(["accepted", "delivered", "answer"])
    }
  }
}
