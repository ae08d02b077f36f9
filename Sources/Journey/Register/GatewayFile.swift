/// gateway.toml to values.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform

enum GatewayFile {
  /// What is read even where the rest is wrong, so that partner files can be checked against it.
  struct Reading {
    var profile: Profile
    var signingKeys: [SigningKey] = []
    /// False when a key of the file could not be read: partners are not blamed for it.
    var signingIsComplete = false
    /// Nil when something is missing; there is a finding then.
    var parts: Parts?
  }
  struct Parts {
    let identity: GatewayIdentity
    let store: Configuration.Store
    let admin: Configuration.Admin
    let spool: String?
    let inbound: Configuration.Inbound?
    let schemas: String
    let tlsClient: KeyPair
    let retryScale: Double
    let answerScale: Double
  }

  static func read(
    _ material: Material, profile override: Profile?, now: Instant, needsStoreKey: Bool
  ) -> Reading {
    guard let document = material.document("gateway.toml") else {
      return Reading(profile: override ?? .development)
    }
    let root = Section(
      document.table, name: "", place: document.start,
      keys: [
        "profile", "identity", "store", "admin", "spool", "inbound", "schemas", "signing", "tls",
        "delivery",
      ], findings: material.findings)
    // Without a profile the load fails; the mildest one brings no errors that follow from it.
    let written: Placed<Profile>? = root.word("profile")
    var reading = Reading(profile: override ?? written?.value ?? .development)
    readSigningKeys(root, material, &reading, now)
    let identity = readIdentity(root, reading.profile)
    let store = readStore(root, material, needsKey: needsStoreKey)
    let admin = readAdmin(root, material)
    let spool = root.section("spool", keys: ["path"], required: false)?.text("path")
    let inbound = readInbound(root, material, reading.profile, now)
    let schemas = readSchemas(root, material)
    let client = root.section("tls", keys: ["client_certificate", "client_key"]).flatMap {
      material.keyPair(
        $0, certificate: "client_certificate", key: "client_key", profile: reading.profile,
        now: now)
    }
    let scales = readScales(root, reading.profile)
    if let identity, let store, let admin, let schemas, let client {
      reading.parts = Parts(
        identity: identity, store: store, admin: admin,
        spool: spool.map { material.path($0.value) }, inbound: inbound, schemas: schemas,
        tlsClient: client.value, retryScale: scales.retry, answerScale: scales.answer)
    }
    return reading
  }

  private static func readIdentity(_ root: Section, _ profile: Profile) -> GatewayIdentity? {
    guard let section = root.section("identity", keys: ["oin", "system", "organisation"]) else {
      return nil
    }
    let oin = section.text("oin").flatMap { text -> OIN? in
      guard let oin = OIN(text.value) else {
        section.refuse("oin", text.place, "is not an OIN", "write its 20 positions")
        return nil
      }
      if profile == .production, oin.isTest {
        section.refuse(
          "oin", text.place, "is a test OIN", "use the OIN given by Logius in production",
          code: .testIdentity)
      }
      return oin
    }
    let system = section.text("system").flatMap { text -> String? in
      if isSystemName(text.value) { return text.value }
      section.refuse("system", text.place, "is not a system name", "write a-z, 0-9 and '-'")
      return nil
    }
    let organisation = section.text("organisation")
    guard let oin, let system, let organisation else { return nil }
    return GatewayIdentity(oin: oin, system: system, organisation: organisation.value)
  }

  private static func readStore(_ root: Section, _ material: Material, needsKey: Bool)
    -> Configuration.Store?
  {
    guard let section = root.section("store", keys: ["path", "key_file"]) else { return nil }
    let folder = section.text("path")
    let keyFile = section.text("key_file")
    if let keyFile, needsKey, !Files.exists(material.path(keyFile.value)) {
      section.refuse(
        "key_file", keyFile.place, "names '\(printable(keyFile.value))', which does not exist",
        "make a key of 32 random octets there, mode 0400", code: .unreadable)
    }
    guard let folder, let keyFile else { return nil }
    return Configuration.Store(
      folder: material.path(folder.value), keyFile: material.path(keyFile.value))
  }

  private static func readAdmin(_ root: Section, _ material: Material) -> Configuration.Admin? {
    guard let section = root.section("admin", keys: ["socket", "mode", "groups"]) else {
      return nil
    }
    let socket = section.text("socket")
    var mode: UInt32 = 0o660
    if let text = section.text("mode", required: false) {
      if let bits = UInt32(text.value, radix: 8), bits <= 0o777, bits & 0o007 == 0 {
        mode = bits
      } else {
        section.refuse(
          "mode", text.place, "is not a mode for the admin socket",
          "write octal digits without rights for others, \"0660\"")
      }
    }
    let groups = readGroups(section)
    return socket.map {
      Configuration.Admin(socket: material.path($0.value), mode: mode, groups: groups)
    }
  }

  private static func readGroups(_ admin: Section) -> [AdminRole: String] {
    let roles = AdminRole.allCases
    let section = admin.section("groups", keys: roles.map(\.rawValue), required: false)
    let names = roles.map { role in
      section?.text(role.rawValue, required: false)?.value ?? role.standardGroup
    }
    return Dictionary(uniqueKeysWithValues: zip(roles, names))
  }

  private static func readInbound(
    _ root: Section, _ material: Material, _ profile: Profile, _ now: Instant
  ) -> Configuration.Inbound? {
    let keys = ["listen", "certificate", "key"]
    guard let section = root.section("inbound", keys: keys, required: false) else { return nil }
    let text = section.text("listen", required: false)
    let listen = text.flatMap { ListenAddress($0.value) }
    if let text, listen == nil {
      section.refuse(
        "listen", text.place, "is not an address and a port",
        "write \"192.0.2.1:443\" or \"[::]:443\", or leave it out and let systemd listen")
    }
    let server = material.keyPair(
      section, certificate: "certificate", key: "key", profile: profile, now: now)
    return server.map { Configuration.Inbound(listen: listen, server: $0.value) }
  }

  private static func readSchemas(_ root: Section, _ material: Material) -> String? {
    guard let section = root.section("schemas", keys: ["folder"]),
      let folder = section.text("folder")
    else { return nil }
    let path = material.path(folder.value)
    do {
      _ = try Files.list(path)
    } catch {
      let problem = "names '\(printable(folder.value))', which cannot be read: \(error.reason)"
      section.refuse(
        "folder", folder.place, problem, "name the folder with the schemas", code: .unreadable)
    }
    return path
  }

  private static func readSigningKeys(
    _ root: Section, _ material: Material, _ reading: inout Reading, _ now: Instant
  ) {
    guard let signing = root.section("signing", keys: ["key"]) else { return }
    let sections = signing.sections(
      "key", keys: ["name", "algorithm", "certificate", "key"], required: true)
    var names: Set<String> = []
    for section in sections {
      let name = section.text("name")
      if let name, !names.insert(name.value).inserted {
        section.refuse("name", name.place, "is used twice", "give each key its own name")
      }
      let algorithm: Placed<SignatureAlgorithm>? = section.word("algorithm")
      let pair = material.keyPair(
        section, certificate: "certificate", key: "key", profile: reading.profile, now: now)
      guard let name, let algorithm, let pair else { continue }
      guard pair.value.certificates[0].allows(algorithm.value) else {
        section.refuse(
          "algorithm", algorithm.place, "does not fit the key",
          "name the algorithm of this kind, size and curve of key", code: .algorithmMismatch)
        continue
      }
      reading.signingKeys.append(
        SigningKey(
          name: name.value, algorithm: algorithm.value, certificates: pair.value.certificates,
          key: pair.value.key))
    }
    reading.signingIsComplete = reading.signingKeys.count == sections.count && !sections.isEmpty
    if sections.isEmpty, signing.has("key") {
      signing.missing("key", "add at least one [[signing.key]]")
    }
  }

  private static func readScales(_ root: Section, _ profile: Profile)
    -> (retry: Double, answer: Double)
  {
    let keys = ["retry_scale", "answer_scale"]
    guard let section = root.section("delivery", keys: keys, required: false) else {
      return (1, 1)
    }
    func scale(_ key: String, in range: ClosedRange<Double>) -> Double {
      guard let scale = section.real(key, in: range) else { return 1 }
      if profile != .development, scale.value != 1 {
        section.refuse(
          key, scale.place, "shortens waits that partners rely on",
          "leave it out outside profile development", code: .contradiction)
      }
      return scale.value
    }
    return (scale("retry_scale", in: 0.01...1), scale("answer_scale", in: 0.05...1))
  }
}
