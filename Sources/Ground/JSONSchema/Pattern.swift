/// Matching in linear time: all ways through the automaton at once (Thompson 1968, Pike).
// SPDX-License-Identifier: Apache-2.0

/// A pattern of `pattern` or `patternProperties`: found anywhere in the text unless anchored.
package final class Pattern: Sendable {
  private let automaton: PatternAutomaton
  private let table: PatternTable?

  /// Throws what RFC 9485 and the few additions do not know, and what is too large.
  package init(_ text: String) throws(SchemaError) {
    do {
      automaton = try PatternAutomaton(try PatternParser.parse(text))
      table = PatternTable(automaton)
    } catch {
      throw SchemaError(
        code: error.isTooLarge ? .patternTooLarge : .invalidPattern, location: "",
        reason: error.reason)
    }
  }

  package func matches(_ text: String) -> Bool {
    table?.matches(text) ?? automaton.matches(text)
  }
}

struct PatternAutomaton: Sendable {
  /// Numbers only, so that the inner loop counts no references.
  private enum State: Sendable {
    case scalar(set: Int, next: Int)
    case split(Int, Int)
    case start(Int)
    case end(Int)
    case match
  }

  private var states: [State] = []
  private(set) var sets: [CharacterClass] = []
  /// For each set the answers for U+0000 to U+003F and U+0040 to U+007F.
  private var ascii: [UInt64] = []
  private(set) var first = 0
  private var emitted = 0
  /// Whether a match can only begin where the text begins.
  private let isAnchored: Bool

  init(_ tree: PatternTree) throws(PatternError) {
    isAnchored = PatternAutomaton.beginsAtStart(tree)
    let match = try add(.match)
    first = try emit(tree, then: match)
  }

  private mutating func add(_ state: State) throws(PatternError) -> Int {
    guard states.count < SchemaLimits.patternStates else {
      throw .tooLarge("more than \(SchemaLimits.patternStates) states")
    }
    states.append(state)
    return states.count - 1
  }

  private mutating func number(of set: CharacterClass) -> Int {
    if let known = sets.firstIndex(of: set) { return known }
    sets.append(set)
    ascii += [set.ascii.0, set.ascii.1]
    return sets.count - 1
  }

  /// Builds backwards: the entry of `tree` when `next` follows it.
  private mutating func emit(_ tree: PatternTree, then next: Int) throws(PatternError) -> Int {
    emitted += 1
    // Repetitions of nothing add no states but take time.
    guard emitted <= 10 * SchemaLimits.patternStates else {
      throw .tooLarge("repetitions within repetitions")
    }
    switch tree {
    case .start: return try add(.start(next))
    case .end: return try add(.end(next))
    case .scalar(let set): return try add(.scalar(set: number(of: set), next: next))
    case .sequence(let parts):
      var entry = next
      for part in parts.reversed() { entry = try emit(part, then: entry) }
      return entry
    case .choice(let branches):
      var entry = try emit(branches[branches.count - 1], then: next)
      for branch in branches.dropLast().reversed() {
        let other = try emit(branch, then: next)
        entry = try add(.split(other, entry))
      }
      return entry
    case .repeated(let part, let low, let high):
      var entry = next
      if let high {
        for _ in low..<high {
          let inner = try emit(part, then: entry)
          entry = try add(.split(inner, next))
        }
      } else {
        let loop = try add(.split(next, next))
        let inner = try emit(part, then: loop)
        states[loop] = .split(inner, next)
        entry = loop
      }
      for _ in 0..<low { entry = try emit(part, then: entry) }
      return entry
    }
  }

  private static func beginsAtStart(_ tree: PatternTree) -> Bool {
    switch tree {
    case .start: true
    case .end, .scalar: false
    case .sequence(let parts): parts.first.map(beginsAtStart) ?? false
    case .choice(let branches): branches.allSatisfy(beginsAtStart)
    case .repeated(let part, let low, _): low > 0 && beginsAtStart(part)
    }
  }

  /// Time: at most scalars times states, whatever the pattern.
  func matches(_ text: String) -> Bool {
    var run = Run(states.count)
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    var isStart = true
    while true {
      let isEnd = index == scalars.endIndex
      if close(&run, isStart: isStart, isEnd: isEnd) { return true }
      if isEnd || (isAnchored && run.waiting.isEmpty) { return false }
      step(&run, over: scalars[index])
      index = scalars.index(after: index)
      isStart = false
    }
  }

  private struct Run {
    /// States to be followed at this position, then those that wait for a scalar.
    var open: [Int] = []
    var waiting: [Int] = []
    /// Position + 1 at which a state was last entered.
    var entered: [Int]
    var position = 1

    init(_ count: Int) { entered = Array(repeating: 0, count: count) }
  }

  /// Follows all empty transitions; true when the match is reached.
  private func close(_ run: inout Run, isStart: Bool, isEnd: Bool) -> Bool {
    run.waiting.removeAll(keepingCapacity: true)
    if isStart || !isAnchored { run.open.append(first) }
    while let state = run.open.popLast() {
      if run.entered[state] == run.position { continue }
      run.entered[state] = run.position
      switch states[state] {
      case .match: return true
      case .scalar: run.waiting.append(state)
      case .split(let a, let b):
        run.open.append(b)
        run.open.append(a)
      case .start(let next): if isStart { run.open.append(next) }
      case .end(let next): if isEnd { run.open.append(next) }
      }
    }
    return false
  }

  private func step(_ run: inout Run, over scalar: Unicode.Scalar) {
    run.position += 1
    let code = Int(scalar.value)
    for state in run.waiting {
      guard case .scalar(let set, let next) = states[state] else { continue }
      let fits =
        code < 128
        ? ascii[set * 2 + code >> 6] >> UInt64(code & 63) & 1 == 1 : sets[set].contains(scalar)
      if fits { run.open.append(next) }
    }
  }
}

/// What the table is made from.
extension PatternAutomaton {
  /// Where the automaton stands at one position of the text.
  struct Position {
    /// States that wait for a character.
    let waiting: [Int]
    let isMatch: Bool
    /// If the text ends here.
    let isMatchAtEnd: Bool
  }

  var stateCount: Int { states.count }

  func position(_ open: [Int], isStart: Bool) -> Position {
    var run = Run(states.count)
    run.open = open
    let isMatch = close(&run, isStart: isStart, isEnd: false)
    let waiting = run.waiting
    run = Run(states.count)
    run.open = open
    return Position(
      waiting: waiting, isMatch: isMatch,
      isMatchAtEnd: close(&run, isStart: isStart, isEnd: true))
  }

  /// The states to be followed after a character that is in these sets, a bit for each.
  func step(_ waiting: [Int], over membership: UInt64) -> [Int] {
    var open: Set<Int> = isAnchored ? [] : [first]
    for state in waiting {
      guard case .scalar(let set, let next) = states[state] else { continue }
      if membership >> UInt64(set) & 1 == 1 { open.insert(next) }
    }
    return open.sorted()
  }
}
