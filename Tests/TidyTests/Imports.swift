/// Who may import whom: the table of rooms, checked against imports and against Package.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The rules between rooms; docs/ARCHITECTURE.md gives the reasons.
enum Imports {
  /// Each C module and the one wrapper that may import it.
  static let wrapperOfC = [
    "CLinux": "Platform", "COpenSSL": "OpenSSL", "CLibevent": "HTTPServer", "CCurl": "Curl",
    "CSQLite": "SQLite", "CTOML": "TOML", "CEmbedded": "Embedded",
  ]

  /// The toolchain's own modules that any target may use.
  static let toolchain: Set = ["Swift", "Synchronization", "Testing", "_Concurrency"]
  /// What every room above Platform may use besides its own row.
  static let everywhere: Set = ["Platform", "Log"]

  /// Wrappers also speak to the system's own C library.
  static let system: Set = ["Glibc"]

  static let ground: [String: Set<String>] = [
    "Platform": ["CLinux"], "OpenSSL": ["COpenSSL"], "SQLite": ["CSQLite"],
    "TOML": ["CTOML"], "Curl": ["CCurl", "OpenSSL"], "HTTPServer": ["CLibevent", "OpenSSL"],
    "Fetch": ["Curl", "OpenSSL"], "Digest": ["OpenSSL"], "Seal": ["OpenSSL", "Digest"],
    "JSON": [], "JSONSchema": ["JSON"], "JOSE": ["JSON", "Digest", "OpenSSL"], "Log": [],
    "Arguments": [], "Embedded": ["CEmbedded"],
  ]

  static let journey: [String: Set<String>] = [
    "Referrals": ["JSON"],
    "Register": ["Referrals", "TOML"],
    "Intake": ["Referrals", "Register", "JSON", "JSONSchema", "Digest"],
    "Statistics": ["Referrals", "JSON"],
    "Disclosure": ["Referrals", "Register", "Digest"],
    "Wire": ["Disclosure", "Referrals", "JSON", "JSONSchema", "Digest"],
    "PolicyReview": ["Intake", "Disclosure", "Wire", "Referrals", "Register", "JSON", "Digest"],
    "Signing": ["Wire", "JOSE", "OpenSSL", "Digest", "Seal"],
    "Acknowledgement": ["Signing", "Wire", "Register", "Digest"],
    "Evidence": ["Signing", "Acknowledgement", "OpenSSL", "Digest"],
    "Outbox": [
      "Referrals", "Register", "Signing", "Acknowledgement", "Evidence", "SQLite", "Seal", "Digest",
    ],
    "Sending": ["Outbox", "Signing", "Acknowledgement", "Register", "Fetch"],
    "Renewal": ["Register", "Fetch", "OpenSSL", "Digest"],
    "Outcome": ["Referrals", "Intake", "Disclosure", "Acknowledgement", "Outbox", "JSON"],
  ]

  /// What the work needed beyond the rows above, each with its reason; never upward.
  static let additions: [(room: String, imports: String, because: String)] = [
    ("Register", "OpenSSL", "partners are known by certificates, anchors and algorithms"),
    ("Register", "Digest", "the digest of a policy file names its version"),
    ("Register", "JSON", "routes name words of the code lists, examples change a referral"),
    ("Acknowledgement", "JSON", "the data of a verified acknowledgement is a JSON object"),
    ("Acknowledgement", "OpenSSL", "a partner's trust holds certificates and revocation lists"),
    ("Acknowledgement", "Referrals", "the closed list of acknowledgement kinds stands there"),
    ("Disclosure", "JSON", "the disclosed `data` member is a JSON object"),
    ("Wire", "Embedded", "a verifier on its own carries the published schemas with it"),
    ("Signing", "JSON", "the verification report is written as JSON"),
    ("Sending", "Referrals", "priority decides the schedule and the lifetime"),
    ("Sending", "OpenSSL", "a partner's road holds our TLS identity towards it"),
    ("Outcome", "Digest", "the id of an event is made of what it tells"),
    ("Outcome", "Signing", "an acknowledgement is kept as the message that came"),
    ("Sending", "Wire", "the words of problem documents are those that we write ourselves"),
    ("Sending", "JSON", "a refusal without signature is a problem document (RFC 9457)"),
    ("Disclosure", "Statistics", "what of the counts a partner may see is decided there"),
  ]

  /// Fetch: acknowledgements that come later are brought to the sender.
  static let reception: Set = [
    "Referrals", "Signing", "Wire", "Acknowledgement", "Register", "SQLite", "HTTPServer", "Fetch",
    "Digest", "JSON", "OpenSSL",
  ]

  /// Rows of the commands that must stay small; referrald and referral-partner may use all below.
  static let commands: [String: Set<String>] = [
    // Register: the grammar of identities; Wire: what a message says. Nothing that reaches a
    // network or a store.
    "referral-verify": [
      "Signing", "Acknowledgement", "Evidence", "Arguments", "Digest", "JSON", "OpenSSL",
      "Register", "Wire",
    ],
    // Referrals: the kinds that a policy may name, for `config check`. OpenSSL and Digest:
    // certificates and digests of files, for `config show`. Intake, Disclosure and Wire: the
    // published schemas and the decision itself, for `route` without the daemon. PolicyReview:
    // what a policy means, for `policy`.
    "referralctl": [
      "Arguments", "JSON", "JSONSchema", "PolicyReview", "Register", "Referrals", "Intake",
      "Disclosure", "Wire", "Fetch", "OpenSSL", "Digest",
    ],
  ]

  /// What a target may import; nil for a target that the table does not know.
  static func allowed(_ target: String) -> Set<String>? {
    if let row = ground[target] {
      let isWrapper = wrapperOfC.values.contains(target)
      return row.union(everywhere).union(isWrapper ? system : []).subtracting([target])
    }
    if let row = journey[target] {
      let added = additions.filter { $0.room == target }.map(\.imports)
      return row.union(everywhere).union(added)
    }
    let below = Set(ground.keys).union(journey.keys)
    switch target {
    case "Gateway", "TestSupport": return below
    case "DeliverySupport": return below.union(["TestSupport"])
    case "Reception": return reception.union(everywhere)
    case "referrald": return below.union(["Gateway"])
    case "referral-partner": return below.union(["Reception"])
    default: return commands[target]?.union(everywhere)
    }
  }

  /// The imports of a file with their lines.
  static func of(_ file: SourceText) -> [(line: Int, module: String)] {
    file.codeLines.enumerated().compactMap { index, line in
      var words = line.split(separator: " ").filter { !$0.hasPrefix("@") }[...]
      if let first = words.first, ["package", "internal", "private", "fileprivate"].contains(first)
      {
        words = words.dropFirst()
      }
      guard words.first == "import" else { return nil }
      words = words.dropFirst()
      if let kind = words.first,
        ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"].contains(kind)
      {
        words = words.dropFirst()
      }
      guard let module = words.first?.split(separator: ".").first else { return nil }
      return (index + 1, String(module))
    }
  }

  /// The target that a file in Sources belongs to.
  static func target(of path: String) -> String? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > 2, parts[0] == "Sources" else { return nil }
    return parts[1] == "Gateway" ? "Gateway" : parts[2]
  }

  /// Imports in Sources that the table does not allow.
  static func breaches(in file: SourceText) -> [Breach] {
    guard file.isSwift, let target = target(of: file.path) else { return [] }
    guard let allowed = allowed(target) else {
      return [
        Breach(
          path: file.path, line: 1,
          message: "the room \(target) is not in the table -> add its row to Imports.swift")
      ]
    }
    return of(file).filter { !toolchain.contains($0.module) && !allowed.contains($0.module) }
      .map {
        Breach(
          path: file.path, line: $0.line,
          message: "\(target) imports \($0.module) -> a value from a room that it may import, or "
            + "a row with its reason, never upward")
      }
  }

  /// The targets of a Package.swift with their dependencies, by the functions that declare them.
  static func declared(in manifest: String) -> [String: Set<String>] {
    let pattern =
      #"(?:\b(?:wrapper|ground|journey|command|room)\(\s*|\.(?:executableT|t)arget\(\s*name:\s*)"#
      + #""([^"]+)",\s*(?:dependencies:\s*)?\[([^\]]*)\]"#
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return [:] }
    var found: [String: Set<String>] = [:]
    for match in expression.matches(
      in: manifest, range: NSRange(manifest.startIndex..., in: manifest))
    {
      guard let name = Range(match.range(at: 1), in: manifest),
        let uses = Range(match.range(at: 2), in: manifest)
      else { continue }
      let quoted = manifest[uses].split(separator: "\"", omittingEmptySubsequences: false)
      found[String(manifest[name])] = Set(
        quoted.indices.filter { $0 % 2 == 1 }.map { String(quoted[$0]) })
    }
    return found
  }

  /// Dependencies in Package.swift that the table does not allow.
  static func manifestBreaches(_ manifest: String) -> [Breach] {
    declared(in: manifest).sorted { $0.key < $1.key }.flatMap { target, uses -> [Breach] in
      guard let allowed = allowed(target) else {
        return [
          Breach(path: "Package.swift", line: 1, message: "\(target) -> add its row to Imports")
        ]
      }
      return uses.subtracting(allowed).sorted().map {
        Breach(
          path: "Package.swift", line: 1,
          message: "\(target) depends on \($0) -> take it out, or add it to its row with a reason")
      }
    }
  }
}
