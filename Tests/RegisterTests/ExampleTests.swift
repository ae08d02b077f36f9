/// The example register of this repository loads with sample keys, in development only.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals
import Register
import TestSupport
import Testing

@Test func `loads the example register in development`() throws {
  let configuration = try ExampleRegister.configuration()
  #expect(configuration.partners.count == configuration.policies.count)
  #expect(configuration.partners.contains { $0.code.text == "comensha" })
}

@Test func `refuses sample keys and test identities in production`() throws {
  let register = try ExampleRegister()
  let loaded = Configuration.load(
    folder: register.folder, knownKinds: ReferralKind.allCases.map(\.rawValue),
    profile: .production, now: SystemClock.now())
  guard case .failure(let found) = loaded else {
    Issue.record("sample keys went into production")
    return
  }
  #expect(Set(found.errors.map(\.code)) == [.sampleKey, .testIdentity])
}
