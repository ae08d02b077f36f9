/// Versions of a policy, hubs, examples: what a configuration folder may say of them.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals
import Register
import Testing

private let main = "policies.d/police.toml"
private let later = "policies.d/police.d/2.toml"

private func next(_ day: String = "2027-01-01", version: String = "2.0.0") -> String {
  Fixture.policy.replacing("2026-01-01", with: day).replacing("\"1.0.0\"", with: "\"\(version)\"")
}

private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(iso: text)) }

@Test func `keeps every version and finds the one of a day`() throws {
  let fixture = try Fixture()
  try fixture.folder("policies.d/police.d")
  try fixture.write(later, next())
  let versions = try #require(try fixture.load().get().policies["police"])
  #expect(versions.all.map(\.version) == ["1.0.0", "2.0.0"])
  #expect(versions.inForce(on: try day("2025-12-31")) == nil)
  #expect(versions.deciding(on: try day("2025-12-31")).version == "1.0.0")
  #expect(versions.inForce(on: try day("2026-12-31"))?.version == "1.0.0")
  #expect(versions.next(after: try day("2026-12-31"))?.version == "2.0.0")
  #expect(versions.inForce(on: try day("2027-01-01"))?.version == "2.0.0")
  #expect(versions.next(after: try day("2027-01-01")) == nil)
  #expect(versions.all.map(\.file) == [main, later])
}

@Test func `refuses versions that begin together or share a name`() throws {
  let fixture = try Fixture()
  try fixture.folder("policies.d/police.d")
  try fixture.write(later, next("2026-01-01"))
  #expect(fixture.findings() == ["contradiction \(later):6:14"])
  try fixture.write(later, next(version: "1.0.0"))
  #expect(fixture.findings() == ["contradiction \(later):2:11"])
}

@Test func `refuses a version of another partner, and one that nobody has`() throws {
  let fixture = try Fixture()
  try fixture.folder("policies.d/police.d")
  try fixture.write(later, next().replacing("\"police\"", with: "\"zebra\""))
  #expect(
    Set(fixture.findings()) == [
      "name-mismatch \(later):1:11", "policy-without-partner \(later):1:11",
    ])
}

@Test func `refuses an author who approves`() throws {
  let fixture = try Fixture()
  try fixture.edit(main, "\"B. Approver\"", "\"A. Author\"")
  #expect(fixture.findings() == ["contradiction \(main):4:12"])
}

@Test func `takes no handling code for agreed but H0`() throws {
  let fixture = try Fixture()
  #expect(try fixture.load().get().policies["police"]?.all.first?.handlingCodes == [.unrestricted])
  try fixture.edit(main, "hide_suspects", "handling_codes = [\"H1\", \"H2\"]\nhide_suspects")
  #expect(
    try fixture.load().get().policies["police"]?.all.first?.handlingCodes
      == [.notInCourt, .notPassedOn])
  try fixture.edit(main, "\"H1\", \"H2\"", "\"H4\"")
  #expect(fixture.findings() == ["bad-value \(main):12:19"])
}

/// A partner abroad that only a hub reaches.
private func reached(_ fixture: Fixture, identity: String = "2000", traits: String = "hub") throws {
  try fixture.edit(
    "partners.d/police.toml", "[\"law-enforcement\"]", "[\"law-enforcement\", \"\(traits)\"]")
  try fixture.write(
    "partners.d/abroad.toml",
    Fixture.partner.replacing("\"police\"", with: "\"abroad\"")
      .replacing("000000002000", with: "00000000\(identity)"))
  try fixture.write(
    "policies.d/abroad.toml",
    Fixture.policy.replacing("\"police\"", with: "\"abroad\"")
      .replacing("hide_suspects", with: "via = \"police\"\nhide_suspects"))
}

@Test func `lets a partner stand behind a hub with the hub's identity`() throws {
  let fixture = try Fixture()
  try reached(fixture)
  #expect(fixture.findings() == [])
  #expect(try fixture.load().get().policies["abroad"]?.all.first?.via?.text == "police")
}

@Test func `refuses a hub that is none, and an identity that is not the hub's`() throws {
  let fixture = try Fixture()
  try reached(fixture, traits: "foreign")
  #expect(fixture.findings() == ["contradiction policies.d/abroad.toml:12:7"])
  let other = try Fixture()
  try reached(other, identity: "3000")
  #expect(other.findings() == ["contradiction policies.d/abroad.toml:12:7"])
}

@Test func `reads policies and partners of a folder without their keys`() throws {
  let fixture = try Fixture()
  for file in ["root.pem", "root.crl", "signer.key", "gateway.toml"] { try fixture.remove(file) }
  let folder = try PolicyFolder.read(fixture.folder, knownKinds: ["TRAFFICKING_SIGNAL"]).get()
  #expect(folder.policies["police"]?.all.count == 1)
  let police = try #require(folder.addressees["police"])
  #expect(police.traits == [.lawEnforcement] && police.requested == [.receipt, .acceptance])
  #expect(police.identity.oin?.text == "00000099000000002000" && police.dutyPhone == nil)
}
