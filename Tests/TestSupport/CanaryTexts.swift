/// Texts that stand nowhere else: one for each place of a generated referral, in the form it needs.
// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Splitmix64: the same seed gives the same referrals on every machine.
package struct SeededSource: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Gives out texts that it never gave before.
package struct CanaryTexts {
  private var source: SeededSource
  private var used: Set<String> = []

  package init(seed: UInt64) { source = SeededSource(seed) }

  package mutating func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &source) }

  /// Whether a text is one of those given out.
  package func gave(_ text: String) -> Bool { used.contains(text) }

  /// Takes a text that was made elsewhere; false where it is given out already.
  package mutating func claim(_ text: String) -> Bool { used.insert(text).inserted }

  private mutating func fresh(_ make: (inout CanaryTexts) -> String) -> String {
    while true {
      let text = make(&self)
      if used.insert(text).inserted { return text }
    }
  }

  private mutating func letters(_ alphabet: String, _ count: Int) -> String {
    let all = Array(alphabet)
    return String((0..<count).map { _ in all[chance(all.count)] })
  }

  private static let capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  private static let small = "abcdefghijklmnopqrstuvwxyz"

  /// Of any script: letters whose forms NFC and NFD differ, then eight that occur nowhere else.
  package mutating func free(limit: Int) -> String {
    fresh { me in
      let marked = ["Åé", "Ñü", "Ǻø", "Ểą", "Žö"][me.chance(5)]
      let text = marked + me.letters("GHJKMQVWXYZghjkmqvwxyz", 8) + (limit > 30 ? " ї语" : "")
      return text.precomposedStringWithCanonicalMapping
    }
  }

  /// A local id, a code: letters, digits and "-".
  package mutating func code(_ prefix: String = "c") -> String {
    fresh { "\(prefix)-\($0.letters("ghjkmqvwxyz", 8))" }
  }

  package mutating func phone() -> String {
    fresh { "+99\($0.letters("123456789", 11))" }
  }

  package mutating func amount() -> String { fresh { $0.letters("123456789", 12) } }

  package mutating func provision() -> String {
    fresh { "QZ-\($0.letters("GHJKMQVWXYZ", 8))" }
  }

  /// Reserved or unused combinations: no code of a real country, language or script.
  package mutating func capitals(_ count: Int) -> String {
    fresh { "Q" + $0.letters(CanaryTexts.capitals, count - 1) }
  }

  package mutating func languageTag() -> String {
    fresh { "xqz-" + $0.letters(CanaryTexts.small, 8) }
  }

  package mutating func small(_ count: Int) -> String {
    fresh { "q" + $0.letters(CanaryTexts.small, count - 1) }
  }

  package mutating func script() -> String {
    fresh { "Q" + $0.letters(CanaryTexts.small, 3) }
  }

  package mutating func uuid() -> String {
    fresh { me in
      let hex = me.letters("0123456789abcdef", 32)
      let parts = Array(hex)
      return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(parts[$0]) }
        .joined(separator: "-")
    }
  }

  package mutating func digest() -> String { fresh { $0.letters("0123456789abcdef", 64) } }

  /// A day of these years that no other place has.
  package mutating func day(_ years: ClosedRange<Int>) -> String {
    fresh { me in
      let year = years.lowerBound + me.chance(years.count)
      let (month, day) = (1 + me.chance(9), 1 + me.chance(28))
      return "\(year)-0\(month)-\(day < 10 ? "0" : "")\(day)"
    }
  }

  package mutating func moment(_ years: ClosedRange<Int>) -> String {
    let moment = "\(day(years))T0\(chance(10)):1\(chance(10)):2\(chance(10))Z"
    used.insert(moment)
    return moment
  }
}
