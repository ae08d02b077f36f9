/// policies.d/<code>.toml to a policy.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Platform

enum PolicyFile {
  /// What a project's file says too.
  static let bodyKeys = [
    "version", "author", "approver", "reason", "kinds", "purposes", "detail", "consent_scope",
    "without_consent", "legal_basis", "max_classification", "handling_codes",
    "handling_code_required", "via", "hide_suspects", "only_minors", "id_schemes", "field",
    "pseudonymised", "deidentified", "example",
  ]

  static func read(
    _ document: ConfigurationDocument, knownKinds: [String], _ findings: Findings
  ) -> Draft<Policy> {
    let root = Section(
      document.table, name: "", place: document.start,
      keys: ["partner", "valid_from", "statistics"] + bodyKeys, findings: findings)
    let code = root.partnerCode("partner", stem: document.stem)
    let body = body(
      root, knownKinds: knownKinds, validFrom: root.day("valid_from"),
      statistics: StatisticsSection.read(root), digest: SHA256Digest(of: document.octets))
    return Draft(
      file: document.file, code: code, identity: nil,
      value: code.flatMap { code in body.map { $0(code.value) } })
  }

  /// Everything but whose policy it is.
  static func body(
    _ root: Section, knownKinds: [String], validFrom: Placed<CivilDate>?,
    statistics: Policy.Statistics? = nil, digest: SHA256Digest
  ) -> ((PartnerCode) -> Policy)? {
    let version = root.version("version")
    let author = root.text("author")
    let approver = approver(root, author: author)
    let reason = root.text("reason")
    let kinds = root.texts("kinds")
    for kind in kinds?.value ?? [] where !knownKinds.contains(kind.value) {
      root.refuseWord("kinds", kind, known: knownKinds)
    }
    let purposes = names(root, "purposes")
    if statistics != nil, let purposes, !purposes.contains("statistics") {
      root.refuse(
        "purposes", root.place(of: "purposes"), "lacks the purpose of [statistics]",
        "add \"statistics\", or remove [statistics]", code: .contradiction)
    }
    let detail: Placed<Policy.Detail>? = root.word("detail")
    let scope = root.text("consent_scope", required: false)
    let without: Placed<Policy.WithoutConsent>? = root.word("without_consent")
    let basis = root.texts("legal_basis")
    let schemes = names(root, "id_schemes")
    let classification: Placed<Policy.Classification>? =
      root.word("max_classification", required: false)
    let codes = handlingCodes(root)
    let via = hub(root)
    let (fields, pseudonymised, deidentified) =
      (rules(root, "field"), rules(root, "pseudonymised"), rules(root, "deidentified"))
    let examples = root.sections("example", keys: PolicyExample.keys).compactMap(PolicyExample.init)
    let flags = ["hide_suspects", "only_minors", "handling_code_required"].map {
      root.flag($0, default: false)
    }
    let places = Dictionary(
      uniqueKeysWithValues: (["partner", "valid_from"] + bodyKeys).map { ($0, root.place(of: $0)) })
    guard let version, let author, let approver, let reason, let validFrom, let kinds,
      let purposes, let detail, let without, let basis, let schemes
    else { return nil }
    return { partner in
      Policy(
        partner: partner, version: version.value, author: author.value,
        approver: approver.value, reason: reason.value, validFrom: validFrom.value,
        kinds: Set(kinds.value.map(\.value)), purposes: purposes, detail: detail.value,
        consentScope: scope?.value, withoutConsent: without.value,
        legalBasis: basis.value.map(\.value),
        maximumClassification: classification?.value ?? .unmarked, hidesSuspects: flags[0],
        onlyMinors: flags[1], needsHandlingCode: flags[2], identifierSchemes: Set(schemes),
        handlingCodes: codes, via: via?.value, fields: fields, pseudonymised: pseudonymised,
        deidentified: deidentified,
        statistics: statistics, examples: examples, file: root.place.file, places: places,
        digest: digest)
    }
  }

  /// Two people, or at least two functions: nobody approves what they wrote.
  private static func approver(_ root: Section, author: Placed<String>?) -> Placed<String>? {
    let approver = root.text("approver")
    if let approver, approver.value == author?.value {
      root.refuse(
        "approver", approver.place, "is the author", "name the function that approved it",
        code: .contradiction)
    }
    return approver
  }

  /// What an agreement does not name is not agreed: without the key H0 only.
  private static func handlingCodes(_ root: Section) -> Set<HandlingCode> {
    guard root.has("handling_codes") else { return [.unrestricted] }
    return Set(root.words("handling_codes", as: HandlingCode.self).map(\.value))
  }

  private static func hub(_ root: Section) -> Placed<PartnerCode>? {
    guard let text = root.text("via", required: false) else { return nil }
    guard let code = PartnerCode(text.value) else {
      root.refuse("via", text.place, "is not a partner code", "write the code of a hub")
      return nil
    }
    return text.with(code)
  }

  /// Words of letters, digits, "-", "_", "." and ":".
  private static func names(_ root: Section, _ key: String) -> [String]? {
    guard let texts = root.texts(key) else { return nil }
    return texts.value.compactMap { text in
      let isName = text.value.utf8.allSatisfy {
        (0x30...0x3A).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
      }
      if isName { return text.value }
      root.refuse(key, text.place, "is not a word of a code list", "write the word of the list")
      return nil
    }
  }

  private static func rules(_ root: Section, _ key: String) -> [Policy.FieldRule] {
    var rules: [Policy.FieldRule] = []
    for section in root.sections(key, keys: ["pointer", "action", "rule", "reason"]) {
      let pointer = section.text("pointer").flatMap { text -> PointerPattern? in
        guard let pattern = PointerPattern(text.value) else {
          section.refuse(
            "pointer", text.place, "is not a JSON Pointer", "write \"/persons/*/names\"")
          return nil
        }
        if rules.contains(where: { $0.pointer == pattern }) {
          section.refuse("pointer", text.place, "stands twice", "keep one rule for a field")
        }
        return pattern
      }
      let action: Placed<FieldAction>? = section.word("action")
      let rule = section.text("rule")
      let reason = section.text("reason")
      guard let pointer, let action, let rule, let reason else { continue }
      rules.append(
        Policy.FieldRule(
          pointer: pointer, action: action.value, rule: rule.value, reason: reason.value,
          place: section.place(of: "pointer")))
    }
    return rules
  }
}

extension Policy {
  /// Reads one policy alone, without its partner; for linting and comparing.
  package static func read(
    _ octets: [UInt8], file: String, knownKinds: [String]
  ) -> Result<Policy, ConfigurationErrors> {
    let findings = Findings()
    let document = Material.document(octets, file: file, findings)
    let draft = document.map { PolicyFile.read($0, knownKinds: knownKinds, findings) }
    return findings.result(draft?.value)
  }
}

extension Section {
  /// A partner's code, which must be the file's name too.
  func partnerCode(_ key: String, stem: String) -> Placed<PartnerCode>? {
    guard let text = text(key) else { return nil }
    guard let code = PartnerCode(text.value) else {
      refuse(
        key, text.place, "is not a partner code",
        "write at most 40 of a-z, 0-9 and '-', a letter first")
      return nil
    }
    if stem != text.value {
      refuse(
        key, text.place, "differs from the file's name", "name the file \(code).toml",
        code: .nameMismatch)
    }
    return text.with(code)
  }
}
