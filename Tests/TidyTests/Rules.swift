/// The rules of style, each a pure function from one file to what is wrong with it.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One breach of a rule; the message says what to write instead.
struct Breach: CustomStringConvertible, Equatable {
  let path: String
  let line: Int
  let message: String

  var description: String { "\(path):\(line): \(message)" }
}

/// A rule of style.
struct Rule: Sendable, CustomStringConvertible {
  let name: String
  let check: @Sendable (SourceText) -> [Breach]

  var description: String { name }
}

/// Folders that several rules name.
enum Folder {
  static let wrappers = [
    "Platform", "OpenSSL", "HTTPServer", "Curl", "SQLite", "TOML",
  ].map { "Sources/Ground/\($0)" }
  static let outside = ["Sources/Gateway", "Sources/Commands", "Sources/Partner"]
}

/// The limits of style.
enum StyleLimits {
  static let lineColumns = 100
  static let functionLines = 70
  /// Functions that are longer, as "path function"; entries may only be taken away.
  static let longFunctions: Set<String> = []
  static let longFunctionsAtMost = 0
}

/// Every match of a pattern in the code of a file.
private func matches(
  _ pattern: String, in file: SourceText, say message: String
) -> [Breach] {
  guard let expression = try? NSRegularExpression(pattern: pattern) else {
    return [Breach(path: file.path, line: 0, message: "the rule's pattern is malformed")]
  }
  return file.codeLines.enumerated().compactMap { index, line in
    let text = String(line)
    let range = NSRange(text.startIndex..., in: text)
    guard expression.firstMatch(in: text, range: range) != nil else { return nil }
    return Breach(path: file.path, line: index + 1, message: message)
  }
}

extension Rule {
  /// A rule that forbids a pattern in Swift code, except in some folders.
  static func forbids(
    _ name: String, _ pattern: String, exceptIn allowed: [String] = [], onlyIn scope: [String] = [],
    instead message: String
  ) -> Rule {
    Rule(name: name) { file in
      guard file.isSwift, !file.isIn(allowed), scope.isEmpty || file.isIn(scope) else { return [] }
      return matches(pattern, in: file, say: message)
    }
  }

  static let all: [Rule] = [
    .forbids(
      "public", #"\bpublic\b"#, instead: "`public` -> `package`: nothing leaves this package"),
    .forbids(
      "testable", #"@testable\b"#, exceptIn: ["Tests/NoCompile"],
      instead: "`@testable` -> test through `package` symbols, which tests see"),
    .forbids(
      "forced try", #"\btry!"#, instead: "`try!` -> `try` in a throwing function, or `do`/`catch`"),
    .forbids(
      "force unwrap", #"[A-Za-z0-9_)\]>"?]!(?=[.,)\]\s:;}\[(]|$)|\bas!"#,
      instead: "force unwrap -> `guard let`, `??`, or `try #require` in a test"),
    .forbids(
      "print", #"(?<![A-Za-z0-9_.])(?:debugP|p)rint\("#, exceptIn: ["Sources/Commands"],
      instead: "`print` -> an event of Log; only Commands write to standard output"),
    .forbids(
      "clock and randomness",
      #"\b(SystemClock|ContinuousClock|SuspendingClock)\b|\bSecureRandom\b|\.random\(|"#
        + #"\bclock_gettime\b|\bSystemRandomNumberGenerator\b|\bgetrandom\b"#,
      exceptIn: Folder.outside + Folder.wrappers + ["Sources/Ground/Seal"], onlyIn: ["Sources"],
      instead: "a clock or random read -> take `now: Instant` or the octets as an argument"),
    .forbids(
      "clock in Seal", #"\bSystemClock\b|\.random\(|\bclock_gettime\b"#,
      onlyIn: ["Sources/Ground/Seal"],
      instead: "a clock read -> take `now: Instant`; Seal may only read SecureRandom"),
    gatewayClock,
    .forbids(
      "unstructured task", #"\bTask\s*(<[^>]*>\s*)?(\.detached\b|\{|\(\s*priority)"#,
      exceptIn: Folder.outside, onlyIn: ["Sources"],
      instead: "an unstructured `Task` -> a child of the Gateway's task group"),
    .forbids(
      "Foundation", #"^\s*(\w+\s+)?import\s+(Foundation\w*|Dispatch)\b"#, onlyIn: ["Sources"],
      instead: "Foundation -> Platform, JSON and the rooms of Ground"),
    .forbids(
      "type names",
      #"\b(struct|class|enum|actor|protocol|typealias)\s+\w*(Manager|Helper|Util|Common|Misc)"#,
      instead: "a type named Manager, Helper, Util, Common or Misc -> the name of what it does"),
    fileNames, cImports, safety, firstLines, columns, functionLength, openDefault, leftovers,
    privateKeys,
  ]

  /// The wall clock may have jumped: what is stored or planned goes by GatewayClock.
  private static let gatewayClock = Rule(name: "clock of the gateway") { file in
    guard file.isIn(["Sources/Gateway"]),
      !["GatewayClock.swift", "GatewayService.swift"].contains(where: file.path.hasSuffix)
    else { return [] }
    return matches(
      #"\bSystemClock\b"#, in: file, say: "`SystemClock` -> `clock.now()` of GatewayClock")
  }

  private static let fileNames = Rule(name: "file names") { file in
    guard ["Manager", "Helper", "Util", "Common", "Misc"].contains(where: file.name.contains)
    else { return [] }
    return [
      Breach(
        path: file.path, line: 1,
        message: "a file named Manager, Helper, Util, Common or Misc -> what it is for")
    ]
  }

  private static let cImports = Rule(name: "C imports") { file in
    guard file.isSwift else { return [] }
    return Imports.of(file).compactMap { line, module in
      guard let wrapper = Imports.wrapperOfC[module],
        !file.isIn(["Sources/Ground/\(wrapper)"])
      else { return nil }
      return Breach(
        path: file.path, line: line, message: "`import \(module)` -> `import \(wrapper)`")
    }
  }

  private static let safety = Rule(name: "unchecked Sendable") { file in
    guard file.isSwift else { return [] }
    let lines = file.lines
    return file.codeLines.enumerated().compactMap { index, line in
      guard line.contains("@unchecked Sendable"),
        !lines[(index + 1)...].prefix(2).contains(where: { $0.contains("// SAFETY:") })
      else { return nil }
      return Breach(
        path: file.path, line: index + 1,
        message: "`@unchecked Sendable` -> say why it holds in a `// SAFETY:` line right below")
    }
  }

  private static let firstLines = Rule(name: "first lines") { file in
    guard file.isSwift else { return [] }
    let lines = file.lines
    var found: [Breach] = []
    if !(lines[0].hasPrefix("/// ") && lines[0].count > 14) {
      found.append(
        Breach(path: file.path, line: 1, message: "first line -> `/// What the file is for.`"))
    }
    if lines.count < 2 || lines[1] != "// SPDX-License-Identifier: Apache-2.0" {
      found.append(
        Breach(
          path: file.path, line: 2,
          message: "second line -> `// SPDX-License-Identifier: Apache-2.0`"))
    }
    return found
  }

  private static let columns = Rule(name: "line length") { file in
    guard [".swift", ".c", ".cpp", ".h", ".py"].contains(where: file.path.hasSuffix) else {
      return []
    }
    return file.lines.enumerated().compactMap { index, line in
      guard line.unicodeScalars.count > StyleLimits.lineColumns else { return nil }
      return Breach(
        path: file.path, line: index + 1,
        message: "\(line.unicodeScalars.count) columns -> at most \(StyleLimits.lineColumns)")
    }
  }

  private static let functionLength = Rule(name: "function length") { file in
    guard file.isSwift else { return [] }
    return Functions.of(file).compactMap { function in
      guard function.lines > StyleLimits.functionLines,
        !StyleLimits.longFunctions.contains("\(file.path) \(function.name)")
      else { return nil }
      return Breach(
        path: file.path, line: function.line,
        message: "\(function.name) has \(function.lines) lines -> split it at a step of its own "
          + "(at most \(StyleLimits.functionLines))")
    }
  }

  private static let openDefault = Rule(name: "default over an enum") { file in
    guard file.isIn(["Sources/Journey", "Sources/Gateway", "Sources/Partner"]) else { return [] }
    let lines = file.lines
    return file.codeLines.enumerated().compactMap { index, line in
      guard line.trimmingCharacters(in: .whitespaces).hasPrefix("default:"),
        !lines[max(0, index - 1)...min(index + 1, lines.count - 1)].contains(where: {
          $0.contains("// OPEN:")
        })
      else { return nil }
      return Breach(
        path: file.path, line: index + 1,
        message: "`default:` -> name every case; over strings or integers say why the set is open "
          + "in an `// OPEN:` comment")
    }
  }

  private static let leftovers = Rule(name: "leftovers") { file in
    guard file.isIn(["Sources", "Tests", "scripts", "docs"]) || !file.path.contains("/") else {
      return []
    }
    // Made from the schemas, in which one of the words is a citizenship.
    guard !file.isIn(["docs/schema"]) else { return [] }
    // Spelled in halves, so that this file keeps its own rule.
    let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    return file.lines.enumerated().compactMap { index, line in
      let found = line.split { !($0.isLetter || $0 == "_") }.contains { words.contains(String($0)) }
      return found
        ? Breach(
          path: file.path, line: index + 1,
          message: "a note to do something later -> do it, or write an issue") : nil
    }
  }

  private static let privateKeys = Rule(name: "private keys") { file in
    let opening = "-----BEGIN "
    return file.lines.enumerated().compactMap { index, line in
      guard line.contains(opening), line.contains("PRIVATE " + "KEY-----") else { return nil }
      return Breach(
        path: file.path, line: index + 1,
        message: "a private key -> make it when it is needed (certs/README.md)")
    }
  }
}
