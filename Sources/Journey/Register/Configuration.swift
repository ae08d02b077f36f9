/// The whole configuration as one value, loaded and checked at once.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
package import Platform

/// A key the gateway signs with.
package struct SigningKey: Sendable {
  package let name: String
  package let algorithm: SignatureAlgorithm
  /// Leaf first.
  package let certificates: [Certificate]
  package let key: PrivateKey
}

package struct Configuration: Sendable {
  package struct Store: Sendable, Equatable {
    /// Paths; the folder need not exist yet.
    package let folder: String, keyFile: String
  }
  package struct Admin: Sendable, Equatable {
    package let socket: String
    /// Permission bits of the socket.
    package let mode: UInt32
    /// Names of groups of the system; each role has one.
    package let groups: [AdminRole: String]
  }
  /// Where partners bring acknowledgements that come later.
  package struct Inbound: Sendable {
    /// Nil: the socket is handed over by systemd.
    package let listen: ListenAddress?
    /// What we show as ourselves.
    package let server: KeyPair
  }

  package let profile: Profile
  package let identity: GatewayIdentity
  package let store: Store
  package let admin: Admin
  /// Path of the case system's spool folder; nil where there is none.
  package let spool: String?
  /// Nil: nobody can bring anything later.
  package let inbound: Inbound?
  /// Path of the folder with the schemas.
  package let schemas: String
  package let signingKeys: [SigningKey]
  package let tlsClient: KeyPair
  /// Factor on every wait between attempts, 0.01 to 1; other than 1 in development only.
  package let retryScale: Double
  /// Factor on the time in which a receipt must come, 0.05 to 1; other than 1 in development only.
  package let answerScale: Double
  /// By code.
  package let partners: [Partner]
  /// By partner code; for each partner.
  package let policies: [String: PolicyVersions]
  /// By name; empty where every submission must name its recipients.
  package let routes: [Route]
  /// By name.
  package let projects: [Project]
  /// Counts loads since start; the caller gives it.
  package let generation: Int

  package func partner(_ code: PartnerCode) -> Partner? { partners.first { $0.code == code } }
  package func partner(_ identity: PartnerIdentity) -> Partner? {
    partners.first { $0.identity == identity }
  }
  /// Our identity is a test OIN, or the profile says so (rule R22).
  package var exercisesOnly: Bool { identity.oin.isTest || profile == .acceptance }
}

extension Configuration {
  /// Reads `gateway.toml`, `partners.d/*.toml`, `policies.d/*.toml` and `policies.d/*.d/*.toml` of
  /// `folder`, where they are there `routes.d/*.toml` and `projects.d/*.toml`, and every file that
  /// they name; relative paths stand for files in `folder`.
  ///
  /// - Parameters:
  ///   - additions: files that count as if they stood in the folder, by their place in it.
  ///   - knownKinds: wire words of the kinds that policies may name.
  ///   - profile: in place of the file's.
  ///   - now: certificates must be valid at this moment.
  ///   - needsStoreKey: false where only the service itself sees that file.
  package static func load(
    folder: String, adding additions: [String: [UInt8]] = [:], knownKinds: [String],
    profile: Profile? = nil, now: Instant, generation: Int = 1, needsStoreKey: Bool = true
  ) -> Result<Configuration, ConfigurationErrors> {
    let findings = Findings()
    let material = Material(folder: folder, findings: findings, additions: additions)
    let gateway = GatewayFile.read(
      material, profile: profile, now: now, needsStoreKey: needsStoreKey)
    let context = PartnerFile.Context(
      material: material, profile: gateway.profile, signingKeys: gateway.signingKeys,
      signingIsComplete: gateway.signingIsComplete, now: now)
    let partners = Drafts(
      entries: material.documents(in: "partners.d").map { PartnerFile.read($0, context) })
    let policies = Drafts(
      entries: material.policyDocuments().map {
        PolicyFile.read($0, knownKinds: knownKinds, findings)
      })
    compare(partners, policies, findings)
    PolicyComparison.compare(policies.entries, findings)
    PolicyComparison.compare(policies.values, partners.values.map(\.addressee), findings)
    let words = CodeWords(schemas: gateway.parts?.schemas, kinds: knownKinds)
    let known = partners.entries.compactMap { $0.code?.value.text }
    let routes = material.documents(in: "routes.d", required: false).flatMap {
      RouteFile.read($0, words, findings)
    }
    RouteFile.compare(routes, partners: known, findings)
    let projects = material.documents(in: "projects.d", required: false).compactMap {
      ProjectFile.read($0, words, kinds: knownKinds, findings)
    }
    ProjectFile.compare(projects, partners: known, findings)
    guard findings.errors.isEmpty, let parts = gateway.parts else {
      return .failure(
        ConfigurationErrors(errors: findings.errors.sorted { $0.place < $1.place }))
    }
    return .success(
      Configuration(
        profile: gateway.profile, identity: parts.identity, store: parts.store,
        admin: parts.admin, spool: parts.spool, inbound: parts.inbound, schemas: parts.schemas,
        signingKeys: gateway.signingKeys,
        tlsClient: parts.tlsClient, retryScale: parts.retryScale, answerScale: parts.answerScale,
        partners: partners.values.sorted { $0.code < $1.code },
        policies: PolicyComparison.versions(policies.values),
        routes: routes.map(\.route.value).sorted { $0.name < $1.name },
        projects: projects.map(\.project.value).sorted { $0.name < $1.name },
        generation: generation))
  }

  /// What only shows when all files are seen together.
  private static func compare(
    _ partners: Drafts<Partner>, _ policies: Drafts<Policy>, _ findings: Findings
  ) {
    // Who is reached through a hub is addressed as the hub (PolicyComparison).
    let reached = Set(policies.values.filter { $0.via != nil }.map(\.partner))
    for (index, entry) in partners.entries.enumerated() {
      let before = partners.entries[..<index]
      let isReached = { (draft: Draft<Partner>) in
        draft.code.map { reached.contains($0.value) } ?? false
      }
      if let code = entry.code, let other = before.first(where: { $0.code?.value == code.value }) {
        findings.add(
          .duplicateCode, at: code.place, "the code '\(code.value)' is used twice",
          "it stands in \(other.file) too; give each partner its own")
      }
      if !isReached(entry), let identity = entry.identity,
        let other = before.first(where: {
          $0.identity?.value == identity.value && !isReached($0)
        })
      {
        findings.add(
          .duplicateIdentity, at: identity.place, "the identity is used twice",
          "it stands in \(other.file) too; one organisation is one partner")
      }
      if let code = entry.code, !policies.entries.contains(where: { $0.code?.value == code.value })
      {
        findings.add(
          .partnerWithoutPolicy, at: code.place, "partner '\(code.value)' has no policy",
          "add policies.d/\(code.value).toml with partner = \"\(code.value)\"")
      }
    }
    for entry in policies.entries {
      guard let code = entry.code else { continue }
      if !partners.entries.contains(where: { $0.code?.value == code.value }) {
        findings.add(
          .policyWithoutPartner, at: code.place, "there is no partner '\(code.value)'",
          "add partners.d/\(code.value).toml or remove this policy")
      }
    }
  }
}

/// What was read of a file, whole or not: names are compared even where the rest is wrong.
struct Draft<Value> {
  let file: String
  let code: Placed<PartnerCode>?
  let identity: Placed<PartnerIdentity>?
  let value: Value?
}

private struct Drafts<Value> {
  let entries: [Draft<Value>]
  var values: [Value] { entries.compactMap(\.value) }
}
