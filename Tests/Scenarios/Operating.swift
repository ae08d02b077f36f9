/// What operators order, through the real programs: it holds through crashes, and acts once.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct Operating {
    @Test func `a paused partner gets nothing, whatever dies, until somebody resumes it`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let control = Operator(world)
      // Before it ever got anything: the pause must not need a delivery to be kept.
      #expect(try await control.status("partner", "pause", "politie-avim", "--dry-run") == 0)
      #expect(try await control.status("alarms") == 0)
      let pause = ["partner", "pause", "politie-avim", "--reason", "maintenance"]
      #expect(try await control.status(pause) == 0)
      gateway.kill()
      try await gateway.start()
      let id = try gateway.deliver(Submission.fresh())
      let held = try gateway.deliver(Submission.fresh())
      let ended = try gateway.deliver(Submission.fresh())
      #expect(try await control.status("resend", id, "--reason", "try") == 0)
      #expect(try await control.status("hold", held) == 0)
      #expect(try await control.status("hold", held) == 73)
      #expect(try await control.status("cancel", ended, "--reason", "a slip") == 0)
      #expect(try await control.status("cancel", ended, "--reason", "a slip") == 73)
      #expect(try await control.status("await", "drained", "--wait", "1") == 75)
      #expect(try await control.status("alarms") == 1)
      #expect(control.output.contains(#""code":"partner-paused""#))
      #expect(control.output.contains(held))
      gateway.kill()
      try await gateway.start()
      #expect(police.journal().isEmpty, "it was asked although it is paused")
      #expect(try gateway.show(id)["attempts"]?.integer == 0)
      #expect(try await control.status("partner", "resume", "politie-avim") == 0)
      _ = try await gateway.settled(id, "DELIVERED")
      #expect(try gateway.show(held)["state"]?.text == "HELD")
      #expect(try await control.status("release", held) == 0)
      #expect(try await control.status("await", "acked", id, held, "--wait", "30") == 0)
      #expect(try await control.status("alarms") == 0, "\(control.output)")
      #expect(try gateway.show(ended)["state"]?.text == "CANCELLED")
      #expect(try await police.report()["effects"]?.integer == 2)
      #expect(try await control.status("audit", "list") == 0)
      for action in ["partner-pause", "partner-resume", "hold", "release", "cancel", "resend"] {
        #expect(control.output.contains(#""action":"\#(action)""#))
      }
      #expect(control.output.contains("maintenance"))
    }

    @Test func `a cancelled delivery cannot have reached anybody; a withdrawal is the way out`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police, plan: ["bad-signature", "bad-signature", "bad-signature", "honest"])
      let gateway = try await Gateway.running(world, [police])
      let control = Operator(world)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "HELD")
      #expect(try await control.status("cancel", id, "--reason", "too late") == 73)
      #expect(control.output.contains(#""reason":"may-have-reached""#))
      #expect(control.output.contains("withdraw"))
      #expect(try await control.status("alarms", "--partner", "politie-avim") == 1)
      #expect(control.output.contains(#""reason":"unverified""#))
      #expect(try await control.status("settle", id, "--reason", "no") == 73)
      #expect(try await control.status("show", "--attempts", id) == 0)
    }

    @Test func `a job goes on after kill -9, and each delivery of it takes effect once`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police])
      let control = Operator(world)
      #expect(try await control.status("partner", "pause", "politie-avim") == 0)
      let ids = try (0..<30).map { _ in try gateway.deliver(Submission.fresh()) }
      let dryRun = ["hold", "ALL", "--partner", "politie-avim", "--dry-run"]
      #expect(try await control.status(dryRun) == 0)
      let plan = try JSONReader.read(Array(control.output.utf8.dropLast()))
      #expect(plan["count"]?.integer == 30)
      #expect(plan["octets"]?.integer ?? 0 > 30_000)
      #expect(try gateway.deliveries("state=QUEUED").count == 30, "a dry run changed something")
      let hold = ["hold", "ALL", "--partner", "politie-avim", "--reason", "incident"]
      #expect(try await control.status(hold) == 0)
      #expect(control.lines.filter { $0["result"]?.text == "done" }.count == 30)
      #expect(try gateway.deliveries("state=HELD").count == 30)
      #expect(try await control.status("partner", "resume", "politie-avim") == 0)
      let release = [
        "release", "--state", "HELD", "--reason", "it is over", "--rate", "10", "--detach",
      ]
      #expect(try await control.status(release) == 0)
      let job = try #require(control.lines.last?["id"]?.text)
      _ = try await eventually("a part of the job is done") {
        let done = try gateway.job(job)["done"]?.integer ?? 0
        return done >= 3 && done < 30 ? true : nil
      }
      gateway.kill()
      try await gateway.start()
      let kept = try gateway.job(job)
      #expect(kept["state"]?.text == "RUNNING", "\(text(kept))")
      #expect(try await control.status("job", "watch", job, "--wait", "60") == 0)
      #expect(control.lines.last?["done"]?.integer == 30)
      _ = try await gateway.allDelivered(30)
      let report = try await police.report()
      #expect(report["effects"]?.integer == 30)
      #expect(try await control.status("job", "cancel", job) == 73, "it has ended")
      #expect(try await control.status("job", "show", job, "--items") == 0)
      let shown = Set(control.lines.compactMap { $0["id"]?.text })
      #expect(shown.isSuperset(of: ids))
    }

    @Test func `a cancelled job leaves the rest as it was, and ids come from standard input`()
      async throws
    {
      let world = try World()
      let port = try freePort()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(port)/v1/referrals")])
      try await gateway.start()
      let control = Operator(world)
      for _ in 0..<20 { _ = try gateway.deliver(Submission.fresh()) }
      let hold = ["hold", "--partner", "politie-avim", "--reason", "incident"]
      _ = try await eventually("nothing is on the wire") {
        try gateway.deliveries("state=SENDING").isEmpty ? true : nil
      }
      // An attempt may begin between the look and the order: again, until all are held.
      for _ in 0..<50 where try gateway.deliveries("state=HELD").count < 20 {
        _ = try await control.status(hold)
      }
      #expect(try gateway.deliveries("state=HELD").count == 20)
      let release = ["release", "--state", "HELD", "--reason", "slowly", "--rate", "1", "--detach"]
      #expect(try await control.status(release) == 0)
      let job = try #require(control.lines.last?["id"]?.text)
      #expect(try await control.status("job", "cancel", job, "--reason", "not yet") == 0)
      #expect(try await control.status("job", "watch", job) == 73)
      #expect(control.lines.last?["state"]?.text == "CANCELLED")
      let left = try gateway.deliveries("state=HELD").compactMap { $0["id"]?.text }
      #expect(left.count > 10)
      let unknown = "019ab1c2-7f00-7abc-8def-0123456789ab"
      try world.write("ids", (left + [unknown]).joined(separator: "\n"))
      let line = [
        Machine.programs + "/referralctl", "--socket", world.folder + "/admin.sock", "release", "-",
        "--reason", "list", "--rate", "1000", "<", world.folder + "/ids",
      ].joined(separator: " ")
      let program = try world.start("from-list", "/bin/sh", ["-c", line])
      #expect(try await program.ended() == 66, "one of them is no delivery")
      #expect(program.log.contains(#""reason":"not-found""#))
      #expect(try gateway.deliveries("state=HELD").isEmpty)
    }

    @Test func `an exercise goes the whole way, and a check says where the road ends`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care, plan: ["bad-signature"])
      let port = try freePort()
      let gateway = try Gateway(
        world,
        endpoints: [
          (.police, police.endpoint), (.care, care.endpoint),
          (.hub, "https://127.0.0.1:\(port)/v1/referrals"),
        ])
      try await gateway.start()
      let control = Operator(world)
      #expect(try await control.status("await", "ready", "--wait", "30") == 0)
      #expect(try await control.status("health", "live") == 0)
      #expect(try await control.status("health", "ready") == 0)
      #expect(control.lines.contains { $0["name"]?.text == "store" })
      #expect(control.lines.filter { $0["name"]?.text == "signing-key" }.count == 2)
      #expect(try await control.status("partner", "test", "politie-avim", "--dry-run") == 0)
      #expect(try await control.status("partner", "test", "politie-avim", "--wait", "30") == 0)
      #expect(try await police.report()["effects"]?.integer == 1)
      #expect(String(decoding: police.requests()[0], as: UTF8.self).contains(#""exercise":true"#))
      #expect(try await control.status("partner", "test", "comensha", "--wait", "30") == 1)
      #expect(try await control.status("partner", "test", "emm", "--wait", "1") == 75)
      #expect(try await control.status("partner", "check", "politie-avim") == 0)
      #expect(try await control.status("partner", "check", "emm") == 1)
      let bad = control.lines.filter { $0["verdict"]?.text == "bad" }.compactMap {
        $0["name"]?.text
      }
      #expect(bad.contains("connection"), "\(bad)")
      #expect(try await control.status("partner", "check", "nobody") == 66)
      #expect(try await control.status("health", "deep") == 1)
      #expect(try await control.status("partner", "limits", "emm") == 0)
      #expect(try await control.status("shape") == 0)
      #expect(control.lines.contains { $0["partner"]?.text == "emm" })
    }

    @Test(arguments: [
      ("tls", "rogue-client", "anchors", "crls"),
      ("our-certificate", "politie-avim-server", "rogue-anchors", "crls"),
      ("revocation", "politie-avim-server", "anchors", "crls-expired"),
    ]) func `a check names what is wrong, and the way to mend it`(
      _ name: String, _ certificate: String, _ clients: String, _ lists: String
    ) async throws {
      let world = try World()
      let police = try await world.partner(
        .police, certificate: certificate,
        options: ["--client-anchors", "\(world.pki)/\(clients).pem"])
      let gateway = try await Gateway.running(world, [police]) { _, text in
        text.replacing("\"pki/crls\"", with: "\"pki/\(lists)\"")
      }
      let control = Operator(world)
      #expect(try await control.status("partner", "check", "politie-avim") == 1)
      let bad = control.lines.filter { $0["verdict"]?.text == "bad" }
      // A reset may overtake the alert of TLS 1.3 about our certificate, and old lists may keep
      // the connection from being made at all.
      let besides = ["our-certificate": "answer", "revocation": "tls"][name]
      let found = bad.compactMap { $0["name"]?.text }
      #expect(found.contains(name) || found == [besides], "\(control.output)")
      #expect(found.allSatisfy { $0 == name || $0 == besides }, "\(control.output)")
      #expect(bad.allSatisfy { $0["hint"]?.text?.isEmpty == false })
      let alarms = try await control.status("alarms")
      #expect(alarms == (name == "revocation" ? 1 : 0))
      #expect(try gateway.deliveries().isEmpty, "a check sends nothing")
    }

    @Test func `an exercise that was changed is refused`() async throws {
      let world = try World()
      let schemas = world.folder + "/schemas"
      try FileManager.default.copyItem(atPath: PackageFolder.path + "/schemas", toPath: schemas)
      let file = schemas + "/exercise/1.0.0/submission.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing("about nobody", with: "about somebody")
        .write(toFile: file, atomically: true, encoding: .utf8)
      let police = try await world.partner(.police)
      let gateway = try await Gateway.running(world, [police]) { file, text in
        file == "gateway.toml"
          ? text.replacing("\(PackageFolder.path)/schemas", with: schemas) : text
      }
      let control = Operator(world)
      #expect(try await control.status("partner", "test", "politie-avim") == 78)
      #expect(control.output.contains("exercise-missing"))
      #expect(try gateway.deliveries().isEmpty)
    }
  }
}

extension Gateway {
  fileprivate func job(_ id: String) throws -> JSONValue {
    try admin.send("GET", "/v1/jobs/\(id)").lines.first ?? .null
  }
}

/// `referralctl`; remembers what the last command printed.
private final class Operator {
  private let world: World
  private var runs = 0
  private(set) var output = ""

  init(_ world: World) { self.world = world }

  var lines: [JSONValue] {
    output.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }

  func status(_ arguments: String...) async throws -> Int32 { try await status(arguments) }

  func status(_ arguments: [String]) async throws -> Int32 {
    runs += 1
    let program = try world.start(
      "order-\(runs)", Machine.programs + "/referralctl",
      ["--socket", world.folder + "/admin.sock"] + arguments)
    let status = try await program.ended(within: 90)
    output = program.log
    return status
  }
}
