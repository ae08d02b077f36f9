/// Patterns: what they match, what is refused, and that time stays linear.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONSchema
import Testing

@Suite struct PatternTests {
  private func refusal(_ text: String) -> SchemaError.Code? {
    do {
      _ = try Pattern(text)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(arguments: [
    ("f.o", "xfoox", true), ("^f.o$", "xfoo", false), ("^(a|bc)+$", "abcbca", true),
    ("^(a|bc)+$", "abb", false), ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true),
    ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaaaa", true), ("^a{0}$", "", true),
    ("[^a-c]", "abc", false), ("[^a-c]", "abcd", true), ("^[a\\-z]$", "-", true),
    ("^[a-]+$", "a-", true), ("^\\d+\\s\\w+$", "12 ab_", true), ("^\\D$", "5", false),
    ("^\\p{Lu}\\P{Lu}$", "Éé", true), ("^\\p{Letter}+$", "π٣", false), ("^.$", "\n", false),
    ("^.$", "😀", true), ("^\\u00e9$", "é", true), ("a*?b", "aab", true), ("", "x", true),
    ("^(?:ab)?c$", "abc", true), ("x|^$", "", true), ("(a*)*b", "aab", true), ("a^b", "ab", false),
    ("^[\\w.]+@[\\d\\P{Ll}]+$", "a.b@1X", true), ("$^", "", true), ("(^a|b)c", "xbc", true),
    (
      "^(\\d{4}(-(0[1-9]|1[0-2]|XX)(-(0[1-9]|[12]\\d|3[01]|XX))?)?|\\d{3}X|\\d{2}XX)[?~%]?$",
      "2009-XX-XX~", true
    ),
  ])
  func `matches as ECMA-262 would`(pattern: String, text: String, expected: Bool) throws {
    #expect(try Pattern(pattern).matches(text) == expected)
  }

  @Test(arguments: [
    "(", ")", "[a", "a**", "*", "a{2", "a{3,2}", "a{x}", "\\q", "\\", "(?=a)", "(?<n>a)", "\\1",
    "[z-a]", "\\p{Nope}", "\\p", "\\u12", "\\ud800", "]", "}",
  ])
  func `refuses what is no pattern`(pattern: String) {
    #expect(refusal(pattern) == .invalidPattern)
  }

  @Test func `refuses what is too large`() {
    #expect(refusal("a{1001}") == .patternTooLarge)
    #expect(refusal("a{1000}") == nil)
    #expect(refusal("(a{1000}){1000}") == .patternTooLarge)
    #expect(refusal("((((){1000}){1000}){1000}){1000}") == .patternTooLarge)
    #expect(refusal(String(repeating: "(", count: 100_000)) == .patternTooLarge)
  }

  // An engine that goes back and tries again would not live to see the end of any of these.
  @Test(arguments: ["^(a+)+$", "^(a|aa)+$", "^(a*)*$", "^((a{1,9}){1,9}){1,9}$", "(.*)*x$"])
  func `comes to an end where going back would not`(pattern: String) throws {
    let text = String(repeating: "a", count: 2_000) + "!"
    #expect(!(try Pattern(pattern).matches(text)))
  }
}

/// The table and the automaton behind it against another engine.
@Suite struct PatternOracleTests {
  /// Those of our schemas that say most, and some that have no table of their own.
  static let patterns = [
    "^[^\u{0}-\u{8}\u{B}-\u{1F}\u{7F}-\u{9F}\u{202A}-\u{202E}]+$",
    "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$",
    "^([0-9]{4}(-XX(-XX)?|-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]|XX))?)?|[0-9]{3}X)[?~%]?$",
    "^(<12|12-15|16-17|18-25|26-40|>40|[1-9]?0-[1-9]?4|[1-9]?5-[1-9]?9)$",
    "^(/([^~/]|~0|~1)*)*$", "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "ab|^cd|ef$", "(é|[à-ü]x)+$",
    "^(ab?){0,300}$", "^([a-c][b-d]){2,200}x?$", "x^|$", "b", "^$", "[^a]$",
  ]
  static let letters = Array("abcdefx019-:.TZ~/?<>XéàÿЖ😀\u{202B}\u{1} ").map(String.init)

  @Test(arguments: patterns) func `matches as another engine does`(pattern: String) throws {
    let own = try Pattern(pattern)
    let other = try NSRegularExpression(pattern: pattern)
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let seeds = [
      "019ab1c2-7f10-7a10-8d10-0000000000ff", "2026-11-24T00:04:57.248Z", "2009-XX-XX~", "18-25",
      "/a/~0b/~1", "nld-Latn-x9", "abababab", "acbdacbd", "", "éàxüx",
    ]
    for round in 0..<2_000 {
      var text = Array(seeds[round % seeds.count]).map(String.init)
      for _ in 0..<next(4) {
        let place = next(text.count + 1)
        switch next(3) {
        case 0: text.insert(letters[next(letters.count)], at: place)
        case 1 where place < text.count: text.remove(at: place)
        default: if place < text.count { text[place] = letters[next(letters.count)] }
        }
      }
      let whole = text.joined()
      let found = other.firstMatch(in: whole, range: NSRange(whole.startIndex..., in: whole)) != nil
      #expect(own.matches(whole) == found, "round \(round)")
    }
  }

  private var letters: [String] { PatternOracleTests.letters }
}
