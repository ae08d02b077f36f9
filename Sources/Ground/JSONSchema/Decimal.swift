/// Numbers of JSON compared exactly, whatever their length.
// SPDX-License-Identifier: Apache-2.0

import JSON

/// Sign, digits and place of the point: 0.d1d2d3... times ten to the power of `point`.
struct Decimal: Sendable, Hashable, Comparable {
  /// Exponents beyond this are taken as this; no text of the house's size needs more digits.
  private static let greatestExponent = 1_000_000_000_000

  let isNegative: Bool
  /// 0 to 9 each, without leading and trailing zeros; empty for zero.
  let digits: [UInt8]
  let point: Int

  init(_ number: JSONNumber) {
    var (digits, point, exponent) = ([UInt8](), 0, 0)
    var (fraction, inExponent, negativeExponent) = (false, false, false)
    for octet in number.text.utf8 {
      switch octet {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = octet - UInt8(ascii: "0")
        if inExponent {
          exponent = min(exponent * 10 + Int(digit), Decimal.greatestExponent)
        } else {
          if !(digits.isEmpty && digit == 0) { digits.append(digit) }
          if !fraction, !digits.isEmpty { point += 1 }
          if fraction, digits.isEmpty { point -= 1 }
        }
      case UInt8(ascii: "."): fraction = true
      case UInt8(ascii: "-"): if inExponent { negativeExponent = true }
      case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
      default: break
      }
    }
    while digits.last == 0 { digits.removeLast() }
    self.digits = digits
    self.point = digits.isEmpty ? 0 : point + (negativeExponent ? -exponent : exponent)
    isNegative = !digits.isEmpty && number.text.utf8.first == UInt8(ascii: "-")
  }

  var isZero: Bool { digits.isEmpty }
  var isInteger: Bool { digits.count <= point || isZero }

  /// The value as Int where it is a small whole number.
  var integer: Int? {
    guard isInteger, point <= 18 else { return nil }
    var value = 0
    for i in 0..<max(point, 0) { value = value * 10 + (i < digits.count ? Int(digits[i]) : 0) }
    return isNegative ? -value : value
  }

  static func < (a: Decimal, b: Decimal) -> Bool {
    if a.isNegative != b.isNegative { return a.isNegative }
    return a.isNegative ? b.isNearerToZero(than: a) : a.isNearerToZero(than: b)
  }

  private func isNearerToZero(than other: Decimal) -> Bool {
    if isZero || other.isZero { return isZero && !other.isZero }
    if point != other.point { return point < other.point }
    return digits.lexicographicallyPrecedes(other.digits)
  }

  /// Whether this is a whole multiple of `divisor`, which has at most 18 digits and is not zero.
  func isMultiple(of divisor: Decimal) -> Bool {
    if isZero { return true }
    // Both as whole numbers without trailing zeros, times powers of ten.
    let shift = (point - digits.count) - (divisor.point - divisor.digits.count)
    if shift < 0 { return false }
    let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
    var rest: UInt64 = 0
    for digit in digits {
      rest = (Decimal.product(rest, 10, modulo: modulus) + UInt64(digit)) % modulus
    }
    var (power, square, left) = (1 % modulus, 10 % modulus, shift)
    while left > 0 {
      if left & 1 == 1 { power = Decimal.product(power, square, modulo: modulus) }
      square = Decimal.product(square, square, modulo: modulus)
      left >>= 1
    }
    return Decimal.product(rest, power, modulo: modulus) == 0
  }

  private static func product(_ a: UInt64, _ b: UInt64, modulo modulus: UInt64) -> UInt64 {
    modulus.dividingFullWidth((a % modulus).multipliedFullWidth(by: b % modulus)).remainder
  }
}

/// A value under the equality of JSON Schema: 1 equals 1.0, members have no order.
struct SameValue: Sendable, Hashable {
  private static let fewMembers = 16

  let value: JSONValue

  static func == (a: SameValue, b: SameValue) -> Bool { same(a.value, b.value) }

  static func same(_ a: JSONValue, _ b: JSONValue) -> Bool {
    switch (a, b) {
    case (.number(let x), .number(let y)): x == y || Decimal(x) == Decimal(y)
    case (.array(let x), .array(let y)): x.elementsEqual(y, by: same)
    case (.object(let x), .object(let y)): same(x, y)
    default: a == b
    }
  }

  private static func same(_ a: JSONObject, _ b: JSONObject) -> Bool {
    guard a.count == b.count else { return false }
    if a.count <= fewMembers {
      return a.members.allSatisfy { member in
        b[member.name].map { same($0, member.value) } == true
      }
    }
    let others = Dictionary(
      b.members.map { (ExactText($0.name), $0.value) }, uniquingKeysWith: { first, _ in first })
    return a.members.allSatisfy { member in
      others[ExactText(member.name)].map { same($0, member.value) } == true
    }
  }

  func hash(into hasher: inout Hasher) {
    switch value {
    case .number(let number): hasher.combine(Decimal(number))
    case .array(let elements): for element in elements { hasher.combine(SameValue(value: element)) }
    case .object(let object):
      var sum = 0
      for member in object.members {
        var own = Hasher()
        own.combine(ExactText(member.name))
        own.combine(SameValue(value: member.value))
        sum &+= own.finalize()
      }
      hasher.combine(sum)
    case .null, .bool, .string: hasher.combine(value)
    }
  }
}
