/// Submissions that name nobody: chosen by routes, kept out by policies, opened by a project.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import Testing
import TestSupport

extension Scenarios {
  @Suite(needsPython) struct Routing {
    private static let routes = """
      [[route]]
      name = "signals"
      partners = ["politie-avim"]
      kinds = ["TRAFFICKING_SIGNAL"]
      reason = "test"
      [[route]]
      name = "care"
      partners = ["comensha"]
      persons = ["victim"]
      reason = "test"

      """

    /// An investigation, which the coordination of care may not have.
    private static func unaddressed() throws -> Submission {
      try Submission.fresh().with("/recipients", nil)
    }

    @Test func `a routed submission goes where it may, and lists with the rule who is kept out`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care])
      let bare = try gateway.submit(Routing.unaddressed())
      #expect(bare.rules == ["no-recipient"], "\(text(bare.lines))")
      try await gateway.route(Routing.routes)
      let submission = try Routing.unaddressed()
      let first = try gateway.submit(submission)
      let answer = try #require(first.lines.first)
      #expect(answer["deliveries"]?.elements?.map { $0["partner"] } == ["politie-avim"])
      #expect(answer["deliveries"]?.elements?.first?["routes"] == ["signals"])
      #expect(answer["notSent"] == [["partner": "comensha", "rule": "purpose-not-agreed"]])
      _ = try await gateway.allDelivered(1)
      // The same again is answered the same, although the routes are others by now.
      try await gateway.route(Routing.routes.replacing("signals", with: "other"))
      let again = try #require(try gateway.submit(submission).lines.first)
      #expect(again["repeated"] == true)
      #expect(again["deliveries"]?.elements?.first?["routes"] == ["signals"])
      #expect(again["notSent"] == answer["notSent"])
      #expect(try gateway.deliveries().count == 1)
      // Named, the same partner refuses the whole.
      let named = try gateway.submit(Submission.fresh(to: [.police, .care]))
      #expect(named.status == 422)
      #expect(named.rules == ["purpose-not-agreed"], "\(text(named.lines))")
      #expect(try gateway.deliveries().count == 1)
      #expect(care.journal().isEmpty)
    }

    @Test func `refuses what no route brings anywhere, and says what to do`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care])
      try await gateway.route(
        Routing.routes.replacing("TRAFFICKING_SIGNAL", with: "SMUGGLING_SIGNAL"))
      let refused = try gateway.submit(Routing.unaddressed())
      #expect(refused.status == 422)
      // Nobody is left: whom a route chose is told with its rule too.
      #expect(refused.rules == ["no-route", "purpose-not-agreed"], "\(text(refused.lines))")
      #expect(refused.lines.first?["remedy"]?.text?.contains("referralctl route") == true)
      let control = Control(world)
      try world.write("one.json", Routing.unaddressed())
      #expect(try await control.status("route", world.folder + "/one.json") == 1)
      #expect(try gateway.deliveries().isEmpty)
    }

    @Test func `tells the case system which route chose whom, and who gets nothing`()
      async throws
    {
      let spool = try await SpoolWorld.running()
      try spool.gateway.register(.care, at: "https://127.0.0.1:1/v1/referrals")
      try await spool.gateway.route(Routing.routes)
      try spool.hand("one.json", Routing.unaddressed())
      let accepted = try #require(try await spool.told(1).first)
      let delivery = accepted["deliveries"]?.elements?.first
      #expect(delivery?["partner"] == "politie-avim")
      #expect(delivery?["routes"] == ["signals"])
      let left = accepted["notGoing"]?.elements?.first
      #expect(left?["partner"] == "comensha")
      #expect(left?["code"] == "purpose-not-agreed")
      #expect(left?["labels"]?["nl"]?.text?.isEmpty == false)
    }

    @Test func `an update brings in whom the routes choose now, and leaves out nobody who has it`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let gateway = try await Gateway.running(world, [police, hub])
      let first = try gateway.submit(Submission(example: "02-unknown-woman"))
      try #require(first.status == 200)
      _ = try await gateway.allDelivered(1)
      try await gateway.route(
        "[[route]]\nname = \"copy\"\npartners = [\"emm\"]\noperations = [\"update\"]\n"
          + "reason = \"test\"\n")
      let update = try Submission(example: "12-unknown-woman-named").with("/recipients", nil)
      let answer = try #require(try gateway.submit(update).lines.first)
      let routes = (answer["deliveries"]?.elements ?? []).map {
        "\($0["partner"]?.text ?? "") \(text($0["routes"] ?? .null))"
      }
      #expect(routes.sorted() == ["emm [\"copy\"]", "politie-avim []"])
      _ = try await gateway.allDelivered(3)
      let withdrawal = try Submission(example: "09-identity-mixup").with("/recipients", nil)
      let gone = try #require(try gateway.submit(withdrawal).lines.first)
      #expect(gone["deliveries"]?.elements?.count == 2, "\(text(gone))")
    }

    @Test func `a project opens within its days what is closed before and after`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, care])
      try await gateway.route(Routing.routes)
      let today = CivilDate(daysSince1970: Int(SystemClock.now().seconds / 86_400))
      try await gateway.project(from: today.adding(days: -9), to: today.adding(days: -1))
      let after = try #require(try gateway.submit(Routing.unaddressed()).lines.first)
      #expect(after["notSent"]?.elements?.map { $0["partner"] } == ["comensha"])
      try await gateway.project(from: today.adding(days: -9), to: today.adding(days: 1))
      let submission = try Routing.unaddressed()
      let control = Control(world)
      try world.write("one.json", submission)
      let file = world.folder + "/one.json"
      #expect(try await control.status("route", file, "--json") == 0)
      #expect(control.output.contains("\"policy\":\"project:joint\""), "\(control.output)")
      #expect(try await control.status("route", file, "--config", world.folder + "/etc") == 0)
      #expect(control.output.contains("\"policy\":\"project:joint\""), "\(control.output)")
      #expect(try await control.status("preview", file, "--partner", "comensha") == 0)
      #expect(control.output.contains("\"policy\":\"project:joint\""), "\(control.output)")
      let within = try #require(try gateway.submit(submission).lines.first)
      let delivery = within["deliveries"]?.elements?.first { $0["partner"] == "comensha" }
      #expect(delivery?["routes"] == ["care", "project:joint"], "\(text(within))")
      #expect(delivery?["detailLevel"] == "deidentified")
      _ = try await gateway.allDelivered(3)
      #expect(try await care.report()["effects"]?.integer == 1)
    }

    @Test func `a new partner is added by the files of the page, and gets its document`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let shelter = try await world.partner(.shelter)
      let gateway = try await Gateway.running(world, [police])
      try FileManager.default.createDirectory(
        atPath: world.folder + "/etc/routes.d", withIntermediateDirectories: true)
      let files = try NewPartner.files()
      #expect(files.map(\.name).sorted() == NewPartner.expected)
      for file in files {
        let text = file.text.replacing("127.0.0.1:9458", with: "127.0.0.1:\(shelter.port)")
        try world.write("etc/" + file.name, text)
      }
      let control = Control(world)
      #expect(try await control.status("config", "check", world.folder + "/etc") == 0)
      #expect(try await control.status("config", "reload") == 0, "\(control.output)")
      #expect(try await control.status("partner", "check", "opvang-noord") == 0)
      let submission = try Submission.fresh("22-mononym").with("/recipients", nil)
      let answer = try #require(try gateway.submit(submission).lines.first)
      #expect(answer["deliveries"]?.elements?.first?["routes"] == ["shelter-north"])
      _ = try await gateway.allDelivered(1)
      #expect(try await shelter.report()["effects"]?.integer == 1)
      let document = try #require(shelter.requests().first)
      #expect(NameSearch("Wulandaria").finds(in: document))
      #expect(police.journal().isEmpty)
      let refused = try gateway.submit(
        submission.with("/referral/header/referralId", .string(UUID().uuidString.lowercased()))
          .with("/referral/consents", nil))
      #expect(refused.rules.contains("R11"), "\(text(refused.lines))")
    }
  }
}

/// The files that docs/routing.md gives for a new partner.
private enum NewPartner {
  static let expected = [
    "partners.d/opvang-noord.toml", "policies.d/opvang-noord.toml", "routes.d/opvang-noord.toml",
  ]

  /// Blocks of TOML whose first line names their file.
  static func files() throws -> [(name: String, text: String)] {
    let page = String(decoding: try PackageFolder.read("docs/routing.md"), as: UTF8.self)
    return page.components(separatedBy: "```toml\n").dropFirst().compactMap { part in
      guard let end = part.range(of: "\n```"), part.hasPrefix("# ") else { return nil }
      let text = String(part[..<end.lowerBound]) + "\n"
      let first = text.prefix { $0 != "\n" }.dropFirst(2)
      return first.hasSuffix(".toml") ? (String(first), text) : nil
    }
  }
}

extension Gateway {
  /// From now on these routes.
  func route(_ text: String) async throws {
    try await take("routes.d/all.toml", text)
  }

  /// A project that lets the coordination of care have investigations, without names.
  func project(from: CivilDate, to: CivilDate) async throws {
    let lines = try String(
      contentsOfFile: PackageFolder.path + "/partners/projects.d/haven-zuid-holland.toml",
      encoding: .utf8)
    let policy = try #require(lines.range(of: "version = 1"))
    let conditions = try #require(lines.range(of: "[when]"))
    let rules = try #require(lines.range(of: "[[deidentified]]"))
    try await take(
      "projects.d/joint.toml",
      "project = \"joint\"\npartners = [\"comensha\"]\nfrom = \(from)\nto = \(to)\n"
        + lines[policy.lowerBound..<conditions.lowerBound] + lines[rules.lowerBound...])
  }

  /// Writes a file of the configuration and waits until it is in force.
  func take(_ file: String, _ text: String) async throws {
    let folder = world.folder + "/etc/" + file.prefix { $0 != "/" }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try world.write("etc/" + file, text)
    try await reload()
  }

  /// What the files say now is in force at return.
  func reload() async throws {
    let next = (try status()["generation"]?.integer ?? 0) + 1
    program?.signal(SIGHUP)
    _ = try await reloaded(to: next)
  }
}
