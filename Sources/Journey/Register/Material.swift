/// The files of a configuration: documents, certificates, keys and revocation lists.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import TOML

/// One file read as TOML.
struct ConfigurationDocument {
  /// Relative to the configuration folder.
  let file: String
  let octets: [UInt8]
  let table: [String: TOMLValue]
  /// The file's name without folder and ending.
  let stem: String

  var start: ConfigurationPlace { ConfigurationPlace(file: file, line: 1, column: 1) }
}

/// Reads files for one load; what cannot be read becomes a finding.
struct Material {
  let folder: String
  let findings: Findings
  /// Documents that are not in the folder, by their place in it.
  var additions: [String: [UInt8]] = [:]

  func path(_ name: String) -> String { name.hasPrefix("/") ? name : folder + "/" + name }

  func document(_ file: String) -> ConfigurationDocument? {
    let octets: [UInt8]
    do {
      octets = try Files.read(path(file), limit: Limits.configurationOctets)
    } catch {
      findings.add(
        .unreadable, at: ConfigurationPlace(file: file, line: 1, column: 1),
        "cannot be read: \(error.reason)", "give the service a readable file there")
      return nil
    }
    return Self.document(octets, file: file, findings)
  }

  static func document(
    _ octets: [UInt8], file: String, _ findings: Findings
  ) -> ConfigurationDocument? {
    let name = file.split(separator: "/").last ?? ""
    let stem = name.hasSuffix(".toml") ? String(name.dropLast(5)) : String(name)
    do {
      guard case .table(let table) = try readTOML(octets).kind else { return nil }
      return ConfigurationDocument(file: file, octets: octets, table: table, stem: stem)
    } catch {
      findings.add(
        .syntax, at: ConfigurationPlace(file: file, line: error.line, column: error.column),
        "is not TOML: \(printable(error.reason))", "mend the syntax at this place")
      return nil
    }
  }

  /// The `.toml` files of a folder, by name; files that begin with a dot are left alone.
  func documents(in name: String, required: Bool = true) -> [ConfigurationDocument] {
    guard required || Files.exists(path(name)) else { return [] }
    do {
      let names = try Files.list(path(name)).filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }
      if names.count > Limits.partners {
        findings.add(
          .badValue, at: ConfigurationPlace(file: name, line: 1, column: 1),
          "holds \(names.count) files", "at most \(Limits.partners) are read")
      }
      let added = additions.keys.filter { $0.hasPrefix(name + "/") }.sorted()
      return names.prefix(Limits.partners).compactMap { document(name + "/" + $0) }
        + added.compactMap { Self.document(additions[$0] ?? [], file: $0, findings) }
    } catch {
      findings.add(
        .unreadable, at: ConfigurationPlace(file: name, line: 1, column: 1),
        "cannot be read: \(error.reason)", "make the folder, readable by the service")
      return []
    }
  }

  /// policies.d/<code>.toml and the versions beside them, policies.d/<code>.d/*.toml; `stem` is the
  /// partner's code in both.
  func policyDocuments() -> [ConfigurationDocument] {
    let main = documents(in: "policies.d")
    let folders = ((try? Files.list(path("policies.d"))) ?? [])
      .filter { $0.hasSuffix(".d") && !$0.hasPrefix(".") }
    return main
      + folders.flatMap { name in
        documents(in: "policies.d/" + name).map { version in
          ConfigurationDocument(
            file: version.file, octets: version.octets, table: version.table,
            stem: String(name.dropLast(2)))
        }
      }
  }

  /// One policy by itself; a version's stem is that of its folder, <code>.d.
  static func policyDocument(_ octets: [UInt8], file: String, _ findings: Findings)
    -> ConfigurationDocument?
  {
    guard let document = document(octets, file: file, findings) else { return nil }
    let folder = file.split(separator: "/").dropLast().last ?? ""
    guard folder.hasSuffix(".d"), folder != "policies.d" else { return document }
    return ConfigurationDocument(
      file: file, octets: octets, table: document.table, stem: String(folder.dropLast(2)))
  }

  private func octets(_ section: Section, _ key: String, _ path: Placed<String>, limit: Int)
    -> [UInt8]?
  {
    do {
      return try Files.read(self.path(path.value), limit: limit)
    } catch {
      let problem = "names '\(printable(path.value))', which cannot be read: \(error.reason)"
      section.refuse(
        key, path.place, problem, "give the service a readable file there", code: .unreadable)
      return nil
    }
  }

  /// Certificates of the PEM file that `key` names, at least one.
  func certificates(_ section: Section, _ key: String, required: Bool) -> Placed<[Certificate]>? {
    guard let path = section.text(key, required: required),
      let octets = octets(section, key, path, limit: Limits.certificateFileOctets)
    else { return nil }
    let all = try? Certificate.all(pem: octets)
    guard let all, !all.isEmpty else {
      section.refuse(
        key, path.place, "holds no certificate that can be read", "write PEM certificates",
        code: .unreadable)
      return nil
    }
    return path.with(all)
  }

  private func privateKey(_ section: Section, _ key: String) -> Placed<PrivateKey>? {
    guard let path = section.text(key),
      let octets = octets(section, key, path, limit: Limits.keyFileOctets)
    else { return nil }
    guard let loaded = try? PrivateKey(pem: octets) else {
      section.refuse(
        key, path.place, "holds no private key that can be read",
        "write an unencrypted PEM key, PKCS #8", code: .unreadable)
      return nil
    }
    return path.with(loaded)
  }

  /// A chain with the key of its leaf.
  func keyPair(
    _ section: Section, certificate certificateKey: String, key keyKey: String,
    profile: Profile, now: Instant
  ) -> Placed<KeyPair>? {
    let certificates = certificates(section, certificateKey, required: true)
    let key = privateKey(section, keyKey)
    if let certificates {
      checkSamples(section, certificateKey, certificates, profile)
      checkDates(section, certificateKey, certificates.with([certificates.value[0]]), now)
    }
    guard let certificates, let key else { return nil }
    guard key.value.matches(certificates.value[0]) else {
      section.refuse(
        keyKey, key.place, "does not match the certificate",
        "name the key of the first certificate in '\(section.full(certificateKey))'",
        code: .keyMismatch)
      return nil
    }
    return certificates.with(KeyPair(certificates: certificates.value, key: key.value))
  }

  /// Sample keys are known to everyone, so they prove nothing.
  func checkSamples(
    _ section: Section, _ key: String, _ certificates: Placed<[Certificate]>, _ profile: Profile
  ) {
    if profile != .development, certificates.value.contains(where: \.isSample) {
      section.refuse(
        key, certificates.place, "holds a sample certificate",
        "use real certificates outside profile development", code: .sampleKey)
    }
  }

  /// Refuses when none of the certificates is valid now.
  func checkDates(
    _ section: Section, _ key: String, _ certificates: Placed<[Certificate]>, _ now: Instant
  ) {
    guard !certificates.value.contains(where: { $0.notBefore <= now && now <= $0.notAfter }),
      let last = certificates.value.max(by: { $0.notAfter < $1.notAfter })
    else { return }
    let problem =
      last.notAfter < now ? "expired at \(last.notAfter)" : "is valid from \(last.notBefore) only"
    section.refuse(
      key, certificates.place, problem, "replace the certificate", code: .expiredCertificate)
  }

  /// Lists in a PEM or DER file, or in every file of a folder, and where they stand.
  func revocationLists(_ section: Section, _ key: String, required: Bool)
    -> (RevocationFiles, [RevocationList])?
  {
    guard let path = section.text(key, required: required) else { return nil }
    let source = RevocationFiles(path: self.path(path.value))
    let files = source.files
    if files.isEmpty {
      section.refuse(
        key, path.place, "names an empty folder", "put the revocation lists there",
        code: .unreadable)
    }
    let lists = files.flatMap { file -> [RevocationList] in
      let named = path.with(path.value + file.dropFirst(source.path.count))
      guard let octets = octets(section, key, named, limit: Limits.revocationFileOctets) else {
        return []
      }
      if let lists = RevocationFiles.lists(of: octets) { return lists }
      section.refuse(
        key, path.place, "names '\(printable(named.value))', which is no revocation list",
        "write a list as PEM or DER", code: .unreadable)
      return []
    }
    return (source, lists)
  }
}
