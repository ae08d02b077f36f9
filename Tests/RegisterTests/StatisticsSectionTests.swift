/// [statistics]: what a policy gives of the numbers of a quarter, and what a partner takes.
// SPDX-License-Identifier: Apache-2.0
import Referrals
import Register
import Testing

private let policy = "policies.d/police.toml"
private let partner = "partners.d/police.toml"

private func section(_ tables: String, _ basis: String = "\"EU-1@2024\"") -> String {
  "\n[statistics]\ntables = [\(tables)]\nlegal_basis = [\(basis)]\n"
}

private func fixture(_ section: String, purposes: String = "\"statistics\"") throws -> Fixture {
  let fixture = try Fixture()
  let text = Fixture.policy.replacing(
    /purposes = \[[^\]]*\]/, with: "purposes = [\(purposes)]")
  try fixture.write(policy, text + section)
  return fixture
}

private func codes(_ fixture: Fixture) -> [String] {
  fixture.findings().map { String($0.prefix { $0 != " " }) }
}

@Test func `gives no statistics without the section`() throws {
  let fixture = try Fixture()
  let configuration = try fixture.load().get()
  #expect(configuration.policies["police"]?.all.first?.statistics == nil)
  #expect(configuration.partners.first?.statistics == nil)
}

@Test func `reads tables in one order, and their ground`() throws {
  let fixture = try fixture(section("\"persons-by-gender\", \"referrals-by-kind\""))
  let read = try #require(try fixture.load().get().policies["police"]?.all.first?.statistics)
  #expect(read.tables == [.referralsByKind, .personsByGender])
  #expect(read.legalBasis == ["EU-1@2024"])
}

@Test func `refuses a table that nobody counts, none at all, and no ground`() throws {
  #expect(codes(try fixture(section("\"persons-by-name\""))).first == "bad-value")
  #expect(codes(try fixture(section(""))) == ["bad-value"])
  #expect(codes(try fixture(section("\"persons-by-gender\"", ""))) == ["bad-value"])
}

@Test func `refuses statistics for another purpose`() throws {
  let fixture = try fixture(section("\"persons-by-gender\""), purposes: "\"investigation\"")
  #expect(codes(fixture) == ["contradiction"])
}

@Test func `reads which versions of the batch a partner takes`() throws {
  let fixture = try Fixture()
  try fixture.write(
    partner, Fixture.partner + "\n[statistics]\nmin = \"1.0.0\"\nmax = \"1.2.0\"\n")
  let range = try #require(try fixture.load().get().partners.first?.statistics)
  #expect("\(range.lowerBound) \(range.upperBound)" == "1.0.0 1.2.0")
}
