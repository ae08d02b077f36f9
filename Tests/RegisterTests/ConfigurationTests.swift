/// Loading a configuration: its values, and each error by its place.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Platform
import Register
import Testing

@Test func `loads a whole configuration into values`() throws {
  let fixture = try Fixture()
  let configuration = try fixture.load().get()
  #expect(configuration.profile == .development)
  #expect(configuration.generation == 3)
  #expect(configuration.identity.source == "urn:nld:oin:00000099000000001000:systeem:referrals")
  #expect(configuration.store.keyFile == fixture.folder + "/store.key")
  #expect(configuration.admin.socket == "/run/referral-gateway/admin.sock")
  #expect(configuration.admin.mode == 0o660)
  #expect(configuration.signingKeys.map(\.name) == ["first", "second"])
  #expect(configuration.retryScale == 1)
  #expect(configuration.answerScale == 1)
  let code = try #require(PartnerCode("police"))
  let partner = try #require(configuration.partner(code))
  #expect(partner.isEnabled && partner.traits == [.lawEnforcement])
  #expect(partner.signing.key.name == "first")
  #expect(partner.signing.headerName == "Payload-Signature")
  #expect(partner.revocation.lists.count == 1 && partner.revocation.graceHours == 24)
  #expect(partner.route == .direct)
  #expect(partner.acknowledgements.windowInitial == 4)
  #expect(partner.acknowledgements.windowLimit == 20)
  #expect(partner.digest == SHA256Digest(of: Array(Fixture.partner.utf8)))
  let policy = try #require(configuration.policies["police"]?.all.first)
  #expect(policy.digest == SHA256Digest(of: Array(Fixture.policy.utf8)))
  #expect(policy.fields.map(\.action) == [.remove])
  #expect(policy.deidentified.map(\.action) == [.ageBand])
  #expect(policy.validFrom.description == "2026-01-01")
  let identity = try #require(PartnerIdentity("urn:nld:oin:00000099000000002000:systeem:x"))
  #expect(configuration.partner(identity)?.code == code)
}

@Test func `a partner may have its own key, client certificate and way`() throws {
  let fixture = try Fixture()
  let file = "partners.d/police.toml"
  try fixture.edit(file, "algorithm = \"ES256\"", "algorithm = \"PS256\"\nkey = \"second\"")
  try fixture.edit(
    file, "[signing]",
    "client_certificate = \"rsa.pem\"\nclient_key = \"rsa.key\"\n[route]\nvia = \"fsc-outway\"\n"
      + "outway = \"http://127.0.0.1:8080\"\ngrant_hash = \"$1$3$abc\"\n[signing]")
  let partner = try #require(try fixture.load().get().partners.first)
  #expect(partner.signing.key.name == "second")
  #expect(partner.tls.client?.certificates.count == 1)
  guard case .fscOutway(let outway, let hash) = partner.route else {
    Issue.record("another way")
    return
  }
  #expect(outway.port == 8080 && hash == "$1$3$abc")
}

@Test func `names all errors at once, sorted by place`() throws {
  let fixture = try Fixture()
  try fixture.edit("gateway.toml", "oin = \"00000099000000001000\"", "oin = \"12\"")
  try fixture.edit("gateway.toml", "system = ", "sytem = ")
  try fixture.edit("partners.d/police.toml", "https://", "http://")
  try fixture.edit("policies.d/police.toml", "\"full\"", "7")
  #expect(
    fixture.findings() == [
      "missing-key gateway.toml:2:1", "bad-value gateway.toml:3:7", "unknown-key gateway.toml:4:9",
      "insecure-endpoint partners.d/police.toml:5:12", "wrong-type policies.d/police.toml:9:10",
    ])
}

/// One edit of one file, and the one error it must bring.
private struct Case: Sendable, CustomTestStringConvertible {
  let file: String, old: String, new: String, finding: String
  let profile: Profile?
  var testDescription: String { finding + " <- " + new }

  init(
    _ file: String, _ old: String, _ new: String, _ finding: String, _ profile: Profile? = nil
  ) {
    self.file = file
    self.old = old
    self.new = new
    self.finding = finding
    self.profile = profile
  }
}

private let gateway = "gateway.toml"
private let partner = "partners.d/police.toml"
private let policy = "policies.d/police.toml"

@Test(arguments: [
  Case(gateway, "\"development\"", "\"developement\"", "bad-value gateway.toml:1:11"),
  Case(gateway, "profile = \"development\"", "", "missing-key gateway.toml:1:1"),
  Case(gateway, "profile = \"development\"", "profile =", "syntax gateway.toml:1:10"),
  Case(gateway, "system = \"referrals\"", "system = \"A B\"", "bad-value gateway.toml:4:10"),
  Case(gateway, "\"store.key\"", "\"none.key\"", "unreadable gateway.toml:8:12"),
  Case(gateway, "sock\"", "sock\"\nmode = \"0666\"", "bad-value gateway.toml:11:8"),
  Case(gateway, "folder = \"schemas\"", "folder = \"no\"", "unreadable gateway.toml:12:10"),
  Case(gateway, "\"second\"", "\"first\"", "bad-value gateway.toml:19:8"),
  Case(gateway, "\"signer.key\"", "\"client.key\"", "key-mismatch gateway.toml:17:7"),
  Case(gateway, "\"signer.key\"", "\"signer.pem\"", "unreadable gateway.toml:17:7"),
  Case(gateway, "\"ES256\"", "\"ES384\"", "algorithm-mismatch gateway.toml:15:13"),
  Case(gateway, "\"client.pem\"", "\"no.pem\"", "unreadable gateway.toml:24:22"),
  Case(
    gateway, "[tls]", "[delivery]\nretry_scale = 0.001\n[tls]", "bad-value gateway.toml:24:15"),
  Case(partner, "\"police\"", "\"Police\"", "bad-value partners.d/police.toml:1:8"),
  Case(partner, "\"law-enforcement\"", "\"law\"", "bad-value partners.d/police.toml:4:11"),
  Case(partner, "urn:nld:oin:0", "urn:oin:0", "bad-value partners.d/police.toml:3:12"),
  Case(partner, "localhost:", "a@localhost:", "bad-value partners.d/police.toml:5:12"),
  Case(partner, "\"en\"", "\"english\"", "bad-value partners.d/police.toml:6:20"),
  Case(partner, "\"sha256/A", "\"sha256/", "bad-value partners.d/police.toml:9:9"),
  Case(partner, "127.0.0.0/8", "127.0.0.1/8", "bad-value partners.d/police.toml:10:14"),
  Case(partner, "\"detached\"", "\"attached\"", "bad-value partners.d/police.toml:12:11"),
  Case(
    partner, "algorithm = \"ES256\"", "algorithm = \"ES384\"",
    "algorithm-mismatch partners.d/police.toml:13:13"),
  Case(partner, "x5c", "key = \"frist\"\nx5c", "bad-value partners.d/police.toml:14:7"),
  Case(partner, "[\"ES256\", \"PS256\"]", "[]", "bad-value partners.d/police.toml:15:10"),
  Case(partner, "mode = \"chain\"", "mode = \"pinned\"", "missing-key partners.d/police.toml:16:1"),
  Case(partner, "\"root.crl\"", "\"root.pem\"", "unreadable partners.d/police.toml:21:9"),
  Case(
    partner, "lists = ", "none_until = 2027-01-01\nlists = ",
    "contradiction partners.d/police.toml:21:14"),
  Case(
    partner, "lists = \"root.crl\"", "sources = [\"ftp://a/b\"]",
    "bad-value partners.d/police.toml:21:12"),
  Case(
    partner, "lists = \"root.crl\"", "sources = []", "bad-value partners.d/police.toml:21:11"),
  Case(
    partner, "lists = \"root.crl\"", "sources = [\"https://a/b.crl\"]",
    "missing-key partners.d/police.toml:19:1"),
  Case(
    partner, "lists = ", "source_anchors = \"root.pem\"\nlists = ",
    "contradiction partners.d/police.toml:21:18"),
  Case(
    partner, "lists = \"root.crl\"", "grace_hours = 1",
    "missing-key partners.d/police.toml:19:1"),
  Case(partner, "\"1.2.0\"", "\"0.9.0\"", "bad-value partners.d/police.toml:24:7"),
  Case(partner, "\"acceptance\"", "\"acceptence\"", "bad-value partners.d/police.toml:26:25"),
  Case(
    partner, "[schema]",
    "[route]\nvia = \"fsc-outway\"\noutway = \"http://10.0.0.1\"\n"
      + "grant_hash = \"x\"\n[schema]", "insecure-endpoint partners.d/police.toml:24:10"),
  Case(
    partner, "[schema]", "[route]\nvia = \"direct\"\nproxy = \"http://p:1\"\n[schema]",
    "contradiction partners.d/police.toml:24:9"),
  Case(policy, "TRAFFICKING_", "TRAFICKING_", "bad-value policies.d/police.toml:7:10"),
  Case(policy, "2026-01-01", "\"2026-02-30\"", "bad-value policies.d/police.toml:6:14"),
  Case(policy, "\"deidentified\"", "\"show\"", "bad-value policies.d/police.toml:10:19"),
  Case(policy, "\"/persons/*/health\"", "\"persons\"", "bad-value policies.d/police.toml:15:11"),
  Case(policy, "\"remove\"", "\"delete\"", "bad-value policies.d/police.toml:16:10"),
  Case(policy, "rule = \"R19\"\n", "", "missing-key policies.d/police.toml:14:1"),
])
private func `refuses one wrong value with its place`(wrong: Case) throws {
  let fixture = try Fixture()
  try fixture.edit(wrong.file, wrong.old, wrong.new)
  let own = fixture.findings(wrong.profile).filter {
    !$0.hasPrefix("partner-without-policy") && !$0.hasPrefix("policy-without-partner")
  }
  #expect(own.first == wrong.finding)
  #expect(own.count == 1 || wrong.finding.hasPrefix("syntax"), "\(own)")
}

@Test func `suggests the key that was meant`() throws {
  let fixture = try Fixture()
  try fixture.edit("partners.d/police.toml", "name = \"N", "duty_phnoe = \"1\"\nname = \"N")
  #expect(
    fixture.errors().map(\.description) == [
      "partners.d/police.toml:2:14: unknown key 'duty_phnoe'; did you mean 'duty_phone'?"
    ])
}

@Test func `refuses certificates that are not valid now, except of disabled partners`() throws {
  let fixture = try Fixture()
  let later = Fixture.now.adding(seconds: 20 * 365 * 86_400)
  #expect(
    fixture.findings(now: later) == [
      "expired-certificate gateway.toml:16:15", "expired-certificate gateway.toml:21:15",
      "expired-certificate gateway.toml:24:22", "expired-certificate partners.d/police.toml:8:11",
      "expired-certificate partners.d/police.toml:18:11",
    ])
  try fixture.edit("partners.d/police.toml", "name = \"N", "enabled = false\nname = \"N")
  #expect(!fixture.findings(now: later).contains { $0.contains("partners.d") })
}

@Test func `refuses sample keys outside development`() throws {
  let fixture = try Fixture()
  try fixture.edit("gateway.toml", "\"client.pem\"", "\"sample.pem\"")
  try fixture.edit("gateway.toml", "\"client.key\"", "\"sample.key\"")
  #expect(fixture.findings().isEmpty)
  #expect(fixture.findings(.acceptance) == ["sample-key gateway.toml:24:22"])
}

@Test func `refuses test OINs and shortened waits in production`() throws {
  let fixture = try Fixture()
  try fixture.edit("gateway.toml", "[tls]", "[delivery]\nretry_scale = 0.5\n[tls]")
  #expect(try fixture.load().get().retryScale == 0.5)
  #expect(fixture.findings(.acceptance) == ["contradiction gateway.toml:24:15"])
  #expect(
    fixture.findings(.production) == [
      "test-identity gateway.toml:3:7", "contradiction gateway.toml:24:15",
      "test-identity partners.d/police.toml:3:12",
    ])
}

@Test func `refuses a shortened time for receipts outside development`() throws {
  let fixture = try Fixture()
  try fixture.edit("gateway.toml", "[tls]", "[delivery]\nanswer_scale = 0.25\n[tls]")
  #expect(try fixture.load().get().answerScale == 0.25)
  #expect(fixture.findings(.acceptance) == ["contradiction gateway.toml:24:16"])
  try fixture.edit("gateway.toml", "answer_scale = 0.25", "answer_scale = 0.01")
  #expect(fixture.findings() == ["bad-value gateway.toml:24:16"])
}

@Test func `a door for acknowledgements has a certificate, and perhaps an address`() throws {
  let fixture = try Fixture()
  #expect(try fixture.load().get().inbound == nil)
  let door = "[inbound]\ncertificate = \"client.pem\"\nkey = \"client.key\"\n"
  try fixture.edit("gateway.toml", "[tls]", door + "[tls]")
  #expect(try fixture.load().get().inbound?.listen == nil, "systemd has the socket")
  try fixture.edit("gateway.toml", "[inbound]", "[inbound]\nlisten = \"[::1]:443\"")
  let inbound = try #require(try fixture.load().get().inbound)
  #expect(inbound.listen?.host == "::1" && inbound.listen?.port == 443)
  try fixture.edit("gateway.toml", "\"[::1]:443\"", "\"here\"")
  #expect(fixture.findings() == ["bad-value gateway.toml:24:10"])
  try fixture.edit("gateway.toml", "listen = \"here\"\n", "")
  try fixture.edit("gateway.toml", "certificate = \"client.pem\"\nkey", "key")
  #expect(fixture.findings().first?.hasPrefix("missing-key gateway.toml:23") == true)
}

@Test func `nobody waits for a change that is not asked for`() throws {
  let fixture = try Fixture()
  let file = "partners.d/police.toml"
  try fixture.edit(
    file, "[acknowledgements]", "[acknowledgements]\nchange_executed_within_hours = 24")
  #expect(fixture.findings() == ["contradiction partners.d/police.toml:26:32"])
  try fixture.edit(file, "\"acceptance\"]", "\"acceptance\", \"change-executed\"]")
  let partner = try #require(try fixture.load().get().partners.first)
  #expect(partner.acknowledgements.changeExecutedWithinHours == 24)
  try fixture.edit(file, "hours = 24", "hours = 0")
  #expect(fixture.findings() == ["bad-value partners.d/police.toml:26:32"])
}

@Test func `no revocation needs an end outside development, and the end comes`() throws {
  let fixture = try Fixture()
  let file = "partners.d/police.toml"
  try fixture.edit(file, "mode = \"crl\"\nlists = \"root.crl\"\n", "mode = \"none\"\n")
  #expect(fixture.findings().isEmpty)
  #expect(fixture.findings(.acceptance) == ["missing-key partners.d/police.toml:19:1"])
  try fixture.edit(file, "mode = \"none\"", "mode = \"none\"\nnone_until = 2020-01-01")
  #expect(fixture.findings(.acceptance) == ["bad-value partners.d/police.toml:21:14"])
}

@Test func `lists may be fetched, lie there, or both`() throws {
  let fixture = try Fixture()
  let file = "partners.d/police.toml"
  try fixture.edit(
    file, "lists = \"root.crl\"",
    "lists = \"root.crl\"\nsources = [\"http://crl.example/root.crl\", \"https://[::1]:8443/b\"]\n"
      + "source_anchors = \"root.pem\"")
  let both = try #require(try fixture.load().get().partners.first).revocation
  #expect(both.lists.count == 1 && both.files != nil && both.sourceAnchors.count == 1)
  #expect(both.sources.map(\.host) == ["crl.example", "::1"])
  try fixture.edit(file, "lists = \"root.crl\"\n", "")
  let fetched = try #require(try fixture.load().get().partners.first).revocation
  #expect(fetched.lists.isEmpty && fetched.files == nil && fetched.sources.count == 2)
}

@Test func `judges files that are not in the folder as if they were`() throws {
  let fixture = try Fixture()
  try fixture.remove("partners.d/police.toml")
  let added = ["partners.d/police.toml": Array(Fixture.partner.utf8)]
  func load(_ additions: [String: [UInt8]]) -> Result<Configuration, ConfigurationErrors> {
    Configuration.load(
      folder: fixture.folder, adding: additions, knownKinds: ["TRAFFICKING_SIGNAL"],
      now: Fixture.now)
  }
  #expect(try load(added).get().partners.map(\.code.text) == ["police"])
  let broken = ["partners.d/police.toml": Array("code = 1".utf8)]
  guard case .failure(let found) = load(broken) else {
    Issue.record("taken")
    return
  }
  #expect(found.errors.contains { $0.place.file == "partners.d/police.toml" })
}

@Test func `reads revocation lists from a folder`() throws {
  let fixture = try Fixture()
  try fixture.edit("partners.d/police.toml", "\"root.crl\"", "\"schemas\"")
  #expect(fixture.findings() == ["unreadable partners.d/police.toml:21:9"])
}

@Test func `refuses a second partner of the same code and identity`() throws {
  let fixture = try Fixture()
  try fixture.write("partners.d/zebra.toml", Fixture.partner)
  #expect(
    Set(fixture.findings()) == [
      "name-mismatch partners.d/zebra.toml:1:8", "duplicate-code partners.d/zebra.toml:1:8",
      "duplicate-identity partners.d/zebra.toml:3:12",
    ])
}

@Test func `identities are compared on the OIN`() throws {
  let fixture = try Fixture()
  let other = Fixture.partner.replacing("\"police\"", with: "\"zebra\"")
    .replacing("2000\"", with: "2000:systeem:mail\"")
  try fixture.write("partners.d/zebra.toml", other)
  try fixture.write(
    "policies.d/zebra.toml", Fixture.policy.replacing("\"police\"", with: "\"zebra\""))
  #expect(fixture.findings() == ["duplicate-identity partners.d/zebra.toml:3:12"])
}

@Test func `refuses a partner without policy and a policy without partner`() throws {
  let fixture = try Fixture()
  try fixture.remove("policies.d/police.toml")
  try fixture.write(
    "policies.d/zebra.toml", Fixture.policy.replacing("\"police\"", with: "\"zebra\""))
  #expect(
    fixture.findings() == [
      "partner-without-policy partners.d/police.toml:1:8",
      "policy-without-partner policies.d/zebra.toml:1:11",
    ])
}

@Test func `refuses a folder without its files`() throws {
  let fixture = try Fixture()
  try fixture.remove("gateway.toml")
  try fixture.remove("policies.d")
  #expect(
    fixture.findings() == [
      "unreadable gateway.toml:1:1", "partner-without-policy partners.d/police.toml:1:8",
      "unreadable policies.d:1:1",
    ])
}
