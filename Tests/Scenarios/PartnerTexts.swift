/// What a partner writes is kept, sealed, and steers neither the log nor a terminal.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

extension Scenarios {
  @Suite(needsPython) struct PartnerTexts {
    private static let name = "Khadgiwal"
    /// Clears a screen, sets a window's title, turns the reading direction.
    private static let evil = "\u{1B}[2J\u{1B}]0;\(name)\u{7}\u{9B}31m\u{202E}\(name)"

    @Test func `shows of a problem document its status and a word of ours, nothing else`()
      async throws
    {
      let world = try World()
      let text = JSONValue.string(Self.evil)
      let police = try await world.partner(
        .police, plan: [["mode": "problem", "status": 418, "type": text, "title": text]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "HELD")
      let control = Control(world)
      for arguments in [["show", id], ["show", id, "--attempts"], ["--json", "show", id]] {
        #expect(try await control.status(arguments) == 0)
        #expect(control.output.contains("418") && control.output.contains("other-problem"))
        #expect(!NameSearch(Self.name).finds(in: Array(control.output.utf8)))
        #expect(Self.isHarmless(control.output))
      }
      #expect(try await gateway.stop() == 0)
      #expect(!NameSearch(Self.name).finds(in: Array(gateway.log.utf8)))
      let kept = try await gateway.kept()
      #expect(kept.map(\.status) == [418, 418])
      #expect(kept.allSatisfy { $0.hasAnswer })
      for file in world.files(below: "store") {
        #expect(!NameSearch(Self.name).finds(in: file.octets), "it lies open in \(file.path)")
      }
    }

    @Test(arguments: [("sighed-at", "sighed-at"), (evil, "unknown")])
    func `shows a kind that it does not know if it looks like one`(_ kind: String, shown: String)
      async throws
    {
      let world = try World()
      let police = try await world.partner(
        .police, plan: [["mode": "unknown-kind", "kind": .string(kind)]])
      let gateway = try await Gateway.running(world, [police])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "HELD")
      let kinds = delivery["acknowledgements"]?.elements?.map { $0["kindText"]?.text }
      #expect(kinds == [shown, shown, shown])
      let control = Control(world)
      #expect(try await control.status("show", id, "--attempts") == 0)
      #expect(Self.isHarmless(control.output))
      #expect(try await gateway.stop() == 0)
      #expect(!NameSearch(Self.name).finds(in: Array(gateway.log.utf8)))
      for file in world.files(below: "store") {
        #expect(!NameSearch(Self.name).finds(in: file.octets), "it lies open in \(file.path)")
      }
    }

    private static func isHarmless(_ text: String) -> Bool {
      text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control: scalar == "\n"
        case .format, .lineSeparator, .paragraphSeparator, .privateUse: false
        default: true
        }
      }
    }
  }
}
