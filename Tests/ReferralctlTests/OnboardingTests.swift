/// cert csr and partner add: what is written, what is refused, and that nothing is written over.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct OnboardingTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func request(_ options: String...) async throws -> Run {
    try await Program.run(
      [
        "cert", "csr", folder.path + "/own", "--oin", "00000099000000042000", "--organisation",
        "Dienst Vreemdelingen & co",
      ] + options)
  }

  private func openssl(_ arguments: String...) async throws -> String {
    try await Program.run(arguments, executable: "/usr/bin/openssl").output
  }

  @Test(arguments: ["rsa-3072", "p-256", "p-384"])
  func `makes a key and a request that openssl believes`(_ kind: String) async throws {
    let run = try await request("--key", kind, "--name", "Gateway", "--host", "gateway.example")
    #expect(run.status == 0)
    let request = try await openssl(
      "req", "-in", folder.path + "/own.csr", "-noout", "-text", "-verify", "-nameopt", "RFC2253")
    #expect(request.contains("CN=Gateway,serialNumber=00000099000000042000"))
    #expect(request.contains("O=Dienst Vreemdelingen & co,C=NL"))
    #expect(request.contains("Digital Signature") && request.contains("DNS:gateway.example"))
    #expect(request.contains("Key Encipherment") == (kind == "rsa-3072"))
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/own.key")
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    let digest = try await Program.shell(
      "openssl pkey -in '\(folder.path)/own.key' -pubout -outform DER | openssl dgst -sha256 -r")
    let said = try #require(run.outputLines.first?["publicKeySHA256"]?.text)
    #expect(digest.output.hasPrefix(said))
  }

  @Test func `writes no key over another`() async throws {
    #expect(try await request("--key", "p-256").status == 0)
    let before = try String(contentsOfFile: folder.path + "/own.key", encoding: .utf8)
    let again = try await request("--key", "p-256")
    #expect(again.status == 65)
    #expect(again.errorLines.first?["code"]?.text == "file-exists")
    #expect(try String(contentsOfFile: folder.path + "/own.key", encoding: .utf8) == before)
  }

  @Test(arguments: [
    ["--host", "a b"], ["--host", "https://a"], ["--host", "a:443"], ["--name", ""],
    ["--name", "two\nlines"], ["--key", "rsa-1024"], ["--oin", "12"],
  ])
  func `refuses what no certificate should carry`(_ options: [String]) async throws {
    let run = try await Program.run(
      ["cert", "csr", folder.path + "/own"] + options
        + (options[0] == "--oin" ? [] : ["--oin", "00000099000000042000"])
        + ["--organisation", "Service"])
    #expect(run.status == 64)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  // MARK: partner add

  /// A configuration without one partner, and that partner's files beside it.
  private func world() async throws -> (partner: String, policy: String, config: String) {
    let script = """
      set -e
      cd '\(folder.path)' && mkdir -p etc/partners.d etc/policies.d
      ln -s '\(try DevelopmentPKI.folder())' etc/pki
      (umask 077; head -c 32 /dev/urandom > etc/store.key)
      cp '\(PackageFolder.path)/partners/partners.d/emm.toml' emm.toml
      cp '\(PackageFolder.path)/partners/policies.d/emm.toml' policy.toml
      cat > etc/gateway.toml <<'END'
      profile = "development"
      [identity]
      oin = "00000099000000001000"
      system = "referral-gateway"
      organisation = "Service"
      [store]
      path = "../store"
      key_file = "store.key"
      [admin]
      socket = "../admin.sock"
      [schemas]
      folder = "\(PackageFolder.path)/schemas"
      [[signing.key]]
      name = "es256"
      algorithm = "ES256"
      certificate = "pki/sender-sign-es256.pem"
      key = "pki/sender-sign-es256.key"
      [tls]
      client_certificate = "pki/sender-client-chain.pem"
      client_key = "pki/sender-client.key"
      END
      """
    #expect(try await Program.shell(script).status == 0)
    return (folder.path + "/emm.toml", folder.path + "/policy.toml", folder.path + "/etc")
  }

  @Test func `shows whom a new partner's file trusts, and writes it on the second call`()
    async throws
  {
    let (partner, policy, config) = try await world()
    let words = ["partner", "add", partner, "--policy", policy, "--config", config]
    let looked = try await Program.run(words)
    #expect(looked.status == 0)
    #expect(looked.outputLines.first?["written"]?.flag == false)
    let shown = looked.outputLines.first?["certificates"]?.elements ?? []
    let digest = try await Program.shell(
      "openssl x509 -in '\(config)/pki/anchors.pem' -outform DER | openssl dgst -sha256 -r")
    #expect(shown.contains { digest.output.hasPrefix($0["sha256"]?.text ?? "-") })
    #expect(!FileManager.default.fileExists(atPath: config + "/partners.d/emm.toml"))
    let added = try await Program.run(words + ["--yes"])
    #expect(added.outputLines.first?["written"]?.flag == true)
    #expect(try await Program.run(["config", "check", config]).status == 0)
    let placed = config + "/partners.d/emm.toml"
    #expect(FileManager.default.contentsEqual(atPath: partner, andPath: placed))
    let again = try await Program.run(words + ["--yes"])
    #expect(again.status == 73)
    #expect(again.errorLines.first?["code"]?.text == "file-exists")
  }

  @Test func `writes nothing that config check would refuse`() async throws {
    let (partner, policy, config) = try await world()
    let text = try String(contentsOfFile: partner, encoding: .utf8)
    try text.replacingOccurrences(of: "https://", with: "http://")
      .write(toFile: partner, atomically: true, encoding: .utf8)
    let run = try await Program.run(
      ["partner", "add", partner, "--policy", policy, "--config", config, "--yes"])
    #expect(run.status == 78)
    #expect(run.errorLines.contains { $0["code"]?.text == "insecure-endpoint" })
    #expect(try FileManager.default.contentsOfDirectory(atPath: config + "/partners.d").isEmpty)
    let misnamed = try await Program.run(
      ["partner", "add", policy + ".txt", "--policy", policy, "--config", config])
    #expect(misnamed.status == 64)
  }
}
