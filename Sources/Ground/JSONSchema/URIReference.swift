/// URI references: taken apart and resolved against a base (RFC 3986, sections 3 and 5).
// SPDX-License-Identifier: Apache-2.0

struct URIReference: Sendable, Equatable {
  var scheme: String?
  var authority: String?
  var path = ""
  var query: String?
  var fragment: String?

  /// Takes any text apart (RFC 3986, appendix B); whether it is valid is another question.
  init(_ text: String) {
    var rest = Substring(text)
    if let hash = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: hash)...])
      rest = rest[..<hash]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let end = rest.firstIndex(where: { $0 == ":" || $0 == "/" }), rest[end] == ":",
      end != rest.startIndex
    {
      scheme = String(rest[..<end])
      rest = rest[rest.index(after: end)...]
    }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = String(rest[..<end])
      rest = rest[end...]
    }
    path = String(rest)
  }

  /// RFC 3986, section 5.2.2.
  func resolved(against base: URIReference) -> URIReference {
    var target = self
    if scheme == nil {
      target.scheme = base.scheme
      if authority == nil {
        target.authority = base.authority
        if path.isEmpty {
          target.path = base.path
          if query == nil { target.query = base.query }
        } else if !path.hasPrefix("/") {
          target.path = base.merged(with: path)
        }
      }
    }
    target.path = URIReference.withoutDots(target.path)
    return target
  }

  private func merged(with other: String) -> String {
    if authority != nil && path.isEmpty { return "/" + other }
    guard let slash = path.lastIndex(of: "/") else { return other }
    return String(path[...slash]) + other
  }

  /// RFC 3986, section 5.2.4; a path without "." and ".." segments stays as it is.
  private static func withoutDots(_ path: String) -> String {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    guard segments.contains(where: { $0 == "." || $0 == ".." }) else { return path }
    var kept: [Substring] = []
    for (i, segment) in segments.enumerated() {
      let isLast = i == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        if kept.count > 1 { kept.removeLast() }
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return kept.joined(separator: "/")
  }

  /// Without the fragment.
  var absolute: String {
    var text = ""
    if let scheme { text += scheme + ":" }
    if let authority { text += "//" + authority }
    text += path
    if let query { text += "?" + query }
    return text
  }

  /// The fragment without percent escapes; nil where they are no UTF-8.
  var decodedFragment: String? {
    var octets: [UInt8] = []
    let raw = Array((fragment ?? "").utf8)
    var at = 0
    while at < raw.count {
      guard raw[at] == UInt8(ascii: "%") else {
        octets.append(raw[at])
        at += 1
        continue
      }
      guard at + 2 < raw.count,
        let octet = UInt8(String(decoding: raw[(at + 1)...(at + 2)], as: UTF8.self), radix: 16)
      else { return nil }
      octets.append(octet)
      at += 3
    }
    return String(validating: octets, as: UTF8.self)
  }
}
