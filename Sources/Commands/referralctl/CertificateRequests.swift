/// cert csr: a fresh key and the request for its certificate; works alone.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import OpenSSL
import Platform
import Register

extension Command {
  static let certCSR = Command(
    Verb.certCSR.path, summary: "Makes a key and the request for its certificate; needs no daemon.",
    discussion: """
      Writes BASE.key, mode 0600, and BASE.csr, which goes to the authority. The key never leaves
      this machine, and a key that is there is not written over. The subject carries the OIN, as
      partners look for it. Make one for signing and another for TLS: it is never the same key.
      Give the authority the SHA-256 of the public key by another way than the request.
      """,
    operands: [Operand("BASE")],
    options: [
      CommandOption(
        "--key", placeholder: "KIND", choices: KeyChoice.allCases.map(\.rawValue),
        summary: "rsa-3072 (default), p-256 or p-384"),
      CommandOption("--oin", placeholder: "OIN", required: true, summary: "20 positions"),
      CommandOption(
        "--organisation", placeholder: "NAME", required: true,
        summary: "as the authority knows it"),
      CommandOption(
        "--name", placeholder: "NAME", summary: "of the system (default: the organisation)"),
      CommandOption(
        "--host", placeholder: "NAME", repeats: true,
        summary: "host name or address of a server that shows the certificate"),
    ],
    examples: [
      Example(
        "referralctl cert csr pki/sign --oin 00000099000000001000 --organisation 'Our service'",
        "pki/sign.key and pki/sign.csr")
    ])
}

private enum KeyChoice: String, CaseIterable {
  case rsa3072 = "rsa-3072"
  case p256 = "p-256"
  case p384 = "p-384"

  var kind: KeyKind {
    switch self {
    case .rsa3072: .rsa(bits: 3_072)
    case .p256: .p256
    case .p384: .p384
    }
  }

  /// RSA keys of the Dutch profile carry both.
  var usages: [String] {
    switch self {
    case .rsa3072: ["digitalSignature", "keyEncipherment"]
    case .p256, .p384: ["digitalSignature"]
    }
  }

  var words: String {
    switch self {
    case .rsa3072: "RSA of 3072 bits"
    case .p256: "P-256"
    case .p384: "P-384"
    }
  }
}

extension Session {
  func certCSR() -> ExitCode {
    guard let oin = OIN(arguments.value("--oin") ?? "") else {
      return usage("--oin is not an OIN", "write 20 positions, such as 00000099000000001000")
    }
    let organisation = arguments.value("--organisation") ?? ""
    let name = arguments.value("--name") ?? organisation
    guard [organisation, name].allSatisfy(isNamePart) else {
      return usage(
        "a name is empty, too long or not on one line", "write 1 to 64 characters for each name")
    }
    let hosts = arguments.values("--host").map(alternativeName)
    guard !hosts.contains(nil) else {
      return usage("--host is no host name and no address", "write gateway.example or 192.0.2.1")
    }
    let request = CertificateRequest(
      subject: [("C", "NL"), ("O", organisation), ("serialNumber", oin.text), ("CN", name)],
      keyUsages: keyChoice.usages, alternativeNames: hosts.compactMap { $0 })
    return make(request, arguments.operands[0])
  }

  private var keyChoice: KeyChoice {
    arguments.value("--key").flatMap(KeyChoice.init) ?? .rsa3072
  }

  private func isNamePart(_ text: String) -> Bool {
    (1...64).contains(text.count) && Printable.text(text) == text
  }

  private func alternativeName(_ host: String) -> String? {
    guard let url = ServiceURL("https://\(host.contains(":") ? "[\(host)]" : host)"),
      url.port == 443
    else { return nil }
    let isAddress = host.contains(":") || host.utf8.last.map { (0x30...0x39).contains($0) } == true
    return (isAddress ? "IP:" : "DNS:") + url.host
  }

  private func make(_ request: CertificateRequest, _ base: String) -> ExitCode {
    let (keyFile, requestFile) = (base + ".key", base + ".csr")
    guard !Files.exists(keyFile), !Files.exists(requestFile) else {
      return complain(
        base, "file-exists", "there is a key or a request already",
        "take both away if nobody uses them, or give another name")
    }
    do {
      let key = try PrivateKey.generate(keyChoice.kind)
      try Files.write(key.pem(), to: keyFile)
      try Files.write(request.signed(by: key), to: requestFile, mode: 0o644)
      tell(request, key, keyFile, requestFile)
      return .done
    } catch let error as FileError {
      return complain(
        base, error.name, "cannot be written: \(error.reason)", "give a folder of yours")
    } catch {
      return complain(base, "failed", "OpenSSL made no key or request", "try another --key")
    }
  }

  private func tell(
    _ request: CertificateRequest, _ key: PrivateKey, _ keyFile: String, _ requestFile: String
  ) {
    let subject = request.subject.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    let digest = Hex.encode(key.publicKeySHA256)
    guard !output.asJSON else {
      return output.lines([
        .object([
          "v": 1, "kind": "csr", "key": .string(keyFile), "request": .string(requestFile),
          "subject": .string(subject), "publicKeySHA256": .string(digest),
        ])
      ])
    }
    output.facts([
      ("key", "\(keyFile), \(keyChoice.words), mode 0600: it stays on this machine"),
      ("request", "\(requestFile): for the authority"), ("subject", subject),
      ("public key SHA-256", digest),
    ])
  }

  private func complain(_ base: String, _ code: String, _ message: String, _ hint: String)
    -> ExitCode
  {
    output.complain(
      Complaint(exit: .badData, code: code, message: message, hint: hint), about: .file(base))
    return .badData
  }
}
