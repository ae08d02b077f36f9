/// The tables of a partner file, one function each.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Referrals

struct PartnerSections {
  let root: Section
  let context: PartnerFile.Context
  let checksDates: Bool

  var material: Material { context.material }

  func certificates(
    _ section: Section, _ key: String, required: Bool
  ) -> [Certificate]? {
    guard let found = material.certificates(section, key, required: required) else {
      return required || section.has(key) ? nil : []
    }
    material.checkSamples(section, key, found, context.profile)
    if checksDates { material.checkDates(section, key, found, context.now) }
    return found.value
  }

  func tls() -> Partner.TLS? {
    let keys = ["anchors", "pins", "client_certificate", "client_key", "addresses"]
    guard let section = root.section("tls", keys: keys) else { return nil }
    let anchors = certificates(section, "anchors", required: true)
    let pins = section.texts("pins", required: false)?.value.compactMap { text -> [UInt8]? in
      let pin = publicKeyPin(text.value)
      if pin == nil {
        section.refuse(
          "pins", text.place, "is not a pin", "write \"sha256/<base64 of 32 octets>\"")
      }
      return pin
    }
    let addresses = section.texts("addresses", required: false)?.value.compactMap { text in
      let range = AddressRange(text.value)
      if range == nil {
        section.refuse(
          "addresses", text.place, "is not an address range",
          "write \"192.0.2.0/24\" or \"2001:db8::/32\", host bits zero")
      }
      return range
    }
    var client: KeyPair?
    if section.has("client_certificate") || section.has("client_key") {
      client =
        material.keyPair(
          section, certificate: "client_certificate", key: "client_key", profile: context.profile,
          now: context.now)?.value
    }
    guard let anchors else { return nil }
    return Partner.TLS(
      anchors: anchors, pins: pins ?? [], client: client, addresses: addresses ?? [])
  }

  func signing() -> Partner.Signing? {
    let keys = ["binding", "algorithm", "key", "header_name", "x5c", "accept"]
    guard let section = root.section("signing", keys: keys) else { return nil }
    let binding: Placed<Partner.Signing.Binding>? = section.word("binding")
    let algorithm: Placed<SignatureAlgorithm>? = section.word("algorithm")
    let header = section.text("header_name", required: false)
    if let header, !isFieldName(header.value) {
      section.refuse(
        "header_name", header.place, "is not an HTTP field name", "write \"Payload-Signature\"")
    }
    let x5c: Placed<Partner.Signing.CertificateHeader>? = section.word("x5c")
    let accept = section.words("accept", as: SignatureAlgorithm.self)
    if section.has("accept"), accept.isEmpty {
      section.refuse(
        "accept", section.place(of: "accept"), "names no algorithm",
        "name those of the partner's acknowledgements")
    }
    let key = signingKey(section, algorithm)
    guard let binding, let algorithm, let x5c, let key, !accept.isEmpty else { return nil }
    return Partner.Signing(
      binding: binding.value, algorithm: algorithm.value, key: key,
      headerName: header?.value ?? "Payload-Signature", x5c: x5c.value,
      accept: accept.map(\.value))
  }

  private func signingKey(
    _ section: Section, _ algorithm: Placed<SignatureAlgorithm>?
  ) -> SigningKey? {
    if let name = section.text("key", required: false) {
      guard let key = context.signingKeys.first(where: { $0.name == name.value }) else {
        if context.signingIsComplete {
          section.refuseWord("key", name, known: context.signingKeys.map(\.name))
        }
        return nil
      }
      if let algorithm, key.algorithm != algorithm.value {
        section.refuse(
          "algorithm", algorithm.place, "is not that of key '\(name.value)'",
          "write \(key.algorithm.rawValue) or name another key", code: .algorithmMismatch)
      }
      return key
    }
    guard let algorithm else { return nil }
    let key = context.signingKeys.first { $0.algorithm == algorithm.value }
    if key == nil, context.signingIsComplete {
      section.refuse(
        "algorithm", algorithm.place, "is that of no signing key",
        "add a [[signing.key]] with it to gateway.toml", code: .algorithmMismatch)
    }
    return key
  }

  func trust() -> Partner.Trust? {
    let keys = ["mode", "anchors", "intermediates", "pinned", "extended_key_usages"]
    guard let section = root.section("trust", keys: keys) else { return nil }
    let mode: Placed<Partner.Trust.Mode>? = section.word("mode")
    let anchors = certificates(section, "anchors", required: mode?.value == .chain)
    let intermediates = certificates(section, "intermediates", required: false)
    let pinned = certificates(section, "pinned", required: mode?.value == .pinned)
    let usages = section.texts("extended_key_usages", required: false)?.value ?? []
    for usage in usages where !isObjectIdentifier(usage.value) {
      section.refuse(
        "extended_key_usages", usage.place, "is not an object identifier",
        "write numbers with dots, \"1.3.6.1.5.5.7.3.4\"")
    }
    guard let mode, let anchors, let intermediates, let pinned else { return nil }
    return Partner.Trust(
      mode: mode.value, anchors: anchors, intermediates: intermediates, pinned: pinned,
      extendedKeyUsages: usages.map(\.value))
  }

  private enum Way: String, CaseIterable {
    case direct
    case fscOutway = "fsc-outway"
    case proxy
  }

  func route() -> Partner.Route? {
    if !root.has("route") { return .direct }
    guard let section = root.section("route", keys: ["via", "outway", "grant_hash", "proxy"]),
      let via: Placed<Way> = section.word("via")
    else { return nil }
    let used: Set<String>
    let route: Partner.Route?
    switch via.value {
    case .direct:
      used = []
      route = .direct
    case .fscOutway:
      used = ["outway", "grant_hash"]
      let outway = url(section, "outway")
      let hash = section.text("grant_hash")
      if let hash, !hash.value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
        section.refuse(
          "grant_hash", hash.place, "cannot stand in an HTTP header", "write it as FSC gives it")
      }
      route = outway.flatMap { outway in
        hash.map { .fscOutway(outway: outway, grantHash: $0.value) }
      }
    case .proxy:
      used = ["proxy"]
      route = url(section, "proxy").map { .proxy($0) }
    }
    for key in ["outway", "grant_hash", "proxy"] where section.has(key) && !used.contains(key) {
      section.refuse(
        key, section.place(of: key), "does not belong to via = \"\(via.value.rawValue)\"",
        "remove it", code: .contradiction)
    }
    return route
  }

  /// The outway sees the signed document in the clear, so http never leaves the machine; through
  /// a proxy runs the partner's own TLS.
  private func url(_ section: Section, _ key: String) -> ServiceURL? {
    guard let text = section.text(key) else { return nil }
    guard let url = ServiceURL(text.value) else {
      section.refuse(
        key, text.place, "is not a URL that all parsers read alike",
        "write https://host[:port]/path")
      return nil
    }
    guard url.isSecure || url.isLoopback || key == "proxy" else {
      section.refuse(
        key, text.place, "is not https", "write https://, or http:// to 127.0.0.1 only",
        code: .insecureEndpoint)
      return nil
    }
    return url
  }

  static func schema(_ root: Section) -> ClosedRange<SchemaVersion>? {
    versions(root, "schema")
  }

  static func versions(_ root: Section, _ name: String) -> ClosedRange<SchemaVersion>? {
    guard let section = root.section(name, keys: ["min", "max"]) else { return nil }
    func version(_ key: String) -> Placed<SchemaVersion>? {
      guard let text = section.text(key) else { return nil }
      let version = SchemaVersion(text.value)
      if version == nil {
        section.refuse(key, text.place, "is not a schema version", "write \"1.0.0\"")
      }
      return version.map { text.with($0) }
    }
    let low = version("min")
    let high = version("max")
    guard let low, let high else { return nil }
    guard low.value <= high.value else {
      section.refuse("max", high.place, "is below '\(name).min'", "exchange them")
      return nil
    }
    return low.value...high.value
  }

  static func acknowledgements(_ root: Section) -> Partner.Acknowledgements? {
    let keys = [
      "requested", "asynchronous", "change_executed_within_hours", "window_initial",
      "window_limit",
    ]
    guard let section = root.section("acknowledgements", keys: keys) else { return nil }
    let requested = section.words("requested", as: AcknowledgementKind.self)
    let limit = section.integer("window_limit", in: Limits.parallelDeliveries, default: 20)
    let initial = section.integer(
      "window_initial", in: Limits.parallelDeliveries, default: min(4, limit))
    if initial > limit {
      section.refuse(
        "window_initial", section.place(of: "window_initial"), "is above the limit",
        "write at most \(limit), the window_limit")
    }
    return Partner.Acknowledgements(
      requested: requested.map(\.value),
      asynchronous: section.flag("asynchronous", default: false),
      changeExecutedWithinHours: changeDeadline(section, requested.map(\.value)),
      windowInitial: initial, windowLimit: limit)
  }

  private static func changeDeadline(
    _ section: Section, _ requested: [AcknowledgementKind]
  ) -> Int? {
    let key = "change_executed_within_hours"
    guard section.has(key) else { return nil }
    let hours = section.integer(
      key, in: Limits.changeHours, default: Limits.changeHours.upperBound)
    if !requested.contains(.changeExecuted) {
      section.refuse(
        key, section.place(of: key), "waits for what is not requested",
        "add \"change-executed\" to 'requested', or remove it", code: .contradiction)
    }
    return hours
  }
}

/// A token of RFC 9110, section 5.6.2, of letters, digits and "-" only.
private func isFieldName(_ text: String) -> Bool {
  (1...64).contains(text.utf8.count)
    && text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == 0x2D
    }
}

private func isObjectIdentifier(_ text: String) -> Bool {
  let arcs = text.split(separator: ".", omittingEmptySubsequences: false)
  return (2...32).contains(arcs.count)
    && arcs.allSatisfy { arc in UInt64(arc).map { String($0) == arc } ?? false }
}
