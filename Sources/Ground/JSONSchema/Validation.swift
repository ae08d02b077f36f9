/// One value against one program: what is violated, and what has been looked at.
// SPDX-License-Identifier: Apache-2.0

import JSON

/// The members and elements that schemas have looked at, for the unevaluated keywords.
struct Evaluated {
  let isWanted: Bool
  private(set) var isEverything = false
  private(set) var count = 0
  private(set) var indices: Set<Int> = []

  init(wanted: Bool) { isWanted = wanted }

  mutating func insert(_ index: Int) { if isWanted { indices.insert(index) } }
  mutating func insert(first: Int) { if isWanted { count = max(count, first) } }
  mutating func insertAll() { if isWanted { isEverything = true } }
  mutating func formUnion(_ other: Evaluated) {
    guard isWanted else { return }
    isEverything = isEverything || other.isEverything
    count = max(count, other.count)
    indices.formUnion(other.indices)
  }
  func contains(_ index: Int) -> Bool {
    isEverything || index < count || indices.contains(index)
  }
}

struct Validation {
  private struct Found {
    let path: [Int]
    let violation: (keyword: String, location: String, message: String)
  }

  let program: Program
  let format: FormatMode
  private let limit: Int
  /// Above 0 only validity counts, and the first violation ends the work.
  private(set) var quiet = 0
  private var found: [Found] = []
  /// The place in the value, as indices of members and elements.
  private var path: [Int] = []
  private var scope: [Int] = []
  private var depth = 0
  private var steps = 0
  private var isExhausted = false

  init(_ program: Program, format: FormatMode, limit: Int) {
    self.program = program
    self.format = format
    self.limit = limit
  }

  mutating func accepts(_ value: JSONValue) -> Bool {
    quiet = 1
    var evaluated = Evaluated(wanted: false)
    return evaluate(0, value, &evaluated) && !isExhausted
  }

  mutating func violations(of value: JSONValue) -> [SchemaViolation] {
    var evaluated = Evaluated(wanted: false)
    let isValid = evaluate(0, value, &evaluated)
    if isExhausted {
      found = []
      fail(0, "", "nests or branches too deeply to be checked")
    } else if isValid {
      return []
    }
    let sorted = found.enumerated().sorted { a, b in
      if a.element.path == b.element.path { return a.offset < b.offset }
      return a.element.path.lexicographicallyPrecedes(b.element.path)
    }
    return sorted.map { entry in
      let (keyword, location, message) = entry.element.violation
      return SchemaViolation(
        pointer: Validation.pointer(entry.element.path, in: value), keyword: keyword,
        schemaLocation: location, message: message)
    }
  }

  private static func pointer(_ path: [Int], in root: JSONValue) -> JSONPointer {
    var (tokens, value) = ([String](), root)
    for index in path {
      switch value {
      case .array(let elements):
        tokens.append(String(index))
        value = elements[index]
      case .object(let object):
        tokens.append(object.members[index].name)
        value = object.members[index].value
      case .null, .bool, .number, .string: break
      }
    }
    return JSONPointer(tokens: tokens)
  }

  /// Notes a violation of a keyword at the present place; always false.
  @discardableResult
  mutating func fail(
    _ node: Int, _ keyword: String, _ message: @autoclosure () -> String
  ) -> Bool {
    guard quiet == 0, found.count < limit else { return false }
    let location = program.nodes[node].location
    let separator = keyword.isEmpty ? "" : "/"
    found.append(
      Found(path: path, violation: (keyword, location + separator + keyword, message())))
    return false
  }

  /// Applies a node to the value at the present place.
  mutating func evaluate(
    _ number: Int, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    switch program.nodes[number].body {
    case .always: return true
    case .never: return refuse(number)
    case .rules(let rules):
      steps += 1
      guard depth < SchemaLimits.validationDepth, steps <= SchemaLimits.validationSteps,
        !isExhausted
      else {
        isExhausted = true
        return false
      }
      depth += 1
      let resource = program.nodes[number].resource
      let entersResource = scope.last != resource
      if entersResource { scope.append(resource) }
      defer {
        depth -= 1
        if entersResource { scope.removeLast() }
      }
      guard program.nodes[number].asksForEvaluated else {
        return apply(rules, number, value, &evaluated)
      }
      // It sees what its own rules looked at, not what its neighbours did.
      var own = Evaluated(wanted: true)
      let isValid = apply(rules, number, value, &own)
      evaluated.formUnion(own)
      return isValid
    }
  }

  private mutating func refuse(_ number: Int) -> Bool {
    guard quiet == 0, found.count < limit else { return false }
    let (keyword, location) = (program.nodes[number].keyword, program.nodes[number].location)
    let message =
      switch keyword {
      case "additionalProperties", "unevaluatedProperties": "is not a known member"
      case "items", "unevaluatedItems": "is more than the list may hold"
      default: "may not stand here"
      }
    found.append(Found(path: path, violation: (keyword, location, message)))
    return false
  }

  private mutating func apply(
    _ rules: [Rule], _ node: Int, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    var isValid = true
    for rule in rules where !apply(rule, node, value, &evaluated) {
      if quiet > 0 { return false }
      isValid = false
    }
    return isValid
  }

  /// Applies a node to a member or an element.
  mutating func evaluate(_ number: Int, _ value: JSONValue, at index: Int) -> Bool {
    path.append(index)
    var evaluated = Evaluated(wanted: false)
    let isValid = evaluate(number, value, &evaluated)
    path.removeLast()
    return isValid
  }

  /// Whether a node fits, without a word about why not.
  mutating func fits(
    _ number: Int, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    quiet += 1
    defer { quiet -= 1 }
    var own = Evaluated(wanted: evaluated.isWanted)
    guard evaluate(number, value, &own) else { return false }
    evaluated.formUnion(own)
    return true
  }

  /// The outermost resource that has the dynamic anchor decides.
  func dynamicTarget(_ anchor: String, otherwise number: Int) -> Int {
    for resource in scope {
      if let target = program.dynamicAnchors[resource][anchor] { return target }
    }
    return number
  }
}
