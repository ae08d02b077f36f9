/// Looks for many texts at once in octets, in every form in which they could have got there.
// SPDX-License-Identifier: Apache-2.0
import Foundation
package import JSON
import Platform

package struct CanarySearch: Sendable {
  package struct Find: Hashable, CustomStringConvertible {
    package let canary: String
    package let form: String
    package var description: String { "\(canary) as \(form)" }
  }

  private struct Needle: Sendable {
    let octets: [UInt8]
    let find: Find
  }

  /// By their first eight octets.
  private var needles: [UInt64: [Needle]] = [:]
  /// Too short to be told from chance in octets; looked for as whole texts and words.
  private var words: Set<String> = []

  package init(_ canaries: some Sequence<String>) {
    for canary in canaries {
      guard canary.utf8.count >= 8 else {
        words.insert(canary)
        continue
      }
      for (form, text) in CanarySearch.forms(of: canary) { add(Array(text.utf8), canary, form) }
      for text in CanarySearch.dates(of: canary) { add(Array(text.utf8), canary, "date \(text)") }
      for (form, octets) in CanarySearch.base64(of: canary) { add(octets, canary, form) }
    }
  }

  private mutating func add(_ octets: [UInt8], _ canary: String, _ form: String) {
    guard octets.count >= 8 else { return }
    let key = octets.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    needles[key, default: []].append(
      Needle(octets: octets, find: Find(canary: canary, form: form)))
  }

  private static func forms(of text: String) -> [(String, String)] {
    let unreserved = CharacterSet(charactersIn: "a"..."z").union(.init(charactersIn: "A"..."Z"))
      .union(.init(charactersIn: "0"..."9")).union(.init(charactersIn: "-._~"))
    let escaped = text.unicodeScalars.map { scalar in
      scalar.isASCII
        ? String(scalar)
        : String(scalar).utf16.map { "\\u" + String(format: "%04x", $0) }.joined()
    }.joined()
    let percent = text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    return [
      ("NFC", text.precomposedStringWithCanonicalMapping),
      ("NFD", text.decomposedStringWithCanonicalMapping), ("lower case", text.lowercased()),
      ("upper case", text.uppercased()), ("percent", percent),
      ("percent in lower case", percent.lowercased()), ("escapes", escaped),
      ("upper-case escapes", escaped.replacingOccurrences(of: "\\u", with: "\\U").uppercased()
        .replacingOccurrences(of: "\\U", with: "\\u")),
      ("percent of NFD",
        text.decomposedStringWithCanonicalMapping
          .addingPercentEncoding(withAllowedCharacters: unreserved) ?? text),
    ]
  }

  /// A day as people and machines write it.
  private static func dates(of text: String) -> [String] {
    let parts = text.prefix(10).split(separator: "-").map(String.init)
    guard parts.count == 3, text.count == 10 || text.hasSuffix("Z"),
      parts.allSatisfy({ Int($0) != nil }), let day = CivilDate(iso: String(text.prefix(10)))
    else { return [] }
    let (y, m, d) = (parts[0], parts[1], parts[2])
    let short = (String(day.month), String(day.day))
    return [
      "\(y)-\(m)-\(d)", "\(d)-\(m)-\(y)", "\(m)-\(d)-\(y)", "\(y)/\(m)/\(d)", "\(d)/\(m)/\(y)",
      "\(m)/\(d)/\(y)", "\(d).\(m).\(y)", "\(y)\(m)\(d)", "\(d)\(m)\(y)",
      "\(short.1)-\(short.0)-\(y)", "\(short.1)/\(short.0)/\(y)", "\(short.1).\(short.0).\(y)",
      String(day.daysSince1970 * 86_400),
    ]
  }

  /// Of octets in the midst of others: the three ways in which they can fall into groups, without
  /// the characters at the ends that depend on the neighbours.
  private static func base64(of text: String) -> [(String, [UInt8])] {
    [text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping]
      .flatMap { form -> [(String, [UInt8])] in
        (0..<3).flatMap { shift -> [(String, [UInt8])] in
          let octets = [UInt8](repeating: 0, count: shift) + Array(form.utf8)
          let whole = octets.count / 3 * 3
          let encoded = Data(octets.prefix(whole)).base64EncodedString()
          let inner = encoded.dropFirst(shift == 0 ? 0 : shift + 1)
          let url = inner.replacing("+", with: "-").replacing("/", with: "_")
          return [
            ("base64 at \(shift)", Array(inner.utf8)), ("base64url at \(shift)", Array(url.utf8)),
          ]
        }
      }
  }

  /// Everything found in octets, also where letters changed their case.
  package func finds(in octets: [UInt8]) -> Set<Find> {
    let text = String(decoding: octets, as: UTF8.self)
    return scan(octets).union(scan(Array(text.lowercased().utf8)))
  }

  private func scan(_ octets: [UInt8]) -> Set<Find> {
    var found: Set<Find> = []
    var window: UInt64 = 0
    for (index, octet) in octets.enumerated() {
      window = window << 8 | UInt64(octet)
      guard index >= 7, let candidates = needles[window] else { continue }
      let rest = octets[(index - 7)...]
      for needle in candidates where rest.starts(with: needle.octets) { found.insert(needle.find) }
    }
    return found
  }

  /// Short texts that stand as a whole text of a JSON value, or as a word of one.
  package func words(in value: JSONValue) -> Set<Find> {
    guard !words.isEmpty else { return [] }
    var found: Set<Find> = []
    for leaf in value.leaves {
      guard let text = leaf.value.text else { continue }
      for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) + [text[...]]
      where words.contains(String(word)) {
        found.insert(Find(canary: String(word), form: "a word"))
      }
    }
    return found
  }
}
