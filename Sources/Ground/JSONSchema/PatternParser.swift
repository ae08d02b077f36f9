/// Reads a pattern: I-Regexp (RFC 9485) with anchors, \d \w \s, (?:..) and lazy marks.
// SPDX-License-Identifier: Apache-2.0

indirect enum PatternTree: Sendable {
  case start, end
  case scalar(CharacterClass)
  case sequence([PatternTree])
  case choice([PatternTree])
  case repeated(PatternTree, Int, Int?)
}

struct PatternError: Error, Equatable, Sendable {
  let isTooLarge: Bool
  let reason: String

  static func invalid(_ reason: String) -> PatternError {
    PatternError(isTooLarge: false, reason: reason)
  }
  static func tooLarge(_ reason: String) -> PatternError {
    PatternError(isTooLarge: true, reason: reason)
  }
}

struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var at = 0
  private var depth = 0

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  static func parse(_ text: String) throws(PatternError) -> PatternTree {
    var parser = PatternParser(text)
    let tree = try parser.choice()
    guard parser.at == parser.scalars.count else { throw .invalid("a ) without its (") }
    return tree
  }

  private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

  private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    at += 1
    return true
  }

  private mutating func choice() throws(PatternError) -> PatternTree {
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternTree {
    var parts: [PatternTree] = []
    while let scalar = next, scalar != "|", scalar != ")" { parts.append(try piece()) }
    return .sequence(parts)
  }

  private mutating func piece() throws(PatternError) -> PatternTree {
    let atom = try atom()
    let (low, high): (Int, Int?)
    switch next {
    case "*": (low, high) = (0, nil)
    case "+": (low, high) = (1, nil)
    case "?": (low, high) = (0, 1)
    case "{": (low, high) = try counts()
    default: return atom
    }
    at += 1
    // Lazy or greedy makes no difference to whether a text matches.
    _ = skip("?")
    if let scalar = next, "*+?{".unicodeScalars.contains(scalar) {
      throw .invalid("a quantifier after a quantifier")
    }
    return .repeated(atom, low, high)
  }

  /// Reads {n}, {n,} or {n,m} up to, not over, the closing brace.
  private mutating func counts() throws(PatternError) -> (Int, Int?) {
    at += 1
    let low = try count()
    var high: Int? = low
    if skip(",") { high = next == "}" ? nil : try count() }
    guard next == "}" else { throw .invalid("a { without its }") }
    if let high, high < low { throw .invalid("a repetition from more to less") }
    return (low, high)
  }

  private mutating func count() throws(PatternError) -> Int {
    var (value, any) = (0, false)
    while let scalar = next, let digit = PatternParser.digit(scalar, radix: 10) {
      value = value * 10 + digit
      any = true
      at += 1
      guard value <= SchemaLimits.patternRepetitions else {
        throw .tooLarge("more than \(SchemaLimits.patternRepetitions) repetitions")
      }
    }
    guard any else { throw .invalid("a repetition without its count") }
    return value
  }

  private mutating func atom() throws(PatternError) -> PatternTree {
    guard let scalar = next else { throw .invalid("the pattern ends too early") }
    at += 1
    switch scalar {
    case "^": return .start
    case "$": return .end
    case ".": return sealed(.dot)
    case "(": return try group()
    case "[": return .scalar(try set())
    case "\\": return sealed(try escape())
    case "*", "+", "?", "{", "}", "]": throw .invalid("\(scalar) without a backslash")
    default: return sealed(PatternParser.one(scalar))
    }
  }

  private func sealed(_ set: CharacterClass) -> PatternTree {
    var set = set
    set.seal()
    return .scalar(set)
  }

  private mutating func group() throws(PatternError) -> PatternTree {
    depth += 1
    guard depth <= SchemaLimits.patternDepth else { throw .tooLarge("too many groups in groups") }
    if skip("?"), !skip(":") { throw .invalid("a group that looks around or has a name") }
    let tree = try choice()
    guard skip(")") else { throw .invalid("a ( without its )") }
    depth -= 1
    return tree
  }

  private mutating func set() throws(PatternError) -> CharacterClass {
    var set = CharacterClass()
    let isNegated = skip("^")
    while let scalar = next, scalar != "]" {
      let low = try member()
      guard let from = PatternParser.single(low), next == "-", at + 1 < scalars.count,
        scalars[at + 1] != "]"
      else {
        set.insert(low)
        continue
      }
      at += 1
      guard let to = PatternParser.single(try member()), from <= to else {
        throw .invalid("a range of characters from more to less")
      }
      set.insert(CharacterClass([from...to]))
    }
    guard skip("]") else { throw .invalid("a [ without its ]") }
    if isNegated { set.negate() }
    set.seal()
    return set
  }

  private mutating func member() throws(PatternError) -> CharacterClass {
    guard let scalar = next else { throw .invalid("a [ without its ]") }
    at += 1
    return scalar == "\\" ? try escape() : PatternParser.one(scalar)
  }

  private mutating func escape() throws(PatternError) -> CharacterClass {
    guard let scalar = next else { throw .invalid("a backslash at the end") }
    at += 1
    switch scalar {
    case "n": return PatternParser.one("\n")
    case "r": return PatternParser.one("\r")
    case "t": return PatternParser.one("\t")
    case "f": return PatternParser.one("\u{C}")
    case "v": return PatternParser.one("\u{B}")
    case "d": return CharacterClass(CharacterClass.digits)
    case "D": return CharacterClass(CharacterClass.complement(CharacterClass.digits))
    case "w": return CharacterClass(CharacterClass.word)
    case "W": return CharacterClass(CharacterClass.complement(CharacterClass.word))
    case "s": return CharacterClass(CharacterClass.space)
    case "S": return CharacterClass(CharacterClass.complement(CharacterClass.space))
    case "p": return CharacterClass(categories: try category())
    case "P": return CharacterClass(categories: ~(try category()))
    case "u": return PatternParser.one(try hexadecimal())
    case "a"..."z", "A"..."Z", "0"..."9": throw .invalid("the unknown escape \\\(scalar)")
    default: return PatternParser.one(scalar)
    }
  }

  private mutating func hexadecimal() throws(PatternError) -> Unicode.Scalar {
    var value = 0
    for _ in 0..<4 {
      guard let scalar = next, let digit = PatternParser.digit(scalar, radix: 16) else {
        throw .invalid("\\u without four hexadecimal digits")
      }
      value = value << 4 | digit
      at += 1
    }
    guard let scalar = Unicode.Scalar(UInt32(value)) else { throw .invalid("a surrogate") }
    return scalar
  }

  private mutating func category() throws(PatternError) -> UInt32 {
    var name = ""
    guard skip("{") else { throw .invalid("\\p without its {") }
    while let scalar = next, scalar != "}" {
      name.unicodeScalars.append(scalar)
      at += 1
    }
    guard skip("}"), let mask = GeneralCategories.mask(name) else {
      throw .invalid("an unknown general category")
    }
    return mask
  }

  private static func one(_ scalar: Unicode.Scalar) -> CharacterClass {
    CharacterClass([scalar.value...scalar.value])
  }
  private static func single(_ set: CharacterClass) -> UInt32? {
    guard set.categories == 0, set.ranges.count == 1 else { return nil }
    return set.ranges[0].count == 1 ? set.ranges[0].lowerBound : nil
  }
  private static func digit(_ scalar: Unicode.Scalar, radix: Int) -> Int? {
    scalar.isASCII ? Character(scalar).hexDigitValue.flatMap { $0 < radix ? $0 : nil } : nil
  }
}
