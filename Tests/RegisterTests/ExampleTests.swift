/// The example register of this repository loads with freshly made sample keys.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import Register
import Testing

private let repository = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

@Test func `loads the example register in development and refuses it in production`() throws {
  let files = FileManager.default
  let folder = NSTemporaryDirectory() + "register-example-" + UUID().uuidString
  defer { try? files.removeItem(atPath: folder) }
  try files.copyItem(atPath: repository + "/partners", toPath: folder)
  let script = Process()
  script.executableURL = URL(fileURLWithPath: repository + "/certs/make-development-pki")
  script.arguments = [folder + "/pki"]
  script.standardOutput = FileHandle.nullDevice
  try script.run()
  script.waitUntilExit()
  try #require(script.terminationStatus == 0)
  try exampleGateway.write(toFile: folder + "/gateway.toml", atomically: true, encoding: .utf8)
  func load(_ profile: Profile) -> Result<Configuration, ConfigurationErrors> {
    Configuration.load(
      folder: folder, knownKinds: exampleKinds, profile: profile, now: SystemClock.now())
  }
  switch load(.development) {
  case .success(let configuration):
    #expect(configuration.partners.count == configuration.policies.count)
    #expect(configuration.partners.contains { $0.code.text == "comensha" })
  case .failure(let found):
    for error in found.errors { Issue.record("\(error)") }
  }
  guard case .failure(let found) = load(.production) else {
    Issue.record("sample keys went into production")
    return
  }
  #expect(Set(found.errors.map(\.code)) == [.sampleKey, .testIdentity])
}

private let exampleKinds = [
  "TRAFFICKING_SIGNAL", "SMUGGLING_SIGNAL", "RESIDENCE_SCHEME_NOTICE", "PERMIT_ACTION_NOTICE",
  "ASSISTANCE_REQUEST",
]

private let exampleGateway = """
  profile = "development"
  [identity]
  oin = "00000099000000001000"
  system = "referrals"
  organisation = "Sample sender"
  [store]
  path = "store"
  key_file = "pki/anchors.pem"
  [admin]
  socket = "admin.sock"
  [schemas]
  folder = "policies.d"
  [[signing.key]]
  name = "sign"
  algorithm = "PS256"
  certificate = "pki/sender-sign.pem"
  key = "pki/sender-sign.key"
  [[signing.key]]
  name = "sign-es256"
  algorithm = "ES256"
  certificate = "pki/sender-sign-es256.pem"
  key = "pki/sender-sign-es256.key"
  [tls]
  client_certificate = "pki/sender-client.pem"
  client_key = "pki/sender-client.key"
  """
