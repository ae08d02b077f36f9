/// The policies of a folder, and what their partners are, read without keys and certificates.
// SPDX-License-Identifier: Apache-2.0

package struct PolicyFolder: Sendable {
  /// By partner code.
  package let policies: [String: PolicyVersions]
  /// By partner code; of a policy without a partner's file nothing is known.
  package let addressees: [String: Addressee]
  /// By name; of a policy file alone none.
  package let projects: [Project]

  /// Reads `policies.d`, `partners.d` and, where it is there, `projects.d` of a configuration
  /// folder. Words of `[when]` that stand in code lists only are left to `config check`.
  package static func read(_ folder: String, knownKinds: [String])
    -> Result<PolicyFolder, ConfigurationErrors>
  {
    let findings = Findings()
    let material = Material(folder: folder, findings: findings)
    let partners = material.documents(in: "partners.d").compactMap {
      AddresseeFile.read($0, findings)
    }
    let drafts = material.policyDocuments().map {
      PolicyFile.read($0, knownKinds: knownKinds, findings)
    }
    let policies = drafts.compactMap(\.value)
    PolicyComparison.compare(drafts, findings)
    PolicyComparison.compare(policies, partners, findings)
    let words = CodeWords(schemas: nil, kinds: knownKinds)
    let projects = material.documents(in: "projects.d", required: false).compactMap {
      ProjectFile.read($0, words, kinds: knownKinds, findings)
    }
    ProjectFile.compare(projects, partners: partners.map(\.code.text), findings)
    return findings.result(
      PolicyFolder(
        policies: PolicyComparison.versions(policies),
        addressees: Dictionary(
          partners.map { ($0.code.text, $0) }, uniquingKeysWith: { first, _ in first }),
        projects: projects.map(\.project.value).sorted { $0.name < $1.name }))
  }

  /// Reads one policy file; its partner's file is looked for where a configuration folder has it.
  package static func read(file: String, octets: [UInt8], partner: [UInt8]?, knownKinds: [String])
    -> Result<PolicyFolder, ConfigurationErrors>
  {
    let findings = Findings()
    let draft = Material.policyDocument(octets, file: file, findings).map {
      PolicyFile.read($0, knownKinds: knownKinds, findings)
    }
    let policies = [draft?.value].compactMap { $0 }
    var addressees: [String: Addressee] = [:]
    if let partner, let code = policies.first?.partner {
      let name = "partners.d/\(code).toml"
      addressees[code.text] = Material.document(partner, file: name, findings)
        .flatMap { AddresseeFile.read($0, findings) }
    }
    return findings.result(
      PolicyFolder(
        policies: PolicyComparison.versions(policies), addressees: addressees, projects: []))
  }
}

extension Findings {
  /// The value where nothing was found, or everything that was.
  func result<Value>(_ value: Value?) -> Result<Value, ConfigurationErrors> {
    guard errors.isEmpty, let value else {
      return .failure(ConfigurationErrors(errors: errors.sorted { $0.place < $1.place }))
    }
    return .success(value)
  }
}

/// partners.d/<code>.toml as far as disclosure looks at it.
enum AddresseeFile {
  static func read(_ document: ConfigurationDocument, _ findings: Findings) -> Addressee? {
    let root = Section(
      document.table, name: "", place: document.start, keys: PartnerFile.keys, findings: findings)
    let code = root.partnerCode("code", stem: document.stem)
    let name = root.text("name")
    let identity = PartnerFile.readIdentity(root, .development)
    let traits = root.words("traits", as: PartnerTrait.self)
    let schema = PartnerSections.schema(root)
    let acknowledgements = PartnerSections.acknowledgements(root)
    guard let code, let name, let identity, let schema, let acknowledgements else { return nil }
    return Addressee(
      code: code.value, name: name.value, identity: identity.value,
      traits: Set(traits.map(\.value)),
      dutyPhone: root.text("duty_phone", required: false)?.value,
      requested: acknowledgements.requested, schema: schema,
      statistics: StatisticsSection.versions(root))
  }
}
