/// Patterns: what they match, what is refused, and that time stays linear.
// SPDX-License-Identifier: Apache-2.0

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
