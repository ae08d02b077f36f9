/// The store fails under the real programs: at one call after the other, and for a while.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct FaultyStore {
    private func faults(_ words: String) -> [String: String] {
      ["REFERRAL_DISK_FAULTS": words]
    }

    /// A kill is a power cut too: of what was not synced, an arbitrary part is there afterwards.
    @Test(arguments: [FaultPlan.chosen(45)])
    func `loses nothing and repeats nothing in effect, at whatever call it dies`(
      _ plan: FaultPlan
    ) async throws {
      let world = try World()
      let police = try await Trial.partner(world)
      let endings = try await plan.series { call in
        let trial = try Trial(world, police)
        return try await trial.noting(call) {
          let ending = try await trial.live(
            environment: faults("dies-at=\(call) loses seed=\(call)"))
          #expect([.killed, .alive].contains(ending), "call \(call)")
          try await trial.recover("call \(call)")
          return ending
        }
      }
      #expect(endings.contains(.killed), "it died of nothing")
    }

    @Test(arguments: [FaultPlan.chosen(60)])
    func `ends with 70 at an I/O error, and the next start goes on`(_ plan: FaultPlan)
      async throws
    {
      let world = try World()
      let police = try await Trial.partner(world)
      let endings = try await plan.series { call in
        let trial = try Trial(world, police)
        return try await trial.noting(call) {
          let ending = try await trial.live(environment: faults("fails=\(call) loses"))
          #expect([.ended(70), .alive].contains(ending), "call \(call): \(trial.gateway.log)")
          try await trial.recover("call \(call)")
          return ending
        }
      }
      #expect(endings.contains(.ended(70)), "no error ended it")
    }

    /// Ten writes find no space. A store that is not there yet cannot be made; else it lives.
    @Test(arguments: [FaultPlan.chosen(60)])
    func `lives through a full disk at whatever call it begins`(_ plan: FaultPlan) async throws {
      let world = try World()
      let police = try await Trial.partner(world)
      var refused = 0
      var call = plan.first
      // Far enough to meet the making of the store, acceptance, attempts and outcomes.
      while call < 240 {
        let trial = try Trial(world, police)
        let program = try trial.gateway.launch(
          environment: faults("full=\(call)-\(call + 9)"))
        _ = try await eventually("the gateway answers or is gone") { () -> Bool? in
          !program.isRunning || (try? trial.gateway.status()) != nil ? true : nil
        }
        if program.isRunning { refused += try await persist(trial) }
        let log = trial.gateway.log
        #expect(!log.contains("store-failed"), "call \(call): \(log)")
        if program.isRunning { #expect(try await trial.gateway.stop() == 0) }
        try await trial.recover("call \(call)")
        call += plan.stride
      }
      #expect(refused > 0, "nothing was refused")
    }

    /// Hands in until everything is accepted; how often that was refused for want of space.
    private func persist(_ trial: Trial) async throws -> Int {
      var refusals = 0
      for _ in 0..<100 {
        let replies = await trial.handIn()
        let full = replies.filter { $0.status == 503 }
        #expect(full.allSatisfy { $0.code == "store-full" && $0.exit == 75 })
        refusals += full.count
        if replies.count == 6, full.isEmpty { return refusals }
        try await Task.sleep(for: .milliseconds(200))
      }
      throw Stuck(description: "it never accepts: \(trial.gateway.log)")
    }

    @Test func `keeps an answer that finds no space, and accepts again by itself`() async throws {
      let world = try World()
      let slow: JSONValue = ["mode": "honest", "delay": "3"]
      let police = try await world.partner(.police, plan: [slow, slow, "honest"])
      let trigger = world.folder + "/full"
      let gateway = try await Gateway.running(
        world, [police], environment: faults("full-while=\(trigger)"))
      let control = Control(world)
      let underWay = try gateway.deliver(Submission.fresh())
      let waiting = try gateway.deliver(Submission.fresh())
      for id in [underWay, waiting] { _ = try await gateway.settled(id, "SENDING") }
      try world.write("full", "")
      try world.write("new.json", Submission.fresh())
      let new = world.folder + "/new.json"
      #expect(try await control.status("submit", "--json", new) == 75)
      #expect(control.output.contains("store-full"), "\(control.output)")
      _ = try await eventually("both answers wait for room") {
        gateway.log.components(separatedBy: "outcome-waits").count > 2 ? true : nil
      }
      _ = try await eventually("it says that it accepts nothing") {
        try gateway.status()["accepting"]?.flag == false ? true : nil
      }
      _ = try await eventually("somebody is told") {
        gateway.log.contains("store-full") ? true : nil
      }
      for id in [underWay, waiting] {
        #expect(try gateway.show(id)["state"]?.text == "SENDING")
      }
      try FileManager.default.removeItem(atPath: trigger)
      for id in [underWay, waiting] {
        let delivery = try await gateway.settled(id, "DELIVERED")
        #expect(delivery["attempts"]?.integer == 1, "the answer was lost")
      }
      _ = try await eventually("it accepts again") {
        try gateway.status()["accepting"]?.flag == true ? true : nil
      }
      #expect(try await control.status("submit", "--wait", "20", new) == 0)
      let ids = try gateway.deliveries().compactMap { $0["id"]?.text }
      #expect(ids.count == 3)
      try await gateway.balance(Set(ids))
    }

    /// A real file system that is full. What is accepted is delivered meanwhile, in the reserve.
    @Test(.enabled(if: Machine.mounts, "mounting a file system needs root"))
    func `delivers what it has on a disk that is full, and accepts again with room`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx", "5xx", "5xx", "honest"])
      let gateway = try Gateway(world, endpoints: [(.police, police.endpoint)], retryScale: 0.1)
      let store = world.folder + "/store"
      try #require(
        try Machine.run("/bin/mount", ["-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", store])
          == 0)
      // Lazily: a test that ends too soon still has a gateway in it.
      defer { _ = try? Machine.run("/bin/umount", ["-l", store]) }
      try await gateway.start()
      fill(store + "/filler")
      var told: Set<String> = []
      let refusal = try await eventually("the disk is full", within: 120) { () -> AdminReply? in
        let reply = try gateway.submit(Submission.fresh())
        told.formUnion(reply.deliveries)
        return reply.status == 200 ? nil : reply
      }
      #expect(refusal.code == "store-full" && refusal.exit == 75, "\(text(refusal.lines))")
      #expect(!told.isEmpty)
      _ = try await gateway.allDelivered(told.count)
      try FileManager.default.removeItem(atPath: store + "/filler")
      let again = try await eventually("it accepts again") { () -> AdminReply? in
        let reply = try gateway.submit(Submission.fresh())
        return reply.status == 200 ? reply : nil
      }
      told.formUnion(again.deliveries)
      _ = try await gateway.allDelivered(told.count)
      try await gateway.balance(told)
    }

    /// Leaves some room for the next referrals.
    private func fill(_ path: String) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      guard let file = FileHandle(forWritingAtPath: path) else { return }
      let block = Data(repeating: 1, count: 65_536)
      while (try? file.write(contentsOf: block)) != nil {}
      let size = (try? file.seekToEnd()) ?? 0
      try? file.truncate(atOffset: size - 1_048_576)
      try? file.close()
    }

    /// The same kill with and without the planted fault: the test above must be able to fail.
    @Test(arguments: ["loses", "loses normal"])
    func `a power cut takes what was accepted only with synchronous=NORMAL`(_ words: String)
      async throws
    {
      let world = try World()
      // One referral and no quick retries: a checkpoint would sync with NORMAL too.
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(try freePort())/v1/referrals")],
        retryScale: 1)
      try await gateway.start(environment: faults(words))
      let told = try gateway.deliver(Submission.fresh())
      gateway.kill()
      try await gateway.start()
      let there = try gateway.deliveries().compactMap { $0["id"]?.text }
      #expect(there == (words == "loses" ? [told] : []))
      #expect(try await gateway.stop() == 0)
    }

    @Test func `sees an acceptance lost that was answered before the commit`() async throws {
      let world = try World()
      let gateway = try Gateway(
        world, endpoints: [(.police, "https://127.0.0.1:\(try freePort())/v1/referrals")])
      try await gateway.start(environment: ["REFERRAL_PLANT": "answer-before-commit"])
      #expect(try gateway.submit(Submission.fresh()).status == 200)
      gateway.kill()
      try await gateway.start()
      #expect(try gateway.deliveries().isEmpty)
      #expect(try await gateway.stop() == 0)
    }
  }
}
