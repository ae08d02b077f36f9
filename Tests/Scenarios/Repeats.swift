/// The same submission again, another under the same number, revisions out of order.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct Repeats {
    @Test func `answers the same submission alike and does nothing again`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let submission = try Submission.fresh()
      let first = try gateway.submit(submission)
      #expect(first.status == 200)
      #expect(first.lines.first?["repeated"]?.flag == false)
      _ = try await gateway.allDelivered(1)
      let second = try gateway.submit(submission)
      #expect(second.status == 200)
      #expect(second.lines.first?["repeated"]?.flag == true)
      for member in ["referralId", "revision", "result"] {
        #expect(second.lines.first?[member] == first.lines.first?[member])
      }
      let ids = [first, second].map { $0.lines.first?["deliveries"]?.elements?.first?["id"] }
      #expect(ids[0] == ids[1])
      #expect(try gateway.deliveries().count == 1)
      #expect(police.journal().count == 1)
    }

    @Test func `refuses other octets under the same revision`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let submission = try Submission.fresh()
      _ = try gateway.submit(submission)
      _ = try await gateway.allDelivered(1)
      let other = submission.with("/referral/header/priority", "routine")
      let reply = try gateway.submit(other)
      #expect(reply.status == 409)
      #expect(reply.exit == 73)
      #expect(reply.rules == ["revision-reused"])
      #expect(try gateway.deliveries().count == 1)
      #expect(police.journal().count == 1)
    }

    @Test func `refuses a second revision before the first and takes it after`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let first = try Submission.fresh()
      let second = revised(first)
      let reply = try gateway.submit(second)
      #expect(reply.status == 409, "\(text(reply.lines))")
      #expect(reply.exit == 73)
      #expect(reply.rules == ["revision-gap"])
      #expect(try gateway.deliveries().isEmpty)
      #expect(police.journal().isEmpty)
      #expect(try gateway.submit(first).status == 200)
      let taken = try gateway.submit(second)
      #expect(taken.status == 200, "\(text(taken.lines))")
    }

    private func revised(_ first: Submission, _ operation: String = "update") -> Submission {
      first.with("/referral/header/revision", 2)
        .with("/referral/header/operation", .string(operation))
        .with(
          "/referral/change",
          [
            "type": "correction", "reasonCode": "new-facts", "instruction": "replace",
            "affectedFields": ["/persons/0"],
          ])
    }

    /// What the partner took, in the order in which it came.
    private func revisionsTaken(_ police: IndependentPartner) throws -> [Int64] {
      let requests = police.requests()
      return try police.journal().filter { $0["status"]?.integer != 503 }.compactMap { line in
        let number = Int(line["number"]?.integer ?? 0)
        let request = requests[number - 1]
        let head = try #require(request.firstRange(of: [13, 10, 13, 10]))
        let body = try JSONReader.read(Array(request[head.upperBound...]))
        return body["data"]?["header"]?["revision"]?.integer
      }
    }

    @Test func `sends an update after the revision that waits`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx", "honest"])
      let gateway = try await Gateway.running(world, [police], retryScale: 0.2)
      let first = try Submission.fresh()
      let waiting = try gateway.deliver(first)
      _ = try await gateway.settled(waiting, "DEFERRED")
      let later = try gateway.deliver(revised(first))
      _ = try await gateway.settled(later, "DELIVERED")
      _ = try await gateway.settled(waiting, "DELIVERED")
      #expect(try revisionsTaken(police) == [1, 2])
    }

    @Test func `cancels a revision that waits when a correction comes`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx", "honest"])
      let gateway = try await Gateway.running(world, [police], retryScale: 0.2)
      let first = try Submission.fresh()
      let waiting = try gateway.deliver(first)
      _ = try await gateway.settled(waiting, "DEFERRED")
      let later = try gateway.deliver(revised(first, "correct"))
      _ = try await gateway.settled(later, "DELIVERED")
      let cancelled = try await gateway.settled(waiting, "CANCELLED")
      #expect(cancelled["reason"]?.text == "superseded")
      #expect(try revisionsTaken(police) == [2])
    }

    @Test func `makes exactly one more delivery for one more recipient`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let submission = try Submission.fresh("01-kitchen-workers")
      #expect(try gateway.submit(submission).status == 200)
      _ = try await gateway.allDelivered(1)
      let wider = submission.with("/recipients", ["politie-avim", "emm"])
      let reply = try gateway.submit(wider)
      #expect(reply.status == 200, "\(text(reply.lines))")
      let deliveries = try await gateway.allDelivered(2)
      #expect(Set(deliveries.compactMap { $0["partner"]?.text }) == ["politie-avim", "emm"])
      #expect(police.journal().count == 1)
      #expect(hub.journal().count == 1)
    }
  }
}
