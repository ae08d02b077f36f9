/// The numbers for monitoring, read by a parser that is not ours.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Metrics {
    @Test func `tells a monitoring system what happened, and nothing of anybody`() async throws {
      let world = try World()
      let lie = Array(repeating: JSONValue.string("wrong-payload-digest"), count: 3)
      let police = try await world.partner(.police, plan: lie + ["honest"])
      let gateway = try await Gateway.running(world, [police])
      let held = try gateway.deliver(Submission.fresh("01-kitchen-workers"))
      _ = try await gateway.settled(held, "HELD")
      let delivered = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(delivered, "DELIVERED")
      let control = Control(world)
      #expect(try await control.status("metrics") == 0)
      for name in WholeWay.names {
        #expect(!control.output.contains(name))
      }
      #expect(!control.output.contains(held) && !control.output.contains(delivered))
      try world.write("metrics.txt", control.output)
      let families = try await read(world)
      let counts: [(String, [String: String], Int64)] = [
        ("acknowledgements_total", ["verdict": "payload-digest-mismatch"], 3),
        ("acknowledgements_total", ["verdict": "verified"], 1),
        ("attempts_total", ["outcome": "unverified"], 3),
        ("attempts_total", ["outcome": "done"], 1),
        ("alarms_total", ["alarm": "unverified-receipt"], 1),
        ("outbox_deliveries", ["state": "HELD"], 1),
        ("outbox_deliveries", ["state": "DELIVERED"], 1), ("partner_suspended", [:], 0),
      ]
      for (name, labels, value) in counts {
        let labels = labels.merging(["partner": "politie-avim"]) { $1 }
        #expect(families["referral_gateway_" + name]?[labels] == value, "\(name) \(labels)")
      }
      let oldest = families["referral_gateway_outbox_oldest_seconds"]?.values.first
      #expect(try #require(oldest) >= 0)
      let build = families["referral_gateway_build_info"]?.keys.first
      #expect(build?["profile"] == "development")
      let ends = try #require(families["referral_gateway_certificate_expiry_timestamp_seconds"])
      #expect(Set(ends.keys.compactMap { $0["use"] }).isSuperset(of: ["sign", "verify-anchor"]))
      let updates = families["referral_gateway_revocation_list_next_update_timestamp_seconds"]
      #expect(updates?.count == 2)
      let start = families["referral_gateway_start_time_seconds"]?.values.first ?? 0
      #expect(updates?.values.allSatisfy { $0 > start } == true)
      #expect(try await gateway.stop() == 0)
      #expect(try await control.status("metrics") == 75)
    }

    /// By name of sample and labels.
    private func read(_ world: World) async throws -> [String: [[String: String]: Int64]] {
      let text = try await world.python(
        "read-metrics",
        [PackageFolder.path + "/Tests/Support/read_metrics.py", world.folder + "/metrics.txt"])
      var found: [String: [[String: String]: Int64]] = [:]
      for family in try JSONReader.read(Array(text.utf8)).elements ?? [] {
        for sample in family["samples"]?.elements ?? [] {
          var labels: [String: String] = [:]
          for member in sample["labels"]?.members?.members ?? [] {
            labels[member.name] = member.value.text
          }
          found[sample["name"]?.text ?? "", default: [:]][labels] = sample["value"]?.integer
        }
      }
      return found
    }
  }
}
