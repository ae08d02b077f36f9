/// The partner's configuration file to settings, with every error in it at once.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Reception
import Register
import Signing
import TOML
import Wire

struct SettingsFile {
  private let problems: SettingsProblems
  /// Of the file; relative paths start here.
  private let folder: String

  private static let fileOctets = 1_048_576
  private static let revocationFileOctets = 16_777_216

  static func read(_ path: String) -> Result<ReceptionSettings, SettingsErrors> {
    let problems = SettingsProblems(file: path)
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    let reader = SettingsFile(problems: problems, folder: folder)
    let table: [String: TOMLValue]
    do {
      let octets = try Files.read(path, limit: fileOctets)
      guard case .table(let root) = try readTOML(octets).kind else {
        return .failure(problems.errors)
      }
      table = root
    } catch let error as FileError {
      problems.add(1, 1, error.reason)
      return .failure(problems.errors)
    } catch let error as TOMLError {
      problems.add(error.line, error.column, Printable.text(error.reason, limitCharacters: 200))
      return .failure(problems.errors)
    } catch {
      return .failure(problems.errors)
    }
    guard let settings = reader.settings(table), problems.isEmpty else {
      return .failure(problems.errors)
    }
    return .success(settings)
  }

  private func settings(_ values: [String: TOMLValue]) -> ReceptionSettings? {
    let root = SettingsTable(
      values, name: "", line: 1, column: 1,
      keys: [
        "identity", "name", "listen", "state", "admin_socket", "schemas", "schema_max",
        "exercise_only", "tls", "signing", "sender", "gateway",
      ], problems: problems)
    let identity = root.value("identity", "urn:nld:oin:<OIN>", PartnerIdentity.init)
    _ = root.text("name")
    let address = root.value("listen", "an address and a port, \"127.0.0.1:9441\"",
      ListenAddress.init)
    let state = root.text("state").map { path($0.value) }
    let socket = root.text("admin_socket", required: false).map { path($0.value) }
    let schemas = schemas(root)
    let tls = tls(root)
    let signing = signing(root, identity?.value)
    let sender = sender(root)
    let exerciseOnly = root.flag("exercise_only", default: true)
    let gateway = gateway(root)
    guard let identity, let address, let state, let schemas, let tls, let signing, let sender
    else { return nil }
    return ReceptionSettings(
      identity: identity.value,
      listener: .init(address: address.value.host, port: address.value.port, tls: tls),
      adminSocket: socket, stateFolder: state, signing: signing, sender: sender.identity,
      trust: sender.trust, schemas: schemas, exerciseOnly: exerciseOnly, gateway: gateway)
  }

  private func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }

  private func schemas(_ root: SettingsTable) -> WireSchemas? {
    guard let name = root.text("schemas") else { return nil }
    let all: WireSchemas
    do {
      all = try SchemaFolder.load(path(name.value)).wire
    } catch {
      root.refuse("schemas", name, "cannot be loaded: \(error.path): \(error.reason)")
      return nil
    }
    guard let newest = root.text("schema_max", required: false) else { return all }
    guard all.referralVersions.contains(newest.value) else {
      root.refuse(
        "schema_max", newest, "is none of \(all.referralVersions.joined(separator: ", "))")
      return nil
    }
    return all.upTo(newest.value)
  }

  private func tls(_ root: SettingsTable) -> TLSServerContext? {
    guard let section = root.table("tls", keys: ["certificate", "key", "client_anchors"]) else {
      return nil
    }
    let pair = keyPair(section)
    let anchors = certificates(section, "client_anchors")
    guard let pair, let anchors else { return nil }
    do {
      return try TLSServerContext(
        certificates: pair.certificates.value, key: pair.key, clientAnchors: anchors.value)
    } catch {
      section.refuse("certificate", pair.certificates, "is not usable for TLS: \(error.reason)")
      return nil
    }
  }

  private func signing(_ root: SettingsTable, _ identity: PartnerIdentity?) -> SigningIdentity? {
    guard let section = root.table("signing", keys: ["certificate", "key", "algorithm"]) else {
      return nil
    }
    let pair = keyPair(section)
    let algorithm = section.value(
      "algorithm", "one of \(Self.algorithms)", SignatureAlgorithm.init(rawValue:))
    guard let pair, let algorithm else { return nil }
    if let identity, !identity.isSubject(of: pair.certificates.value[0]) {
      section.refuse("certificate", pair.certificates, "does not name 'identity'")
    }
    do {
      return try SigningIdentity(
        key: pair.key, certificates: pair.certificates.value, algorithm: algorithm.value)
    } catch {
      section.refuse("algorithm", algorithm, "does not fit the key")
      return nil
    }
  }

  private func sender(_ root: SettingsTable) -> (identity: PartnerIdentity, trust: SignerTrust)? {
    let section = root.table(
      "sender",
      keys: [
        "identity", "anchors", "intermediates", "algorithms", "revocation_lists", "header_name",
      ])
    guard let section else { return nil }
    let identity = section.value("identity", "urn:nld:oin:<OIN>", PartnerIdentity.init)
    let anchors = certificates(section, "anchors")
    let intermediates = certificates(section, "intermediates", required: false)
    let accepted = algorithms(section)
    let lists = revocationLists(section)
    let header = section.text("header_name", required: false)
    guard let identity, let anchors, let accepted else { return nil }
    let inCertificate: SignerTrust.Identity =
      identity.value.oin.map { .oin($0.text) }
      ?? .organization(identity.value.organizationIdentifier ?? "")
    let trust = SignerTrust(
      algorithms: accepted, mode: .chain, anchors: anchors.value,
      intermediates: intermediates?.value ?? [], identity: inCertificate,
      revocationLists: lists ?? [], checksRevocation: lists != nil, extendedKeyUsages: [],
      headerNames: header.map { [$0.value] } ?? SignerTrust.defaultHeaderNames)
    return (identity.value, trust)
  }

  /// Where acknowledgements that come later are brought; nil without the table.
  private func gateway(_ root: SettingsTable) -> GatewayRoad? {
    let section = root.table(
      "gateway",
      keys: [
        "endpoint", "anchors", "certificate", "key", "change_executed_after_seconds",
        "fetches_attachments",
      ], required: false)
    guard let section else { return nil }
    let endpoint = section.value("endpoint", "an https URL") { text in
      ServiceURL(text).flatMap { $0.isSecure ? $0 : nil }
    }
    let anchors = certificates(section, "anchors")
    let pair = keyPair(section)
    let seconds = section.integer("change_executed_after_seconds", in: 0...86_400)
    guard let endpoint, let anchors, let pair else { return nil }
    let identity = TLSClientIdentity(
      certificates: pair.certificates.value, key: pair.key, anchors: anchors.value,
      pinnedPublicKeysSHA256: [], revocation: nil)
    let road = GatewayRoad(
      endpoint: endpoint.value, identity: identity, changesExecutedAfterSeconds: seconds,
      fetchesAttachments: section.flag("fetches_attachments", default: false))
    let example = UniversalID.v8(from: [UInt8](repeating: 0, count: 16))
    if road.fetchesAttachments, road.address(of: "a1", in: example) == nil {
      section.refuse("endpoint", endpoint, "must end in /v1/acknowledgements to fetch attachments")
    }
    return road
  }

  private static var algorithms: String {
    SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private func algorithms(_ section: SettingsTable) -> [SignatureAlgorithm]? {
    guard let names = section.texts("algorithms") else { return nil }
    let found = names.value.compactMap(SignatureAlgorithm.init(rawValue:))
    if found.count == names.value.count { return found }
    section.refuse("algorithms", names, "may hold \(Self.algorithms)")
    return nil
  }

  private func octets(
    _ section: SettingsTable, _ key: String, _ name: Setting<String>, limit: Int = fileOctets
  ) -> [UInt8]? {
    do {
      return try Files.read(path(name.value), limit: limit)
    } catch {
      section.refuse(key, name, "cannot be read: \(error.reason)")
      return nil
    }
  }

  private func certificates(_ section: SettingsTable, _ key: String, required: Bool = true)
    -> Setting<[Certificate]>?
  {
    guard let name = section.text(key, required: required),
      let octets = octets(section, key, name)
    else { return nil }
    guard let all = try? Certificate.all(pem: octets), !all.isEmpty else {
      section.refuse(key, name, "holds no certificate in PEM")
      return nil
    }
    return Setting(value: all, line: name.line, column: name.column)
  }

  private func keyPair(_ section: SettingsTable)
    -> (certificates: Setting<[Certificate]>, key: PrivateKey)?
  {
    let certificates = certificates(section, "certificate")
    guard let name = section.text("key"), let octets = octets(section, "key", name) else {
      return nil
    }
    guard let key = try? PrivateKey(pem: octets) else {
      section.refuse("key", name, "holds no unencrypted private key in PEM")
      return nil
    }
    guard let certificates else { return nil }
    guard key.matches(certificates.value[0]) else {
      section.refuse("key", name, "does not match the certificate")
      return nil
    }
    return (certificates, key)
  }

  /// Lists in a file or in every file of a folder; nil where none are asked for.
  private func revocationLists(_ section: SettingsTable) -> [RevocationList]? {
    let key = "revocation_lists"
    guard let name = section.text(key, required: false) else { return nil }
    let names = try? Files.list(path(name.value)).filter { !$0.hasPrefix(".") }
    let files = names?.map { "\(name.value)/\($0)" } ?? [name.value]
    if files.isEmpty { section.refuse(key, name, "is an empty folder") }
    return files.flatMap { file -> [RevocationList] in
      let place = Setting(value: file, line: name.line, column: name.column)
      guard let octets = octets(section, key, place, limit: Self.revocationFileOctets) else {
        return []
      }
      if let lists = try? RevocationList.all(pem: octets), !lists.isEmpty { return lists }
      if let list = try? RevocationList(der: octets) { return [list] }
      section.refuse(key, place, "holds something that is no revocation list")
      return []
    }
  }
}
