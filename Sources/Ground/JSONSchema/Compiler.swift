/// Turns the schemas reachable from one place into a program, references resolved.
// SPDX-License-Identifier: Apache-2.0

import JSON

struct Compiler {
  private let index: SchemaIndex
  private let options: SchemaOptions
  private var nodes: [Node] = []
  private var known: [String: Int] = [:]
  private var pending: [(Int, Place)] = []
  private var resources: [String: Int] = [:]
  private var dynamicAnchors: [[String: Int]] = []

  /// The program's first node is `root`.
  static func compile(
    _ root: Place, index: SchemaIndex, options: SchemaOptions
  ) throws(SchemaError) -> Program {
    var compiler = Compiler(index: index, options: options)
    _ = try compiler.node(root, keyword: "")
    // A list of what is to be done instead of recursion: references make cycles.
    while let (number, place) = compiler.pending.popLast() {
      try compiler.fill(number, from: place)
    }
    return Program(nodes: compiler.nodes, dynamicAnchors: compiler.dynamicAnchors)
  }

  private init(index: SchemaIndex, options: SchemaOptions) {
    self.index = index
    self.options = options
  }

  /// The index of the node for a place; it is filled later.
  private mutating func node(_ place: Place, keyword: String) throws(SchemaError) -> Int {
    if let number = known[place.key] { return number }
    guard nodes.count < SchemaLimits.schemaNodes else {
      throw SchemaError(
        code: .tooManySchemas, location: index.location(of: place),
        reason: "more than \(SchemaLimits.schemaNodes) subschemas")
    }
    let number = nodes.count
    known[place.key] = number
    let location = index.location(of: place)
    nodes.append(Node(body: .always, resource: 0, location: location, keyword: keyword))
    pending.append((number, place))
    return number
  }

  private mutating func resource(_ uri: String) throws(SchemaError) -> Int {
    if let number = resources[uri] { return number }
    let number = dynamicAnchors.count
    resources[uri] = number
    dynamicAnchors.append([:])
    for (name, place) in index.dynamicAnchors(of: uri) {
      dynamicAnchors[number][name] = try node(place, keyword: "$dynamicRef")
    }
    return number
  }

  private mutating func fill(_ number: Int, from parent: Place) throws(SchemaError) {
    let place = parent.entered
    nodes[number].resource = try resource(place.base)
    switch place.value {
    case .bool(let flag): nodes[number].body = flag ? .always : .never
    case .object(let whole):
      if options.strictKeywords { try checkKeywords(whole, at: place) }
      let vocabularies = try index.vocabularies(of: place)
      let object = vocabularies.meaningful(whole)
      var rules: [Rule] = []
      try addValueRules(object, at: place, to: &rules)
      if let rule = try format(object, vocabularies, at: place) { rules.append(rule) }
      try addArrayRules(object, at: place, to: &rules)
      try addObjectRules(object, at: place, to: &rules)
      try addApplicators(object, at: place, to: &rules)
      nodes[number].asksForEvaluated = rules.contains(where: \.isLast)
      nodes[number].body = rules.isEmpty ? .always : .rules(rules)
    case .null, .number, .string, .array:
      throw invalid(place, nil, "a schema is an object or a boolean")
    }
  }

  private func checkKeywords(_ object: JSONObject, at place: Place) throws(SchemaError) {
    for name in object.names where !SchemaOptions.knows(name) {
      throw SchemaError(
        code: .unknownKeyword, location: "\(index.location(of: place))/\(name)",
        reason: "JSON Schema 2020-12 has no keyword \(name)")
    }
    if let format = object["format"]?.text, Format(rawValue: format) == nil {
      throw unknownFormat(format, at: place)
    }
  }

  private func invalid(_ place: Place, _ keyword: String?, _ reason: String) -> SchemaError {
    let location = index.location(of: place) + (keyword.map { "/\($0)" } ?? "")
    return SchemaError(code: .invalidKeyword, location: location, reason: reason)
  }
}

// MARK: - Keywords about one value

extension Compiler {
  private func addValueRules(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    if let type = object["type"] { rules.append(.type(try types(type, at: place))) }
    if let value = object["const"] {
      rules.append(oneOf([value], "const"))
    }
    if let values = object["enum"] {
      guard let all = values.elements else { throw invalid(place, "enum", "must be an array") }
      rules.append(oneOf(all, "enum"))
    }
    try addNumberRules(object, at: place, to: &rules)
    let (min, max) = try counts("minLength", "maxLength", of: object, at: place)
    var pattern: Pattern?
    if let text = object["pattern"] { pattern = try self.pattern(text.text, "pattern", at: place) }
    if min != nil || max != nil || pattern != nil {
      rules.append(.string(.shape(min: min, max: max, pattern: pattern)))
    }
  }

  private func format(
    _ object: JSONObject, _ vocabularies: Vocabularies, at place: Place
  ) throws(SchemaError) -> Rule? {
    guard let value = object["format"] else { return nil }
    guard let name = value.text else { throw invalid(place, "format", "must be a string") }
    let mode: FormatMode = vocabularies.contains(.formatAssertion) ? .assertion : .annotation
    if let format = Format(rawValue: name) { return .string(.format(format, mode)) }
    guard mode == .annotation else { throw unknownFormat(name, at: place) }
    return nil
  }

  private func unknownFormat(_ name: String, at place: Place) -> SchemaError {
    SchemaError(
      code: .unknownFormat, location: "\(index.location(of: place))/format",
      reason: "the format \(name) cannot be asserted")
  }

  private func types(_ value: JSONValue, at place: Place) throws(SchemaError) -> TypeSet {
    var set = TypeSet()
    for element in value.elements ?? [value] {
      guard let known = TypeSet.named.first(where: { $0.name == element.text }) else {
        throw invalid(place, "type", "must be the name of a type, or several")
      }
      set.insert(known.type)
    }
    return set
  }

  private func oneOf(_ values: [JSONValue], _ keyword: String) -> Rule {
    let words = values.compactMap(\.text)
    guard words.count == values.count else {
      return .values(
        Set(values.map { SameValue(value: $0) }), keyword: keyword, message: allowed(values))
    }
    let table = NameTable(words.enumerated().map { ($0.element, $0.offset) })
    return .words(table, keyword: keyword, message: allowed(values))
  }

  /// What may stand here, in words; long lists and structures are not repeated.
  private func allowed(_ values: [JSONValue]) -> String {
    let texts = values.prefix(20).compactMap { value -> String? in
      switch value {
      case .null, .bool, .number, .string:
        String(decoding: JSONWriter.write(value), as: UTF8.self)
      case .array, .object: nil
      }
    }
    if texts.count != values.count { return "is none of the values that may stand here" }
    return "must be \(texts.count == 1 ? "" : "one of ")\(texts.joined(separator: ", "))"
  }

  private func addNumberRules(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    func add(_ name: String, _ rule: (Decimal, String) -> NumberRule) throws(SchemaError) {
      guard let value = object[name] else { return }
      guard let number = value.number else { throw invalid(place, name, "must be a number") }
      rules.append(.number(rule(Decimal(number), number.text)))
    }
    try add("minimum", NumberRule.minimum)
    try add("maximum", NumberRule.maximum)
    try add("exclusiveMinimum", NumberRule.exclusiveMinimum)
    try add("exclusiveMaximum", NumberRule.exclusiveMaximum)
    if let number = object["multipleOf"]?.number {
      let divisor = Decimal(number)
      guard !divisor.isZero, !divisor.isNegative,
        divisor.digits.count <= SchemaLimits.divisorDigits
      else {
        throw invalid(
          place, "multipleOf", "must be above 0 with at most \(SchemaLimits.divisorDigits) digits")
      }
    }
    try add("multipleOf", NumberRule.multipleOf)
  }

  private func counts(
    _ least: String, _ most: String, of object: JSONObject, at place: Place
  ) throws(SchemaError) -> (Int?, Int?) {
    (try count(least, of: object, at: place), try count(most, of: object, at: place))
  }

  private func count(
    _ name: String, of object: JSONObject, at place: Place
  ) throws(SchemaError) -> Int? {
    guard let value = object[name] else { return nil }
    guard let count = value.number.flatMap({ Decimal($0).integer }), count >= 0 else {
      throw invalid(place, name, "must be a whole number, not negative")
    }
    return count
  }

  private func pattern(
    _ text: String?, _ keyword: String, at place: Place
  ) throws(SchemaError) -> Pattern {
    guard let text else { throw invalid(place, keyword, "must be a string") }
    do {
      return try Pattern(text)
    } catch {
      throw SchemaError(
        code: error.code, location: "\(index.location(of: place))/\(keyword)",
        reason: error.reason)
    }
  }
}

// MARK: - Keywords about arrays and objects

extension Compiler {
  private mutating func addArrayRules(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    let (min, max) = try counts("minItems", "maxItems", of: object, at: place)
    if min != nil || max != nil { rules.append(.array(.count(min: min, max: max))) }
    if let unique = object["uniqueItems"] {
      guard let flag = unique.flag else { throw invalid(place, "uniqueItems", "must be a boolean") }
      if flag { rules.append(.array(.unique)) }
    }
    let prefix = try list("prefixItems", of: object, at: place) ?? []
    let rest = try one("items", of: object, at: place)
    if !prefix.isEmpty || rest != nil {
      rules.append(.array(.elements(prefix: prefix, rest: rest)))
    }
    if let node = try one("contains", of: object, at: place) {
      let (least, most) = try counts("minContains", "maxContains", of: object, at: place)
      rules.append(.array(.contains(node, min: least ?? 1, max: most)))
    }
    if let node = try one("unevaluatedItems", of: object, at: place) {
      rules.append(.unevaluatedItems(node))
    }
  }

  private mutating func addObjectRules(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    let (min, max) = try counts("minProperties", "maxProperties", of: object, at: place)
    if min != nil || max != nil { rules.append(.object(.count(min: min, max: max))) }
    if let value = object["required"] {
      rules.append(.object(.required(try names(value, "required", at: place))))
    }
    try addMembers(object, at: place, to: &rules)
    if let node = try one("propertyNames", of: object, at: place) {
      rules.append(.object(.names(node)))
    }
    if let value = object["dependentRequired"] {
      var all: [(String, [String])] = []
      for member in try members(value, "dependentRequired", at: place) {
        all.append((member.name, try names(member.value, "dependentRequired", at: place)))
      }
      rules.append(.object(.dependentRequired(all)))
    }
    let schemas = try map("dependentSchemas", of: object, at: place)
    if !schemas.isEmpty { rules.append(.object(.dependentSchemas(schemas))) }
  }

  private mutating func addMembers(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    let named = try map("properties", of: object, at: place)
    var patterns: [(Pattern, Int)] = []
    for (text, node) in try map("patternProperties", of: object, at: place) {
      patterns.append((try pattern(text, "patternProperties", at: place), node))
    }
    let others = try one("additionalProperties", of: object, at: place)
    guard !named.isEmpty || !patterns.isEmpty || others != nil else { return }
    rules.append(
      .object(.members(named: NameTable(named), patterns: patterns, others: others)))
  }

  private func names(
    _ value: JSONValue, _ keyword: String, at place: Place
  ) throws(SchemaError) -> [String] {
    let names = value.elements?.compactMap(\.text)
    guard let names, names.count == value.elements?.count else {
      throw invalid(place, keyword, "must be an array of strings")
    }
    return names
  }

  private func members(
    _ value: JSONValue, _ keyword: String, at place: Place
  ) throws(SchemaError) -> [JSONMember] {
    guard let object = value.members else { throw invalid(place, keyword, "must be an object") }
    return object.members
  }
}

// MARK: - Keywords that apply schemas

extension Compiler {
  private mutating func addApplicators(
    _ object: JSONObject, at place: Place, to rules: inout [Rule]
  ) throws(SchemaError) {
    if let value = object["$ref"] {
      let target = try target(value, "$ref", at: place)
      rules.append(.reference(try node(target, keyword: "$ref")))
    }
    if let value = object["$dynamicRef"] {
      rules.append(try dynamicReference(value, at: place))
    }
    if let nodes = try list("allOf", of: object, at: place) { rules.append(.allOf(nodes)) }
    if let nodes = try list("anyOf", of: object, at: place) { rules.append(.anyOf(nodes)) }
    if let nodes = try list("oneOf", of: object, at: place) { rules.append(.oneOf(nodes)) }
    if let node = try one("not", of: object, at: place) { rules.append(.not(node)) }
    if let test = try one("if", of: object, at: place) {
      let then = try one("then", of: object, at: place)
      let otherwise = try one("else", of: object, at: place)
      rules.append(.condition(test: test, then: then, otherwise: otherwise))
    }
    if let node = try one("unevaluatedProperties", of: object, at: place) {
      rules.append(.unevaluatedProperties(node))
    }
    rules = rules.filter { !$0.isLast } + rules.filter(\.isLast)
  }

  private func target(
    _ value: JSONValue, _ keyword: String, at place: Place
  ) throws(SchemaError) -> Place {
    guard let reference = value.text else { throw invalid(place, keyword, "must be a string") }
    guard let target = index.place(reference, from: place.base) else {
      throw SchemaError(
        code: .unresolvedReference, location: "\(index.location(of: place))/\(keyword)",
        reason: "there is no schema \(reference)")
    }
    return target
  }

  /// Dynamic only where the first target is a dynamic anchor (core specification, 8.2.3.2).
  private mutating func dynamicReference(
    _ value: JSONValue, at place: Place
  ) throws(SchemaError) -> Rule {
    let target = try target(value, "$dynamicRef", at: place)
    let number = try node(target, keyword: "$dynamicRef")
    let name = URIReference(value.text ?? "").decodedFragment ?? ""
    let base = SchemaIndex.base(of: target.value, within: target.base) ?? target.base
    guard index.dynamicAnchors(of: base)[name]?.key == target.key else { return .reference(number) }
    return .dynamicReference(number, anchor: name)
  }

  private mutating func one(
    _ keyword: String, of object: JSONObject, at place: Place
  ) throws(SchemaError) -> Int? {
    guard let value = object[keyword] else { return nil }
    return try node(place.child(keyword, value: value), keyword: keyword)
  }

  private mutating func list(
    _ keyword: String, of object: JSONObject, at place: Place
  ) throws(SchemaError) -> [Int]? {
    guard let value = object[keyword] else { return nil }
    guard let elements = value.elements, !elements.isEmpty else {
      throw invalid(place, keyword, "must be a list of schemas, not empty")
    }
    var numbers: [Int] = []
    for (i, element) in elements.enumerated() {
      let child = place.child(keyword, String(i), value: element)
      numbers.append(try node(child, keyword: keyword))
    }
    return numbers
  }

  private mutating func map(
    _ keyword: String, of object: JSONObject, at place: Place
  ) throws(SchemaError) -> [(String, Int)] {
    guard let value = object[keyword] else { return [] }
    var numbers: [(String, Int)] = []
    for member in try members(value, keyword, at: place) {
      let child = place.child(keyword, member.name, value: member.value)
      numbers.append((member.name, try node(child, keyword: keyword)))
    }
    return numbers
  }
}
