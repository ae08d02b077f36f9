/// The case system's road by files: submissions in, events out, whoever wrote them.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import JSONSchema
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct CaseSystem {
    @Test func `takes a file, tells what became of it, and repeats nothing`() async throws {
      let spool = try await SpoolWorld.running()
      let submission = try Submission.fresh()
      try spool.hand("one.json", submission)
      let events = try await spool.told(2)
      #expect(events.map { $0["kind"]?.text } == ["accepted", "delivered"])
      #expect(events.map { $0["sequence"]?.integer } == [1, 2])
      for event in events { #expect(event["referralId"]?.text == submission.referralID) }
      #expect(events[0]["labels"]?["nl"]?.text == "Verwijzing aangenomen")
      #expect(spool.files("in").isEmpty)
      #expect(spool.files("refused").isEmpty)
      let answer = try spool.read("accepted/one.json")
      #expect(answer["result"]?.text == "accepted")
      // The same once more is answered as the first time; nothing new is told.
      try spool.hand("again.json", submission)
      _ = try await eventually("it is taken again") {
        spool.files("accepted").contains("again.json") ? true : nil
      }
      #expect(try spool.read("accepted/again.json")["repeated"]?.flag == true)
      #expect(try await spool.partner.report()["effects"]?.integer == 1)
      let names = spool.files("events").filter { !$0.hasPrefix(".") }
      #expect(names.count == 2)
      for (name, event) in zip(names, try names.map { try spool.read("events/" + $0) }) {
        #expect(name == (event["eventId"]?.text ?? "") + ".json")
      }
    }

    @Test func `moves what it refuses beside a report, and leaves what is unfinished`()
      async throws
    {
      let spool = try await SpoolWorld.running()
      try spool.hand(
        "bad.json", Submission.fresh().with("/referral/header/kind", "NO_SUCH_KIND"))
      try FileManager.default.createSymbolicLink(
        atPath: spool.path + "/in/link.json", withDestinationPath: "/etc/passwd")
      try spool.write("in/.hidden", "{")
      try spool.write("in/half.json", "{\"recipients\":")
      _ = try await eventually("two are refused") { spool.files("refused").count == 4 ? true : nil }
      #expect(
        spool.files("refused") == [
          "bad.json", "bad.json.report.json", "link.json", "link.json.report.json",
        ])
      let report = try spool.read("refused/bad.json.report.json")
      let reason = report["reasons"]?.elements?.first
      #expect(reason?["pointer"]?.text == "/referral/header/kind")
      #expect(reason?["labels"]?["nl"]?.text?.isEmpty == false)
      let link = try spool.read("refused/link.json.report.json")
      #expect(link["reasons"]?.elements?.first?["code"]?.text == "unreadable-file")
      #expect(spool.files("in") == [".hidden", "half.json"])
      let events = try await spool.told(2)
      #expect(events.map { $0["kind"]?.text } == ["refused", "refused"])
      // Nobody finishes it: it is refused after a while, and not lost.
      _ = try await eventually("the half one is refused") {
        spool.files("refused").contains("half.json") ? true : nil
      }
      for name in ["bad.json", "half.json", "passwd", "link.json"] {
        #expect(!spool.gateway.log.contains(name), "\(name) is in the log")
      }
    }

    @Test func `tells again what was not told before a crash, under the same id`() async throws {
      let spool = try await SpoolWorld.running()
      // The folder takes nothing, so the events stay in the store.
      try FileManager.default.moveItem(
        atPath: spool.path + "/events", toPath: spool.path + "/elsewhere")
      try spool.write("events", "no folder")
      try spool.hand("one.json", Submission.fresh())
      _ = try await spool.gateway.allDelivered(1)
      _ = try await eventually("somebody is told") {
        spool.gateway.log.contains("events-not-written") ? true : nil
      }
      spool.gateway.kill()
      try FileManager.default.removeItem(atPath: spool.path + "/events")
      try FileManager.default.moveItem(
        atPath: spool.path + "/elsewhere", toPath: spool.path + "/events")
      try await spool.gateway.start()
      let events = try await spool.told(2)
      #expect(events.map { $0["kind"]?.text } == ["accepted", "delivered"])
    }

    @Test(.enabled(if: Machine.faketime != nil, "there is no libfaketime: apt install faketime"))
    func `says in immediate danger whom to call, and again until a receipt is there`()
      async throws
    {
      let spool = try await SpoolWorld.running(plan: ["5xx"], clockAhead: 0)
      try spool.hand("danger.json", SpoolWorld.danger())
      let accepted = try #require(try await spool.told(1).first)
      let advice = accepted["whatToDo"]?["nl"]?.text ?? ""
      #expect(advice.contains("vervangt 112 niet"))
      #expect(advice.contains("+31"), "\(advice)")
      // Sixty-one seconds later there is still no receipt, and ten minutes after that.
      for ahead in [61, 61 + 601] {
        #expect(try await spool.gateway.stop() == 0)
        try await spool.gateway.start(environment: try Machine.clock(ahead: ahead))
        let wanted = ahead == 61 ? 1 : 2
        _ = try await eventually("the case system is asked to call (\(wanted))") {
          spool.kinds().filter { $0 == "call-partner" }.count == wanted ? true : nil
        }
      }
      let calls = try spool.events().filter { $0["kind"]?.text == "call-partner" }
      #expect(calls.allSatisfy { $0["dutyPhone"]?.text?.hasPrefix("+31") == true })
      #expect(spool.kinds().filter { $0 == "not-arrived" }.count == 1)
      #expect(try await spool.gateway.stop() == 0)
    }

    @Test func `tells each way in which a delivery can come to rest`() async throws {
      let spool = try await SpoolWorld.running(plan: ["rejection", "422", "bad-signature"])
      for (name, wanted) in [("rejected", 3), ("conflict", 5), ("unverified", 7)] {
        try spool.hand(name + ".json", Submission.fresh())
        _ = try await spool.told(wanted)
      }
      let rest = try spool.events().filter { ["dead", "held"].contains($0["kind"]?.text) }
      #expect(rest.map { $0["code"]?.text } == ["rejected", "conflict", "unverified"])
      for event in rest { #expect(event["whatToDo"]?["nl"]?.text?.isEmpty == false) }
      let answer = try #require(try spool.events().first { $0["kind"]?.text == "answer" })
      #expect(answer["answer"]?.text == "rejected")
      #expect(answer["acknowledgement"]?["kind"]?.text == "rejection")
    }
  }
}

/// A gateway with a spool and one partner.
final class SpoolWorld {
  let world: World
  let partner: IndependentPartner
  let gateway: Gateway
  let path: String

  static func running(plan: [JSONValue] = [], clockAhead: Int? = nil) async throws -> SpoolWorld {
    let world = try World()
    let partner = try await world.partner(.police, plan: plan)
    let gateway = try await Gateway.running(
      world, [partner], environment: try clockAhead.map { try Machine.clock(ahead: $0) } ?? [:]
    ) { file, text in
      file == "gateway.toml" ? text + "[spool]\npath = \"../spool\"\n" : text
    }
    return try SpoolWorld(world, partner, gateway)
  }

  private init(_ world: World, _ partner: IndependentPartner, _ gateway: Gateway) throws {
    self.world = world
    self.partner = partner
    self.gateway = gateway
    path = world.folder + "/spool"
  }

  /// As a case system does it: written beside, then renamed.
  func hand(_ name: String, _ submission: Submission) throws {
    try write("in/." + name, text(submission.tree))
    try FileManager.default.moveItem(atPath: path + "/in/." + name, toPath: path + "/in/" + name)
  }

  func write(_ file: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
  }

  func read(_ file: String) throws -> JSONValue {
    try JSONReader.read(Array(Data(contentsOf: URL(fileURLWithPath: path + "/" + file))))
  }

  func files(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
  }

  func events() throws -> [JSONValue] { try world.told() }

  func kinds() -> [String] { ((try? events()) ?? []).compactMap { $0["kind"]?.text } }

  func told(_ count: Int) async throws -> [JSONValue] {
    do {
      return try await eventually("\(count) events are told") {
        let all = try events()
        return all.count >= count ? all : nil
      }
    } catch {
      throw Stuck(description: "\(error); \(files("events")); log: \(gateway.log)")
    }
  }

  static func danger() throws -> Submission {
    try Submission.fresh()
      .with("/referral/header/priority", "immediate-danger")
      .with("/referral/protection/immediateDanger", true)
  }
}
