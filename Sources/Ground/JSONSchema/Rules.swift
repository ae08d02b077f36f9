/// How each rule of a schema judges a value.
// SPDX-License-Identifier: Apache-2.0

import JSON

extension Validation {
  mutating func apply(
    _ rule: Rule, _ node: Int, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    switch rule {
    case .type(let types):
      return types.accepts(value) || fail(node, "type", "must be of type \(types.names)")
    case .values(let values, let keyword, let message):
      return values.contains(SameValue(value: value)) || fail(node, keyword, message)
    case .words(let words, let keyword, let message):
      if case .string(let text) = value, words.number(of: text) != nil { return true }
      return fail(node, keyword, message)
    case .number(let rule):
      guard case .number(let number) = value else { return true }
      return apply(rule, node, number)
    case .string(let rule):
      guard case .string(let text) = value else { return true }
      return apply(rule, node, text)
    case .array(let rule):
      guard case .array(let elements) = value else { return true }
      return apply(rule, node, elements, &evaluated)
    case .object(let rule):
      guard case .object(let object) = value else { return true }
      return apply(rule, node, object, &evaluated)
    case .reference(let target): return evaluate(target, value, &evaluated)
    case .dynamicReference(let target, let anchor):
      return evaluate(dynamicTarget(anchor, otherwise: target), value, &evaluated)
    case .allOf, .anyOf, .oneOf, .not, .condition:
      return combine(rule, node, value, &evaluated)
    case .unevaluatedItems(let rest):
      guard case .array(let elements) = value else { return true }
      var isValid = true
      for (i, element) in elements.enumerated() where !evaluated.contains(i) {
        if !evaluate(rest, element, at: i) { isValid = false }
      }
      evaluated.insertAll()
      return isValid
    case .unevaluatedProperties(let rest):
      guard case .object(let object) = value else { return true }
      var isValid = true
      for (i, member) in object.members.enumerated() where !evaluated.contains(i) {
        if !evaluate(rest, member.value, at: i) { isValid = false }
      }
      evaluated.insertAll()
      return isValid
    }
  }

  private mutating func combine(
    _ rule: Rule, _ node: Int, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    switch rule {
    case .allOf(let all):
      var isValid = true
      for one in all where !evaluate(one, value, &evaluated) {
        if quiet > 0 { return false }
        isValid = false
      }
      return isValid
    case .anyOf(let all):
      var isValid = false
      for one in all where fits(one, value, &evaluated) {
        isValid = true
        if !evaluated.isWanted { break }
      }
      if isValid { return true }
      // Which branch was meant is not known: no further complaints about its members.
      evaluated.insertAll()
      return fail(node, "anyOf", "fits none of the \(all.count) alternatives")
    case .oneOf(let all):
      var count = 0
      for one in all where fits(one, value, &evaluated) { count += 1 }
      if count == 1 { return true }
      evaluated.insertAll()
      return fail(node, "oneOf", "fits \(count) of the \(all.count) alternatives, not exactly 1")
    case .not(let one):
      var none = Evaluated(wanted: false)
      return !fits(one, value, &none) || fail(node, "not", "is of a kind that may not stand here")
    case .condition(let test, let then, let otherwise):
      let branch = fits(test, value, &evaluated) ? then : otherwise
      return branch.map { evaluate($0, value, &evaluated) } ?? true
    default: return true
    }
  }

  private mutating func apply(_ rule: NumberRule, _ node: Int, _ number: JSONNumber) -> Bool {
    let value = Decimal(number)
    switch rule {
    case .minimum(let bound, let text):
      return value >= bound || fail(node, "minimum", "must be at least \(text)")
    case .maximum(let bound, let text):
      return value <= bound || fail(node, "maximum", "must be at most \(text)")
    case .exclusiveMinimum(let bound, let text):
      return value > bound || fail(node, "exclusiveMinimum", "must be more than \(text)")
    case .exclusiveMaximum(let bound, let text):
      return value < bound || fail(node, "exclusiveMaximum", "must be less than \(text)")
    case .multipleOf(let divisor, let text):
      return value.isMultiple(of: divisor)
        || fail(node, "multipleOf", "must be a multiple of \(text)")
    }
  }

  private mutating func apply(_ rule: StringRule, _ node: Int, _ text: String) -> Bool {
    switch rule {
    case .shape(let min, let max, let pattern):
      // No text has more code points than octets, nor fewer than a quarter of them.
      let octets = text.utf8.count
      if let max, octets > max, text.unicodeScalars.count > max {
        return fail(node, "maxLength", "must be at most \(max) characters long")
      }
      if let min, octets < min * 4, text.unicodeScalars.count < min {
        return fail(node, "minLength", "must be at least \(min) characters long")
      }
      guard let pattern else { return true }
      return pattern.matches(text) || fail(node, "pattern", "does not have the required form")
    case .format(let name, let own):
      return (format == .annotation && own == .annotation) || name.accepts(text)
        || fail(node, "format", "must be a valid \(name.rawValue)")
    }
  }

  private mutating func apply(
    _ rule: ArrayRule, _ node: Int, _ elements: [JSONValue], _ evaluated: inout Evaluated
  ) -> Bool {
    switch rule {
    case .count(let min, let max):
      if let max, elements.count > max {
        return fail(node, "maxItems", "must have at most \(max) elements")
      }
      if let min, elements.count < min {
        return fail(node, "minItems", "must have at least \(min) elements")
      }
      return true
    case .unique:
      let distinct = Set(elements.map { SameValue(value: $0) })
      return distinct.count == elements.count
        || fail(node, "uniqueItems", "must not have the same element twice")
    case .elements(let prefix, let rest):
      var isValid = true
      for (i, element) in elements.enumerated() {
        guard let one = i < prefix.count ? prefix[i] : rest else { break }
        if !evaluate(one, element, at: i) {
          if quiet > 0 { return false }
          isValid = false
        }
      }
      evaluated.insert(first: rest == nil ? prefix.count : elements.count)
      return isValid
    case .contains(let one, let min, let max):
      var count = 0
      for (i, element) in elements.enumerated() {
        var none = Evaluated(wanted: false)
        if fits(one, element, &none) {
          count += 1
          evaluated.insert(i)
        }
      }
      if count < min {
        let keyword = min == 1 ? "contains" : "minContains"
        return fail(node, keyword, "must have at least \(min) elements of the required kind")
      }
      guard let max, count > max else { return true }
      return fail(node, "maxContains", "must have at most \(max) elements of the given kind")
    }
  }

  private mutating func apply(
    _ rule: ObjectRule, _ node: Int, _ object: JSONObject, _ evaluated: inout Evaluated
  ) -> Bool {
    switch rule {
    case .count(let min, let max):
      if let max, object.count > max {
        return fail(node, "maxProperties", "must have at most \(max) members")
      }
      if let min, object.count < min {
        return fail(node, "minProperties", "must have at least \(min) members")
      }
      return true
    case .required(let names): return lacksNone(names, of: object, node, "required")
    case .members(let named, let patterns, let others):
      var isValid = true
      for (i, member) in object.members.enumerated() {
        if !judge(member, i, named, patterns, others, &evaluated) {
          if quiet > 0 { return false }
          isValid = false
        }
      }
      return isValid
    case .names(let one):
      var isValid = true
      for (i, member) in object.members.enumerated() {
        if !evaluate(one, .string(member.name), at: i) { isValid = false }
      }
      return isValid
    case .dependentRequired(let all):
      var isValid = true
      for (name, others) in all where object[name] != nil {
        if !lacksNone(others, of: object, node, "dependentRequired") { isValid = false }
      }
      return isValid
    case .dependentSchemas(let all):
      var isValid = true
      for (name, one) in all where object[name] != nil {
        if !evaluate(one, .object(object), &evaluated) { isValid = false }
      }
      return isValid
    }
  }

  private mutating func judge(
    _ member: JSONMember, _ i: Int, _ named: NameTable, _ patterns: [(Pattern, Int)],
    _ others: Int?, _ evaluated: inout Evaluated
  ) -> Bool {
    var (isValid, isKnown) = (true, false)
    if let one = named.number(of: member.name) {
      isKnown = true
      isValid = evaluate(one, member.value, at: i)
    }
    for (pattern, one) in patterns where pattern.matches(member.name) {
      isKnown = true
      if !evaluate(one, member.value, at: i) { isValid = false }
    }
    if !isKnown, let others {
      isKnown = true
      isValid = evaluate(others, member.value, at: i)
    }
    if isKnown { evaluated.insert(i) }
    return isValid
  }

  private mutating func lacksNone(
    _ names: [String], of object: JSONObject, _ node: Int, _ keyword: String
  ) -> Bool {
    var isValid = true
    for name in names where !object.members.contains(where: { ExactText.same($0.name, name) }) {
      isValid = fail(node, keyword, "lacks the member \"\(name)\"")
    }
    return isValid
  }
}

extension TypeSet {
  func accepts(_ value: JSONValue) -> Bool {
    switch value {
    case .null: contains(.null)
    case .bool: contains(.boolean)
    case .number(let number):
      contains(.number) || (contains(.integer) && TypeSet.isWhole(number))
    case .string: contains(.string)
    case .array: contains(.array)
    case .object: contains(.object)
    }
  }

  private static func isWhole(_ number: JSONNumber) -> Bool {
    number.text.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "-") }
      || Decimal(number).isInteger
  }
}
