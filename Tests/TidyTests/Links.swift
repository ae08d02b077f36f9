/// Finds links in Markdown that lead nowhere inside the repository.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum Links {
  /// Relative links of a page for which `exists` says no.
  static func breaches(in file: SourceText, exists: (String) -> Bool) -> [Breach] {
    guard file.path.hasSuffix(".md"),
      let expression = try? NSRegularExpression(pattern: #"\]\(<?([^)\s>]+)>?[^)]*\)"#)
    else { return [] }
    var found: [Breach] = []
    var fenced = false
    for (index, line) in file.lines.enumerated() {
      if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") { fenced.toggle() }
      let text = String(line)
      guard !fenced else { continue }
      for match in expression.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        guard let range = Range(match.range(at: 1), in: text) else { continue }
        let target = text[range].split(separator: "#", omittingEmptySubsequences: false)[0]
        guard !target.isEmpty, !target.contains(":"), !exists(resolve(target, from: file.path))
        else { continue }
        found.append(
          Breach(
            path: file.path, line: index + 1,
            message: "link to \(target) -> a file that is in the repository"))
      }
    }
    return found
  }

  /// A relative link as a path from the root; leaves `..` above the root in place.
  static func resolve(_ target: Substring, from path: String) -> String {
    var parts = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") where part != "." {
      if part == "..", parts.last != nil, parts.last != ".." {
        parts.removeLast()
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }
}
