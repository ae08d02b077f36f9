/// Which revocation lists are in force, and when a file counts as another.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Register
import Testing

@Suite struct RevocationFilesTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  func lists(_ name: String) throws -> [RevocationList] {
    try #require(RevocationFiles.lists(in: fixture.folder + "/" + name))
  }
  func root() throws -> [Certificate] {
    try Certificate.all(pem: Files.read(fixture.folder + "/root.pem", limit: 65_536))
  }

  @Test func `a newer list replaces an older one and never the other way round`() throws {
    let (old, new) = (try lists("older.crl"), try lists("root.crl"))
    #expect(old.renewed(by: new, issuers: []).map(\.der) == new.map(\.der))
    #expect(new.renewed(by: old, issuers: []).map(\.der) == new.map(\.der))
    #expect([].renewed(by: old + new, issuers: []).map(\.der) == new.map(\.der))
  }

  @Test func `a list whose file is gone stays in force`() throws {
    let list = try lists("root.crl")
    #expect(list.renewed(by: [], issuers: try root()).map(\.der) == list.map(\.der))
  }

  @Test func `lists of different issuers stand side by side`() throws {
    let both = try lists("root.crl").renewed(by: try lists("signer.crl"), issuers: [])
    #expect(both.map(\.issuer).sorted() == both.map(\.issuer).sorted().uniqued())
    #expect(both.count == 2)
  }

  @Test func `a list that a namesake of the issuer signed is not taken`() throws {
    let (good, forged) = (try lists("older.crl"), try lists("forged.crl"))
    #expect(forged.map(\.issuer) == good.map(\.issuer))
    #expect(good.renewed(by: forged, issuers: try root()).map(\.der) == good.map(\.der))
    #expect(good.renewed(by: forged, issuers: []).map(\.der) == forged.map(\.der))
  }

  @Test func `half a file is no list`() throws {
    let whole = try Files.read(fixture.folder + "/root.crl", limit: 65_536)
    for count in [0, 1, whole.count / 2, whole.count - 20] {
      try Files.write(Array(whole.prefix(count)), to: fixture.folder + "/half.crl")
      #expect(RevocationFiles.lists(in: fixture.folder + "/half.crl") == nil, "\(count) octets")
    }
    #expect(RevocationFiles.lists(in: fixture.folder + "/nothing.crl") == nil)
  }

  @Test func `a file that is written or replaced has another mark`() throws {
    let path = fixture.folder + "/root.crl"
    let before = try #require(Files.mark(of: path))
    #expect(Files.mark(of: path) == before)
    let octets = try Files.read(path, limit: 65_536)
    try Files.write(octets, to: path)
    #expect(Files.mark(of: path) != before)
    #expect(Files.mark(of: fixture.folder + "/nothing.crl") == nil)
  }

  @Test func `a partner remembers where its lists come from`() throws {
    let partner = try #require(try fixture.load().get().partners.first)
    let files = try #require(partner.revocation.files)
    #expect(files.files.count == 1)
    #expect(Set(files.marks.keys) == Set(files.files))
    #expect(partner.knownIssuers.contains { $0.subject == "CN=Test root" })
  }
}

extension [String] {
  fileprivate func uniqued() -> [String] { Set(self).sorted() }
}
