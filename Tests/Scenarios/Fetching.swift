/// Revocation lists that the daemon fetches itself, from a server that behaves and misbehaves.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Fetching {
    /// Waits are shorter by 100, so that three failures take seconds.
    private func start(
      _ plan: JSONValue = .object([:]), partner: [JSONValue] = [], anchors: String? = nil
    ) async throws -> (World, ListServer, Gateway) {
      let world = try World()
      let server = try await ListServer(world, plan, isSecure: anchors != nil)
      let police = try await world.partner(.police, plan: partner)
      let more = anchors.map { "\nsource_anchors = \"pki/\($0)\"" } ?? ""
      let gateway = try await Gateway.running(world, [police]) { _, text in
        text.replacing("lists = \"pki/crls\"", with: "sources = [\(server.urls)]" + more)
      }
      return (world, server, gateway)
    }

    private func isFresh(_ gateway: Gateway) async throws {
      _ = try await eventually("the lists are fresh") {
        try gateway.crl()["revocation"]?["standing"]?.text == "fresh" ? true : nil
      }
    }

    private func outcome(_ gateway: Gateway, _ name: String) throws -> JSONValue? {
      try gateway.crl()["sources"]?.elements?.first {
        $0["url"]?.text?.hasSuffix("/\(name).crl") == true
      }
    }

    /// Asks every source now.
    private func fetch(_ gateway: Gateway) throws {
      let reply = try gateway.admin.send("POST", "/v1/partners/politie-avim/crl", Array("{}".utf8))
      #expect(reply.status == 200)
    }

    @Test func `delivers with lists that nobody put there`() async throws {
      let (_, server, gateway) = try await start()
      try await isFresh(gateway)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DELIVERED")
      #expect(Set(server.journal().map { $0["path"]?.text }) == ["/root.crl", "/services.crl"])
      let metrics = try gateway.metrics()
      let name = "referral_gateway_revocation_fetches_total{partner=\"politie-avim\",outcome="
      #expect(metrics[name + "\"taken\"}"] == 2)
      #expect(
        metrics["referral_gateway_revocation_sources_failing{partner=\"politie-avim\"}"] == 0)
    }

    @Test func `takes nothing else for a list, and goes on with the one that it has`()
      async throws
    {
      let (_, server, gateway) = try await start()
      try await isFresh(gateway)
      let kept = try gateway.listsInForce()
      for (mode, word) in [
        ("missing", "status"), ("redirect", "redirect"), ("garbage", "no-list"),
        ("half", "no-list"), ("forged", "forged"), ("oversize", "too-large"),
        ("cut", "unreachable"), ("tomorrow", "not-yet-valid"), ("slow", "timeout"),
      ] {
        try server.plan(["services": .string(mode)])
        try fetch(gateway)
        let source = try outcome(gateway, "services")
        #expect(source?["outcome"]?.text == word)
        #expect(source?["hint"]?.text?.isEmpty == false)
        #expect(try gateway.listsInForce().services == kept.services, "\(mode)")
      }
      try server.plan([:])
      try fetch(gateway)
      #expect(try outcome(gateway, "services")?["failures"]?.integer == 0)
      #expect(try gateway.listsInForce().services != kept.services)
    }

    @Test func `over https only under the anchors that the file names`() async throws {
      let (_, _, gateway) = try await start(anchors: "anchors.pem")
      try await isFresh(gateway)
      let (_, _, other) = try await start(anchors: "rogue-anchors.pem")
      _ = try await eventually("the server is not believed") {
        try outcome(other, "root")?["outcome"]?.text == "tls" ? true : nil
      }
      #expect(try other.crl()["revocation"]?["standing"]?.text == "missing")
    }

    @Test func `three failures in a row are an alarm, and it ends by itself`() async throws {
      let (_, server, gateway) = try await start(.object(["services": ["lives": 40]]))
      try await isFresh(gateway)
      try server.plan(["services": "missing"])
      func alarm() throws -> JSONValue? {
        try gateway.admin.send("GET", "/v1/alarms").lines.first {
          $0["code"]?.text == "revocation-fetch-fails"
        }
      }
      let said = try await eventually("there is an alarm") { try alarm() }
      #expect(said["reason"]?.text == "status")
      #expect(said["partner"]?.text == "politie-avim")
      #expect(try outcome(gateway, "services")?["failures"]?.integer ?? 0 >= 3)
      let levels = gateway.events("revocation-fetch-failed").map { $0["level"]?.text }
      #expect(levels.prefix(3) == ["warning", "warning", "alarm"])
      let bad = try gateway.admin.send("GET", "/v1/partners/politie-avim/check").lines.first {
        $0["name"]?.text == "revocation-source" && $0["verdict"]?.text == "bad"
      }
      #expect(bad != nil)
      let failing = "referral_gateway_revocation_sources_failing{partner=\"politie-avim\"}"
      #expect(try gateway.metrics()[failing] == 1)
      try server.plan([:])
      _ = try await eventually("the alarm is gone") { try alarm() == nil ? true : nil }
      #expect(try gateway.metrics()[failing] == 0)
    }

    @Test func `a slow server is left, and keeps nothing else waiting`() async throws {
      let (_, server, gateway) = try await start(.object(["services": "slow"]))
      _ = try await eventually("the other list is there") {
        try outcome(gateway, "root")?["outcome"]?.text == "taken" ? true : nil
      }
      let id = try gateway.deliver(Submission.fresh())
      let waiting = try await gateway.settled(id, "AWAITING")
      #expect(waiting["reason"]?.text == "revocation")
      let begun = Date()
      // What was under way is given up with the daemon, not waited for.
      #expect(try await gateway.stop() == 0)
      #expect(Date().timeIntervalSince(begun) < 10)
      try server.plan([:])
      try await gateway.start()
      let delivery = try await gateway.settled(id, "DELIVERED")
      #expect(delivery["attempts"]?.integer == 1)
    }

    @Test func `an ordered fetch asks at once and says what came of it`() async throws {
      let (world, server, gateway) = try await start(.object(["services": "missing"]))
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "AWAITING")
      _ = try await eventually("somebody is told that a list is missing") {
        let alarms = try gateway.admin.send("GET", "/v1/alarms").lines
        return alarms.contains { $0["code"]?.text == "revocation-list-missing" } ? true : nil
      }
      let control = Control(world)
      let ask = ["partner", "crl", "politie-avim"]
      #expect(try await control.status(ask + ["--fetch"]) == 1)
      #expect(try await control.status(ask) == 0)
      #expect(control.output.contains("ask the authority where its list stands now"))
      try server.plan([:])
      #expect(try await control.status(ask + ["--fetch", "--reason", "they mended it"]) == 0)
      #expect(try gateway.crl()["revocation"]?["standing"]?.text == "fresh")
      // Long before everything that waits is judged again.
      _ = try await gateway.settled(id, "DELIVERED", within: 20)
      let audit = try gateway.admin.send("GET", "/v1/audit").lines
      #expect(audit.contains { $0["action"]?.text == "partner-crl" })
    }

    @Test func `a restart without network begins with the last lists known`() async throws {
      let (world, server, gateway) = try await start(
        .object(["services": ["revoke": ["revoked-sign"]]]), partner: ["revoked-signer"])
      try await isFresh(gateway)
      #expect(try await gateway.stop() == 0)
      server.stop()
      #expect(world.files(below: "store/revocation-lists").count == 2)
      try await gateway.start()
      #expect(try gateway.crl()["revocation"]?["standing"]?.text == "fresh")
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(id, Lie("revoked-signer", 11, "revoked"))
    }

    @Test func `an older list never replaces a newer one, whatever its date`() async throws {
      let (_, server, gateway) = try await start(
        .object(["services": ["number": 300, "revoke": ["revoked-sign"]]]),
        partner: ["revoked-signer"])
      try await isFresh(gateway)
      // Signed, current, later by its date and without the revoked: only its number is older.
      try server.plan(["services": ["number": 44, "ago": 1]])
      try fetch(gateway)
      #expect(try outcome(gateway, "services")?["outcome"]?.text == "older")
      let id = try gateway.deliver(Submission.fresh())
      try await gateway.holds(id, Lie("revoked-signer", 11, "revoked"))
    }

    @Test func `a list is fetched again before it ends, and waiting receipts are judged`()
      async throws
    {
      let (_, server, gateway) = try await start(.object(["services": ["ended": 60]]))
      let id = try gateway.deliver(Submission.fresh())
      let waiting = try await gateway.settled(id, "AWAITING")
      #expect(waiting["reason"]?.text == "revocation")
      _ = try await eventually("it was asked") {
        try outcome(gateway, "services")?["outcome"]?.text == "ended" ? true : nil
      }
      try server.plan(["services": ["lives": 12]])
      _ = try await gateway.settled(id, "DELIVERED")
      let asked = server.journal().count
      try await Task.sleep(for: .seconds(9))
      #expect(server.journal().count > asked + 1)
      #expect(try gateway.crl()["revocation"]?["standing"]?.text == "fresh")
    }
  }
}

/// The Python server of lists.
private final class ListServer {
  private let world: World
  private let program: Program
  private let port: Int
  private let scheme: String

  init(_ world: World, _ plan: JSONValue, isSecure: Bool) async throws {
    self.world = world
    scheme = isSecure ? "https" : "http"
    try world.write("plan.json", text(plan))
    program = try world.start(
      "lists", Machine.python,
      [
        "-B", PackageFolder.path + "/Tests/Support/list_server.py", "--pki", world.pki,
        "--plan", world.folder + "/plan.json", "--journal", world.folder + "/lists.jsonl",
      ] + (isSecure ? ["--tls", "politie-avim-server"] : []))
    port = try await world.listeningPort(program)
  }

  var urls: String {
    let base = "\(scheme)://127.0.0.1:\(port)"
    return ["root", "services"].map { "\"\(base)/\($0).crl\"" }.joined(separator: ", ")
  }
  func plan(_ plan: JSONObject) throws { try world.write("plan.json", text(.object(plan))) }
  func journal() -> [JSONValue] {
    let text = (try? world.read("lists.jsonl")) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }
  func stop() { program.kill() }
}

extension Gateway {
  fileprivate func crl() throws -> JSONValue {
    try admin.send("GET", "/v1/partners/politie-avim/crl").lines.first ?? .null
  }

  /// When the list of each authority began.
  fileprivate func listsInForce() throws -> (root: String?, services: String?) {
    let lists = try crl()["revocation"]?["lists"]?.elements ?? []
    func begin(_ name: String) -> String? {
      lists.first { $0["issuer"]?.text?.contains(name) == true }?["thisUpdate"]?.text
    }
    return (begin("Sample root CA"), begin("Sample services CA"))
  }
}
