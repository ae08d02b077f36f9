/// The main job, once and for real: seven examples to three partners, thirteen receipts.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

/// All scenarios in one line: they start real programs, and two cores have enough of one world.
@Suite(.serialized) enum Scenarios {}

let needsPython = ConditionTrait.enabled(
  if: Machine.hasPython, "there is no .venv: run scripts/bootstrap")

extension Scenarios {
  @Suite(needsPython) struct WholeWay {
    /// Of victims and suspects, as examples/README.md lists them.
    static let names = [
      "Khadgiwal", "Sunmayaa", "Dhanbirr", "Phulmatii", "Macaraegan", "Dimasupil", "Bayaninon",
      "Nguyễn Văn Đức", "NGUYEN VAN DUC", "Криволапченко", "KRYVOLAPCHENKO", "Krivolap", "ዘውዲቱ",
      "ZEWDITU", "Wulandaria", "Жмайлогорский", "ZHMAILOGORSKII", "Żmajłogórski",
      "Dragovicescu", "Haverkorstius", "Tamrakhari",
    ]

    @Test func `delivers every example, with a verified receipt, and shows each partner its part`()
      async throws
    {
      let world = try World()
      let police = try await world.partner(.police)
      let hub = try await world.partner(.hub)
      let care = try await world.partner(.care)
      let gateway = try await Gateway.running(world, [police, hub, care])
      for name in Examples.demonstrated {
        let reply = try gateway.submit(Submission(example: name))
        try #require(reply.status == 200, "\(name): \(text(reply.lines))")
      }
      let deliveries = try await gateway.allDelivered(13)
      for delivery in deliveries {
        let id = try #require(delivery["id"]?.text)
        let shown = try gateway.show(id)
        let receipts = shown["acknowledgements"]?.elements ?? []
        #expect(receipts.map { $0["verdict"]?.text } == ["verified"], "\(text(shown))")
        #expect(receipts.first?["kindText"]?.text == "receipt")
        let steps = receipts.first?["report"]?.elements ?? []
        #expect(steps.allSatisfy { $0["outcome"]?.text == "passed" }, "\(text(steps))")
        #expect(delivery["deliveredAt"]?.text != nil)
      }
      for (partner, count) in [(police, 6), (hub, 4), (care, 3)] as [(IndependentPartner, Int64)] {
        let report = try await partner.report()
        #expect(report["effects"]?.integer == count)
        #expect(report["offers"]?.integer == count)
        #expect(report["repeated"]?.integer == 0)
      }
      try seesOnlyItsPart(gateway, police, care)
      #expect(try await gateway.stop() == 0)
      try keepsNamesTo(world, gateway)
    }

    /// Positive first: the search finds a name where one must be.
    private func seesOnlyItsPart(
      _ gateway: Gateway, _ police: IndependentPartner, _ care: IndependentPartner
    ) throws {
      let atPolice = police.requests()
      for name in ["Khadgiwal", "ZEWDITU", "Жмайлогорский", "Haverkorstius"] {
        #expect(atPolice.contains { NameSearch(name).finds(in: $0) }, "the police lack \(name)")
      }
      let placed = care.requests().filter { NameSearch("Wulandaria").finds(in: $0) }
      #expect(placed.count == 1, "one full placement")
      let levels = try gateway.deliveries("partner=comensha").map { $0["detailLevel"]?.text }
      #expect(levels.filter { $0 == "deidentified" }.count == 2)
      for request in care.requests() {
        for name in Self.names where name != "Wulandaria" {
          #expect(!NameSearch(name).finds(in: request), "care must not see \(name)")
        }
      }
    }

    private func keepsNamesTo(_ world: World, _ gateway: Gateway) throws {
      let store = world.files(below: "store")
      #expect(store.contains { $0.octets.count > 100_000 })
      let log = Array(gateway.log.utf8)
      #expect(!log.isEmpty)
      for name in Self.names {
        let search = NameSearch(name)
        for file in store {
          #expect(!search.finds(in: file.octets), "\(name) stands in the store's \(file.path)")
        }
        #expect(!search.finds(in: log), "\(name) stands in the log")
      }
    }

    @Test(arguments: ["raw", "decomposed", "escaped", "base64"])
    func `the search finds a name in every form`(_ form: String) throws {
      let name = "Żmajłogórski"
      let text =
        switch form {
        case "raw": name
        case "decomposed": name.decomposedStringWithCanonicalMapping
        case "escaped": NameSearch.escaped(name)
        default: Data("x\(name) and more".utf8).base64EncodedString()
        }
      #expect(NameSearch(name).finds(in: Array("before \(text) after".utf8)))
      #expect(!NameSearch(name).finds(in: Array("before, after".utf8)))
    }
  }
}

/// A name in all forms in which octets may hide it.
struct NameSearch {
  private let needles: [Data]

  init(_ name: String) {
    let forms = [
      name.precomposedStringWithCanonicalMapping, name.decomposedStringWithCanonicalMapping,
    ]
    let escaped = NameSearch.escaped(name)
    needles =
      forms.map { Data($0.utf8) } + [Data(escaped.utf8), Data(escaped.uppercasedDigits.utf8)]
      + forms.flatMap { NameSearch.base64(Array($0.utf8)) }
  }

  func finds(in octets: [UInt8]) -> Bool {
    let data = Data(octets)
    return needles.contains { data.range(of: $0) != nil }
  }

  /// As JSON may write it: every code unit beyond ASCII as \uhhhh.
  static func escaped(_ text: String) -> String {
    text.utf16.map { unit in
      unit < 0x80 ? String(UnicodeScalar(UInt8(unit))) : String(format: "\\u%04x", unit)
    }.joined()
  }

  /// What stays the same in base64 whatever stands around it, at each of three alignments.
  private static func base64(_ octets: [UInt8]) -> [Data] {
    (0..<3).map { shift in
      let whole = octets.dropFirst(shift)
      return Data(whole.prefix(whole.count / 3 * 3)).base64EncodedData()
    }.filter { $0.count >= 8 }
  }
}

extension String {
  fileprivate var uppercasedDigits: String {
    uppercased().replacingOccurrences(of: "\\U", with: "\\u")
  }
}
