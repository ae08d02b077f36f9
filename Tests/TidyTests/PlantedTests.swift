/// Proves each rule by one planted breach, and by one text that looks like it and is right.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A text that a rule must catch, and one that it must let pass.
private struct Planted: Sendable, CustomStringConvertible {
  let rule: String
  let path: String
  let wrong: String
  let right: String

  init(
    _ rule: String, in path: String = "Sources/Journey/Wire/A.swift", _ wrong: String,
    _ right: String
  ) {
    self.rule = rule
    self.path = path
    self.wrong = wrong
    self.right = right
  }

  var description: String { rule }
}

private let head = "/// What this file is for.\n// SPDX-License-Identifier: Apache-2.0\n"

private let planted: [Planted] = [
  Planted("public", "public struct A {}", "package let publicKey = 1  // public"),
  Planted("testable", "@testable import Wire", "import Wire  // @testable"),
  Planted("forced try", "let a = try! f()", "let a = try? f()"),
  Planted("force unwrap", "let a = b!.c", #"let a = b != c && !d; let e = "b! c""#),
  Planted("force unwrap", "f(a[0]!)", "f(!a, \"\\(!b)\")  // a!"),
  Planted("force unwrap", "let a = \"\\(b!)\"", "let a = #\"b!\"# ; let `c! d` = 1"),
  Planted("force unwrap", "let a = b as! C", "let a = b as? C"),
  Planted("print", "print(1)", "a.print(1); blueprint(2)"),
  Planted("clock and randomness", "let a = SystemClock.now()", "let a = now  // SystemClock.now()"),
  Planted("clock and randomness", "let a = SecureRandom.octets(16)", "let a = octets"),
  Planted("clock and randomness", "let a = Int.random(in: 0..<9)", "let a = randomOctets"),
  Planted(
    "clock in Seal", in: "Sources/Ground/Seal/A.swift", "let a = SystemClock.now()",
    "let a = SecureRandom.octets(32)"),
  Planted(
    "clock of the gateway", in: "Sources/Gateway/A.swift", "let a = SystemClock.now()",
    "let a = clock.now()  // SystemClock"),
  Planted("unstructured task", "Task { f() }", "group.addTask { f() }"),
  Planted("unstructured task", "Task.detached { f() }", "try await Task.sleep(for: a)"),
  Planted("Foundation", "import Foundation", "import JSON"),
  Planted("type names", "struct KeyManager {}", "struct KeyRing { let commonName = 1 }"),
  Planted("C imports", "import COpenSSL", "import OpenSSL"),
  Planted(
    "unchecked Sendable", "final class A: @unchecked Sendable {\n}",
    "final class A: @unchecked Sendable {\n  // SAFETY: guarded by its lock.\n}"),
  Planted("line length", String(repeating: "a", count: 101), String(repeating: "é", count: 100)),
  Planted(
    "function length", "func a() {" + String(repeating: "\n", count: 71) + "}",
    "func a() {" + String(repeating: "\n", count: 69) + "}"),
  Planted(
    "default over an enum", "switch a {\ndefault: b\n}",
    "switch a {\n// OPEN: any text may come.\ndefault: b\n}"),
  Planted("leftovers", "// TO" + "DO: later", "// autodoxx"),
  Planted(
    "private keys", in: "certs/a.pem", "-----BEGIN EC PRIVATE " + "KEY-----",
    "-----BEGIN PUBLIC KEY-----"),
]

private func rule(_ name: String) throws -> Rule {
  try #require(Rule.all.first { $0.name == name })
}

@Suite struct PlantedTests {
  @Test(arguments: planted) fileprivate func `catches the planted breach`(_ one: Planted) throws {
    let rule = try rule(one.rule)
    #expect(rule.check(SourceText(one.path, head + one.wrong)).count == 1)
    #expect(rule.check(SourceText(one.path, head + one.right)).isEmpty)
  }

  @Test func `has a planted breach for every rule`() {
    let proven = Set(planted.map(\.rule)).union(["first lines", "file names"])
    #expect(Set(Rule.all.map(\.name)) == proven)
  }

  @Test func `catches a file that does not say what it is for`() throws {
    let rule = try rule("first lines")
    #expect(rule.check(SourceText("Sources/A.swift", "import JSON\n")).count == 2)
    #expect(rule.check(SourceText("Sources/A.swift", head)).isEmpty)
    #expect(rule.check(SourceText("Package.swift", "// swift-tools-version: 6.2")).isEmpty)
  }

  @Test func `catches a file named for nothing`() throws {
    let rule = try rule("file names")
    #expect(rule.check(SourceText("Sources/Ground/JSON/JSONUtils.swift", head)).count == 1)
    #expect(rule.check(SourceText("Sources/Ground/JSON/JSONReader.swift", head)).isEmpty)
  }

  @Test func `lets a wrapper import its C module and nobody else's`() throws {
    let rule = try rule("C imports")
    let code = head + "import COpenSSL"
    #expect(rule.check(SourceText("Sources/Ground/OpenSSL/A.swift", code)).isEmpty)
    #expect(rule.check(SourceText("Sources/Ground/Curl/A.swift", code)).count == 1)
  }

  @Test func `lets Gateway read the clock and start tasks`() throws {
    let file = SourceText("Sources/Gateway/A.swift", head + "Task { SystemClock.now() }")
    #expect(try rule("clock and randomness").check(file).isEmpty)
    #expect(try rule("unstructured task").check(file).isEmpty)
  }

  @Test(arguments: [
    ("Sources/Ground/JSON/A.swift", "import Referrals"),
    ("Sources/Journey/Wire/A.swift", "package import Gateway"),
    ("Sources/Journey/Disclosure/A.swift", "import Wire"),
    ("Sources/Journey/Sending/A.swift", "import Curl"),
    ("Sources/Gateway/A.swift", "import CCurl"),
    ("Sources/Commands/referral-verify/A.swift", "import SQLite"),
    ("Sources/Journey/Attic/A.swift", "import JSON"),
  ])
  func `catches an import that the table lacks`(_ path: String, _ line: String) {
    #expect(Imports.breaches(in: SourceText(path, head + line)).count == 1)
  }

  @Test func `lets a room import its row`() {
    let text = head + "package import Disclosure\nimport JSON\nimport struct Digest.SHA256Digest\n"
    #expect(Imports.breaches(in: SourceText("Sources/Journey/Wire/A.swift", text)).isEmpty)
    let fetch = SourceText("Sources/Ground/Fetch/A.swift", head + "import Curl\nimport Platform")
    #expect(Imports.breaches(in: fetch).isEmpty)
  }

  @Test func `catches a dependency that the table lacks`() {
    let manifest = """
      wrapper("OpenSSL", ["COpenSSL", "Platform"]), ground("JSON", ["Referrals"]),
      journey(
        "Wire", ["Disclosure", "JSON", "Gateway"]),
      .target(name: "Gateway", dependencies: ["Outbox"]),
      """
    #expect(Imports.declared(in: manifest).count == 4)
    #expect(
      Imports.manifestBreaches(manifest).map(\.message.localizedLowercase).map {
        $0.prefix(while: { $0 != ">" })
      } == ["json depends on referrals -", "wire depends on gateway -"])
  }

  @Test func `catches a link that leads nowhere`() {
    let page = SourceText(
      "docs/a.md", "[a](../README.md#top) [b](gone.md) [c](https://example.org/x) [d](#e)\n")
    let found = Links.breaches(in: page) { $0 == "README.md" }
    #expect(found.map(\.line) == [1])
    #expect(Links.resolve("../x/./y.md", from: "docs/decisions/a.md") == "docs/x/y.md")
  }

  @Test func `counts the lines of functions and not of requirements`() {
    let text = """
      protocol A {
        func a()
        var b: Int { get }
      }
      struct B {
        init(_ c: () -> Void = {}) {
          c()
        }
        func d<T>(
          e: T
        ) -> [T] where T: A {
          let f = "}"
          return [e]
        }
      }
      """
    #expect(Functions.of(SourceText("A.swift", text)).map(\.lines) == [3, 6])
  }
}
