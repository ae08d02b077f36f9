/// The promise through the real daemon: what partners received, and every trace beside it.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Referrals
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct Promises {
    @Test func `shows each partner its part and leaves no text anywhere else`() async throws {
      let world = try World()
      let partners = [
        try await world.partner(.police), try await world.partner(.hub),
        try await world.partner(.care),
      ]
      let gateway = try await Gateway.running(world, partners) { file, text in
        file == "gateway.toml" ? text + "[spool]\npath = \"../spool\"\n" : text
      }
      var wishes = CanaryReferral.Wishes()
      wishes.purpose = "victim-protection"
      wishes.consent = false
      let canary = try CanaryReferral.make(.traffickingSignal, .create, seed: 2_026, wishes)
      try hand(canary, to: partners.map(\.identity.code), world)
      _ = try await gateway.allDelivered(3)
      _ = try await eventually("the case system is told") {
        world.files(below: "spool/events").count(where: { $0.path.hasSuffix(".json") }) == 4
          ? true : nil
      }
      for partner in partners { try receives(its: partner, of: canary) }
      // A refused one: its report and its event hold no text of it either.
      let refused = try CanaryReferral.make(.permitNotice, .create, seed: 2_027, wishes)
      try hand(refused, to: ["comensha"], world, as: "refused.json")
      _ = try await eventually("it is refused") {
        world.files(below: "spool/refused").count == 2 ? true : nil
      }
      let answers = try ["/v1/metrics", "/v1/status", "/v1/deliveries", "/v1/partners", "/v1/audit"]
        .map { (path: $0, octets: Array(try gateway.admin.text($0).utf8)) }
      #expect(try await gateway.stop() == 0)
      try keepsNothing(of: [canary, refused], answers, world, gateway)
    }

    private func hand(
      _ canary: CanaryReferral, to partners: [String], _ world: World,
      as name: String = "one.json"
    ) throws {
      // Files would have to be handed in beside it.
      let whole = canary.submission.without("/referral/attachments")
        .with("/recipients", .array(partners.map { .string($0) }))
      try world.write("spool/in/.\(name)", text(whole))
      try FileManager.default.moveItem(
        atPath: "\(world.folder)/spool/in/.\(name)", toPath: "\(world.folder)/spool/in/\(name)")
    }

    /// Request line, header lines and body as they came over the wire.
    private func receives(its partner: IndependentPartner, of canary: CanaryReferral) throws {
      let code = partner.identity.code
      let oracle = try DisclosureOracle(of: code)
      let level = oracle.level(of: canary.referral)
      #expect(level == (partner.identity == .care ? "deidentified" : "full"))
      let allowed = oracle.allowed(of: canary, at: level)
      let forbidden = CanarySearch(canary.canaries.keys.filter { !allowed.contains($0) })
      let requests = partner.requests()
      #expect(requests.count == 1)
      for octets in requests {
        #expect(forbidden.finds(in: octets) == [], "\(code)")
        // The search would find what is there.
        let long = allowed.filter { $0.utf8.count >= 8 }
        #expect(!CanarySearch(long).finds(in: octets).isEmpty, "\(code)")
      }
    }

    /// Logs, events, answers, the store's files, names of files: no text of a referral.
    private func keepsNothing(
      of canaries: [CanaryReferral], _ answers: [(path: String, octets: [UInt8])],
      _ world: World, _ gateway: Gateway
    ) throws {
      // Ids are how operator, case system and partner speak of a referral.
      let ids = canaries.compactMap { $0.referral["header"]?["referralId"]?.text }
      let all = canaries.flatMap(\.canaries.keys).filter { !ids.contains($0) && $0.utf8.count >= 8 }
      let search = CanarySearch(all)
      var traces = answers
      traces.append(("the log", Array(gateway.log.utf8)))
      for file in world.files(below: "store") { traces.append(("store/\(file.path)", file.octets)) }
      // What was refused stands there as it was handed in, for whoever handed it in.
      for file in world.files(below: "spool") where file.path != "refused/refused.json" {
        traces.append(("spool/\(file.path)", file.octets))
      }
      let names = FileManager.default.enumerator(atPath: world.folder)?
        .compactMap { $0 as? String } ?? []
      traces.append(("the names of files", Array(names.joined(separator: "\n").utf8)))
      #expect(traces.contains { $0.path.hasPrefix("spool/events/") })
      #expect(traces.contains { $0.path.hasPrefix("store/") && $0.octets.count > 4_096 })
      for trace in traces { #expect(search.finds(in: trace.octets) == [], "\(trace.path)") }
    }
  }
}

extension Scenarios.Promises {
  /// The police's policy as another version, from a day on, with a line that holds names back.
  private func version(_ name: String, from day: String, withholding pointer: String) throws
    -> String
  {
    let text = String(
      decoding: try PackageFolder.read("partners/policies.d/politie-avim.toml"), as: UTF8.self)
    return text.replacing(/version = \d+/, with: "version = \"\(name)\"")
      .replacing(/valid_from = \S+/, with: "valid_from = \(day)") + """

        [[field]]
        pointer = "\(pointer)"
        action = "remove"
        rule = "NEW"
        reason = "From this version on."

        """
  }

  private func day(_ offset: Double) -> String {
    Date.now.addingTimeInterval(offset * 86_400).ISO8601Format(.iso8601.year().month().day())
  }

  @Test func `decides by the version in force today, and names the one in waiting`() async throws {
    let world = try World()
    let police = try await world.partner(.police)
    try FileManager.default.createDirectory(
      atPath: world.folder + "/etc/policies.d/politie-avim.d", withIntermediateDirectories: true)
    try world.write(
      "etc/policies.d/politie-avim.d/now.toml",
      version("now", from: day(-1), withholding: "/persons/*/names"))
    try world.write(
      "etc/policies.d/politie-avim.d/later.toml",
      version("later", from: day(2), withholding: "/persons/*/gender"))
    let gateway = try await Gateway.running(world, [police])
    let submission = try Submission.fresh("22-mononym")
    _ = try gateway.deliver(submission)
    _ = try await gateway.allDelivered(1)
    let received = String(decoding: police.requests()[0], as: UTF8.self)
    #expect(!received.contains("Wulandaria") && received.contains("\"gender\""))
    let partner = try gateway.admin.send("GET", "/v1/partners/politie-avim").lines.first
    #expect(partner?["policyVersion"]?.text == "now")
    #expect(partner?["policyNext"]?["version"]?.text == "later")
    #expect(partner?["policyNext"]?["validFrom"]?.text == day(2))
  }
}
