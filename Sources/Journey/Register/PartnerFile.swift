/// partners.d/<code>.toml to a partner.
// SPDX-License-Identifier: Apache-2.0
import Digest
import OpenSSL
import Platform

enum PartnerFile {
  struct Context {
    let material: Material
    let profile: Profile
    let signingKeys: [SigningKey]
    let signingIsComplete: Bool
    let now: Instant
  }

  static let keys = [
    "code", "name", "identity", "traits", "endpoint", "duty_phone", "languages", "enabled", "tls",
    "signing", "trust", "revocation", "route", "schema", "acknowledgements", "statistics",
  ]

  static func read(_ document: ConfigurationDocument, _ context: Context) -> Draft<Partner> {
    let root = Section(
      document.table, name: "", place: document.start, keys: keys,
      findings: context.material.findings)
    let enabled = root.flag("enabled", default: true)
    let code = root.partnerCode("code", stem: document.stem)
    let name = root.text("name")
    let identity = readIdentity(root, context.profile)
    let traits = root.words("traits", as: PartnerTrait.self)
    let endpoint = readEndpoint(root)
    let phone = root.text("duty_phone", required: false)
    let languages = readLanguages(root)
    // A disabled partner's expired certificate must not keep the others from their post.
    let checked = PartnerSections(root: root, context: context, checksDates: enabled)
    let tls = checked.tls()
    let signing = checked.signing()
    let trust = checked.trust()
    let revocation = checked.revocation()
    let route = checked.route()
    let schema = PartnerSections.schema(root)
    let acknowledgements = PartnerSections.acknowledgements(root)
    let statistics = StatisticsSection.versions(root)
    var value: Partner?
    if let code, let name, let identity, let endpoint, let languages, let tls, let signing,
      let trust, let revocation, let route, let schema, let acknowledgements
    {
      value = Partner(
        code: code.value, name: name.value, identity: identity.value,
        traits: Set(traits.map(\.value)), endpoint: endpoint, dutyPhone: phone?.value,
        languages: languages, isEnabled: enabled, tls: tls, signing: signing, trust: trust,
        revocation: revocation, route: route, schema: schema, statistics: statistics,
        acknowledgements: acknowledgements, digest: SHA256Digest(of: document.octets))
    }
    return Draft(file: document.file, code: code, identity: identity, value: value)
  }

  static func readIdentity(
    _ root: Section, _ profile: Profile
  ) -> Placed<PartnerIdentity>? {
    guard let text = root.text("identity") else { return nil }
    guard let identity = PartnerIdentity(text.value) else {
      root.refuse(
        "identity", text.place, "is not an identity",
        "write urn:nld:oin:<20 positions> or \(PartnerIdentity.foreignPrefix)<identifier>")
      return nil
    }
    if profile == .production, identity.oin?.isTest == true {
      root.refuse(
        "identity", text.place, "is a test OIN", "use the partner's own OIN in production",
        code: .testIdentity)
    }
    return text.with(identity)
  }

  private static func readEndpoint(_ root: Section) -> ServiceURL? {
    guard let text = root.text("endpoint") else { return nil }
    guard let url = ServiceURL(text.value) else {
      root.refuse(
        "endpoint", text.place, "is not a URL that all parsers read alike",
        "write https://host[:port]/path, without user, fragment or escapes in the host")
      return nil
    }
    guard url.isSecure else {
      root.refuse(
        "endpoint", text.place, "is not https", "write https://", code: .insecureEndpoint)
      return nil
    }
    return url
  }

  private static func readLanguages(_ root: Section) -> [String]? {
    guard let texts = root.texts("languages") else { return nil }
    if texts.value.isEmpty {
      root.refuse("languages", texts.place, "is empty", "name at least one, \"nl\"")
    }
    for text in texts.value {
      let octets = Array(text.value.utf8)
      if !(2...3).contains(octets.count) || !octets.allSatisfy({ (0x61...0x7A).contains($0) }) {
        root.refuse("languages", text.place, "is not a language code", "write \"nl\" or \"en\"")
      }
    }
    return texts.value.map(\.value)
  }
}
