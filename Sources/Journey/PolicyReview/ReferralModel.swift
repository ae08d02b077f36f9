/// The fields that a referral can have, as its published schemas say, and what each level forbids.
// SPDX-License-Identifier: Apache-2.0
package import JSON
import Referrals

/// Where a field may stand in a document at one level.
enum Allowance { case whole, coarse, never }

package struct ReferralModel: Sendable {
  /// One place that holds a value; `*` stands for any index.
  package struct Field: Sendable, Hashable {
    package let path: [String]

    package var group: String { path.first ?? "" }
    package var pointer: String { JSONPointer(tokens: path).description }
  }

  /// Of a submission, in the order of the schema.
  package let fields: [Field]
  let submission: SchemaNode
  /// Of a document: what must stand where.
  let document: SchemaNode
  /// Kinds in which a group may not stand.
  private let excluded: [ReferralKind: Set<String>]
  /// Groups that a document of a kind must have.
  private let demanded: [ReferralKind: [[String]]]
  private let pseudonymised: JSONValue?
  private let deidentified: JSONValue?
  /// Codes of the provisions that a ground may cite.
  let provisions: [String]

  /// - Parameter documents: the published schemas, among them one of a submission and one of a
  ///   referral.
  /// - Parameter provisions: the code list of that name.
  /// - Returns: nil where a schema or the list is missing or is not of the form that this reads.
  package init?(schemas documents: [JSONValue], provisions: JSONValue?) {
    func newest(_ name: String) -> JSONValue? {
      documents.filter { $0["$id"]?.text?.contains("/schemas/\(name)/") == true }
        .max { version($0).lexicographicallyPrecedes(version($1)) }
    }
    func version(_ schema: JSONValue) -> [Int] {
      (schema["$id"]?.text ?? "").split(separator: "/").dropLast().last?
        .split(separator: ".").compactMap { Int($0) } ?? []
    }
    let library = SchemaLibrary(documents)
    guard let list = provisions?["codes"]?.elements,
      let outer = newest("submission"), let inner = newest("referral"),
      let outerID = outer["$id"]?.text, let innerID = inner["$id"]?.text,
      let entry = outer["$defs"]?["referral"], let rules = inner["$defs"],
      let submission = SchemaNode([.init(value: entry, document: outerID)], in: library),
      let document = SchemaNode([.init(value: inner, document: innerID)], in: library)
    else { return nil }
    self.provisions = list.compactMap { $0["code"]?.text }
    self.submission = submission
    self.document = document
    fields = submission.leaves().map { Field(path: $0.path) }
    pseudonymised = rules["pseudonymised"]
    deidentified = rules["deidentified"]
    var excluded: [ReferralKind: Set<String>] = [:]
    var demanded: [ReferralKind: [[String]]] = [:]
    for rule in rules["content"]?["allOf"]?.elements ?? [] {
      let word = rule["if"]?["properties"]?["header"]?["properties"]?["kind"]?["const"]?.text
      guard let kind = word.flatMap(ReferralKind.init), let then = rule["then"] else { continue }
      let members = then["properties"]?.members?.members ?? []
      excluded[kind] = Set(members.filter { $0.value.flag == false }.map(\.name))
      demanded[kind] =
        then["required"].texts.map { [$0] }
        + members.flatMap { member in
          member.value["required"].texts.map { [member.name, $0] }
        }
    }
    self.excluded = excluded
    self.demanded = demanded
  }

  /// Whether a referral of one of these kinds can have the group. What a withdrawal has goes to
  /// whoever got something once, also where no kind is agreed any more.
  package func has(_ group: String, in kinds: Set<String>) -> Bool {
    if ["header", "handling", "change"].contains(group) { return true }
    return kinds.compactMap(ReferralKind.init).contains { excluded[$0]?.contains(group) != true }
  }

  /// What a document of one of these kinds must have besides header and handling.
  func demands(of kinds: Set<String>) -> [[String]] {
    var seen: Set<[String]> = []
    return ReferralKind.allCases.filter { kinds.contains($0.rawValue) }
      .flatMap { demanded[$0] ?? [] }.filter { seen.insert($0).inserted }
  }

  /// Words that a field may hold; none where any text may stand.
  func words(at path: [String]) -> [String] {
    guard case .leaf(let leaf) = submission.at(path[...]) else { return [] }
    return leaf.words
  }

  /// What the schema of a level lets stand at a field.
  func allowance(of field: Field, at level: DetailLevel) -> Allowance {
    let barrier: JSONValue? =
      switch level {
      case .full: nil
      case .pseudonymised: pseudonymised
      case .deidentified: deidentified
      }
    var here = barrier
    for token in field.path {
      guard let schema = here else { return .whole }
      if schema.flag == true { return .whole }
      let next = token == "*" ? schema["items"] : schema["properties"]?[token]
      if next == nil, token != "*", schema["additionalProperties"]?.flag == false {
        return .never
      }
      here = next
      if here?.flag == false { return .never }
    }
    guard case .leaf(let leaf) = submission.at(field.path[...]), leaf.isDate else { return .whole }
    return here?["pattern"] == nil ? .whole : .coarse
  }
}
