/// Holds the whole repository to its rules of style and to its table of imports.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Breaches as one readable text, so that a failing test lists all of them.
private func list(_ breaches: [Breach]) -> String {
  breaches.map(\.description).joined(separator: "\n")
}

@Suite struct TidyTests {
  @Test func `finds the repository`() {
    #expect(Repository.files.contains { $0.path == "Package.swift" })
    #expect(Repository.files.contains { $0.path.hasPrefix("Sources/Ground/Platform/") })
  }

  @Test(arguments: Rule.all) func `keeps the rule`(_ rule: Rule) {
    let breaches = Repository.files.flatMap(rule.check)
    #expect(breaches.isEmpty, "\(list(breaches))")
  }

  @Test func `imports only what the table of rooms allows`() {
    let breaches = Repository.files.flatMap(Imports.breaches)
    #expect(breaches.isEmpty, "\(list(breaches))")
  }

  @Test func `declares only dependencies that the table of rooms allows`() throws {
    let manifest = try #require(Repository.files.first { $0.path == "Package.swift" })
    #expect(Imports.declared(in: manifest.text)["Platform"] == ["CLinux"])
    let breaches = Imports.manifestBreaches(manifest.text)
    #expect(breaches.isEmpty, "\(list(breaches))")
  }

  @Test func `has no link that leads nowhere`() {
    let breaches = Repository.files.flatMap { Links.breaches(in: $0, exists: Repository.exists) }
    #expect(breaches.isEmpty, "\(list(breaches))")
  }

  @Test func `keeps a list of long functions that only shrinks`() {
    #expect(StyleLimits.longFunctions.count <= StyleLimits.longFunctionsAtMost)
    let long = Set(
      Repository.files.filter(\.isSwift).flatMap { file in
        Functions.of(file).filter { $0.lines > StyleLimits.functionLines }
          .map { "\(file.path) \($0.name)" }
      })
    let mended = StyleLimits.longFunctions.subtracting(long)
    #expect(mended.isEmpty, "take these off the list: \(mended.sorted())")
  }
}
