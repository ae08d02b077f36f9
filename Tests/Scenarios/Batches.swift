/// Numbers of a quarter, with the real programs: ordered once, signed, delivered, and of nobody.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct Batches {
    private static let quarter = "2026-Q1"

    @Test func `delivers the numbers of a past quarter once, and nothing of a person`() async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let port = try freePort()
      let gateway = try Gateway(
        world,
        endpoints: [
          (.police, police.endpoint), (.hub, "https://127.0.0.1:9/v1/referrals"),
          (.rapporteur, "https://127.0.0.1:\(port)/v1/referrals"),
        ], edit: Self.policeTooTakesNumbers)
      try world.write("partner.toml", world.rapporteurSettings(port))
      try await gateway.start()
      for _ in 0..<12 { _ = try gateway.deliver(.fresh("01-kitchen-workers")) }
      for _ in 0..<11 { _ = try gateway.deliver(.fresh("02-unknown-woman")) }
      let control = Control(world)
      let code = Identity.rapporteur.code
      let words = ["statistics", "send", Self.quarter, "--partner", code, "--reason", "agreed"]
      #expect(try await control.status("statistics", "list") == 0)
      try await refusesByName(control, code)
      #expect(try await gateway.stop() == 0)
      try await world.moveSubmissions(to: "2026-02-10T12:00:00Z")
      try await gateway.start()

      let preview = ["statistics", "preview", Self.quarter, "--partner", code]
      #expect(try await control.status(preview) == 0)
      let shown = try control.lastLine()
      #expect(try await control.status(words) == 0, "\(control.output)")
      let id = try #require(try control.lastLine()["id"]?.text)
      // Nobody is there yet; what was ordered outlives the daemon.
      gateway.kill()
      try await gateway.start()
      let rapporteur = try await world.referralPartner()
      let delivered = try await gateway.settled(id, "DELIVERED")
      #expect(delivered["referralKind"]?.text == "STATISTICS")
      #expect(try gateway.deliveries("kind=STATISTICS").map { $0["id"]?.text } == [id])
      let receipts = delivered["acknowledgements"]?.elements ?? []
      #expect(receipts.map { $0["verdict"]?.text } == ["verified"])
      #expect(try await control.status(words) == 73)
      let second = try control.lastLine()
      #expect(second["reason"]?.text == "batch-exists" && second["id"]?.text == id)
      #expect(try await control.status("statistics", "list") == 0)
      let listed = try control.lastLine()
      #expect(listed["state"]?.text == "DELIVERED" && listed["id"]?.text == id)
      #expect(try await control.status("audit", "list") == 0)
      #expect(control.output.contains("statistics-send"))
      #expect(try await gateway.stop() == 0)
      try await world.eraseOneSubmission()
      try await gateway.start()
      try await refusesOtherNumbers(control)
      #expect(try await gateway.stop() == 0)
      #expect(try await rapporteur.stop() == 0)
      try await sees(try await world.receivedBatch(), shown)
    }

    /// Before there is a quarter to tell of, and where nobody has agreed.
    private func refusesByName(_ control: Control, _ code: String) async throws {
      let reason = ["--reason", "agreed"]
      let open = ["statistics", "send", "2999-Q4", "--partner", code] + reason
      #expect(try await control.status(open) == 65)
      #expect(control.output.contains("quarter-open"))
      let other = ["statistics", "send", Self.quarter, "--partner", "emm"] + reason
      #expect(try await control.status(other) == 65)
      #expect(control.output.contains("statistics-not-taken"))
      let nobody = ["statistics", "send", Self.quarter, "--partner", "nobody"] + reason
      #expect(try await control.status(nobody) == 66)
      #expect(
        try await control.status("statistics", "send", Self.quarter, "--partner", code) == 64)
      #expect(try await control.status(["statistics", "send", "2026", "--partner", code]) == 64)
    }

    /// What another partner would get tells, beside the first batch, who was erased.
    private func refusesOtherNumbers(_ control: Control) async throws {
      let words = ["statistics", "send", Self.quarter, "--partner", "politie-avim"]
      let preview = ["statistics", "preview"] + words.dropFirst(2)
      #expect(try await control.status(preview) == 0)
      #expect(try control.lastLine()["data"]?["complete"]?.flag == false)
      #expect(try await control.status(words + ["--reason", "agreed"]) == 73)
      #expect(try control.lastLine()["reason"]?.text == "quarter-changed")
    }

    @Sendable private static func policeTooTakesNumbers(_ file: String, _ text: String) -> String {
      switch file {
      case "partners.d/politie-avim.toml":
        return text + "\n[statistics]\nmin = \"1.0.0\"\nmax = \"1.0.0\"\n"
      case "policies.d/politie-avim.toml":
        return text.replacing("purposes = [", with: "purposes = [\"statistics\", ")
          + """

          [statistics]
          tables = ["referrals-by-kind"]
          legal_basis = ["NL-VW-107-4@2015"]

          """
      default: return text  // OPEN: names of files
      }
    }

    /// 23 referrals with 95 possible victims: 84 kitchen workers and 11 others.
    private func sees(_ octets: [UInt8], _ preview: JSONValue) async throws {
      let event = try JSONReader.read(octets)
      let data = try #require(event["data"])
      #expect(data == preview["data"])
      #expect(event["exercise"]?.flag == true && data["complete"]?.flag == true)
      let tables = data["tables"]?.elements ?? []
      #expect(tables.count == 5)
      #expect(tables.first?["total"]?.integer == 23)
      let labour = tables.first { $0["name"]?.text == "persons-by-form" }?["cells"]?.elements?
        .first { $0["code"]?.text == "FORCED_LABOUR_SERVICES" }
      #expect(labour?["count"]?.integer == 84)
      let text = String(decoding: octets, as: UTF8.self)
      for small in 0...10 { #expect(!text.contains("\"count\":\(small)}")) }
      for name in WholeWay.names {
        #expect(!NameSearch(name).finds(in: octets), "the rapporteur must not see \(name)")
      }
    }
  }
}

extension Control {
  /// It prints one JSON object in each line.
  fileprivate func lastLine() throws -> JSONValue {
    try JSONReader.read(Array((output.split(separator: "\n").last ?? "").utf8))
  }
}

extension World {
  fileprivate func rapporteurSettings(_ port: Int) -> String {
    partnerSettings(port)
      .replacing(Identity.police.urn, with: Identity.rapporteur.urn)
      .replacing("politie-avim", with: Identity.rapporteur.code)
      .replacing("algorithm = \"PS256\"", with: "algorithm = \"ES256\"")
  }

  /// As if they had been accepted then; only while the daemon does not run.
  fileprivate func moveSubmissions(to time: String) async throws {
    let base = folder + "/store/outbox.db"
    let moment = try #require(ISO8601DateFormatter().date(from: time))
    let milliseconds = Int64(moment.timeIntervalSince1970 * 1_000)
    _ = try await python(
      "move",
      [
        "-c",
        """
        import sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        base.execute("UPDATE submission SET accepted_at = ?", (int(sys.argv[2]),))
        base.commit()
        """, base, String(milliseconds),
      ])
  }

  /// What a retention term would do; only while the daemon does not run.
  fileprivate func eraseOneSubmission() async throws {
    _ = try await python(
      "erase",
      [
        "-c",
        """
        import sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        base.execute("UPDATE submission SET sealed = NULL, wrapped_key = NULL WHERE row = 1")
        base.commit()
        """, folder + "/store/outbox.db",
      ])
  }

  /// The only document that the partner keeps, as it came.
  fileprivate func receivedBatch() async throws -> [UInt8] {
    let hex = try await python(
      "received",
      [
        "-c",
        """
        import sqlite3, sys
        (octets,) = sqlite3.connect(sys.argv[1]).execute("SELECT octets FROM received").fetchone()
        print(octets.hex())
        """, folder + "/police/reception.sqlite",
      ])
    return stride(from: 0, to: hex.utf8.count, by: 2).compactMap { start in
      let text = hex.dropFirst(start).prefix(2)
      return UInt8(text, radix: 16)
    }
  }
}
