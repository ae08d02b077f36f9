/// partner add: a new partner's files judged with all others, shown, and written on a second call.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import OpenSSL
import Platform
import Register

extension Command {
  static let partnerAdd = Command(
    Verb.partnerAdd.path,
    summary: "Checks a new partner's file and policy, and puts them in place.",
    discussion: """
      Judges CODE.toml and its policy as config check would if they stood in the configuration's
      folder, and shows whom they trust: every certificate with its fingerprint. Compare the
      fingerprints with the partner on a phone number that you know; then call it again with
      --yes, which writes both files. Certificates and lists must be where the file says before.
      Paths in the file stand for files in the configuration's folder. The daemon takes it in with
      config reload.
      """,
    operands: [Operand("CODE.toml")],
    options: [
      CommandOption(
        "--policy", placeholder: "FILE", required: true, summary: "what the partner may see"),
      CommandOption(
        "--config", placeholder: "FOLDER",
        summary: "the configuration's folder (default: /etc/referral-gateway)"),
      CommandOption("--yes", summary: "the fingerprints are compared: write the files"),
    ],
    examples: [
      Example("referralctl partner add police.toml --policy police-policy.toml", "look first"),
      Example("referralctl partner add police.toml --policy police-policy.toml --yes", "then add"),
    ])
}

extension Session {
  func partnerAdd() -> ExitCode {
    let file = arguments.operands[0]
    let name = file.split(separator: "/").last.map(String.init) ?? ""
    guard name.hasSuffix(".toml"), let code = PartnerCode(String(name.dropLast(5))) else {
      return usage("the file is not called CODE.toml", "call it as the partner's code: police.toml")
    }
    let places = ["partners.d/\(code).toml", "policies.d/\(code).toml"]
    for place in places where Files.exists("\(folder)/\(place)") {
      return complain(
        place, .stateConflict, "file-exists", "the partner is there already",
        "change its file in place, then: referralctl config check && referralctl config reload")
    }
    var additions: [String: [UInt8]] = [:]
    for (place, source) in zip(places, [file, arguments.value("--policy") ?? ""]) {
      do throws(FileError) {
        additions[place] = try Files.read(source, limit: Limits.fileOctets)
      } catch {
        return complain(
          source, .badData, error.name, "cannot be read: \(error.reason)", "name a readable file")
      }
    }
    switch loadConfiguration(folder, adding: additions) {
    case .failure(let exit): return exit
    case .success(let configuration):
      guard let partner = configuration.partner(code) else { return .failed }
      return add(partner, additions)
    }
  }

  private var folder: String { arguments.value("--config") ?? defaultConfigurationFolder }

  private func add(_ partner: Partner, _ files: [String: [UInt8]]) -> ExitCode {
    let isWritten = arguments.has("--yes")
    if isWritten {
      // The policy first: nobody is to be seen without one.
      for (place, octets) in files.sorted(by: { $0.key > $1.key }) {
        do throws(FileError) {
          try Files.write(octets, to: "\(folder)/\(place)", mode: 0o644)
        } catch {
          return complain(
            place, .badData, error.name, "cannot be written: \(error.reason)",
            "call it as a user who may write the configuration")
        }
      }
    }
    show(partner, isWritten: isWritten)
    return .done
  }

  private func show(_ partner: Partner, isWritten: Bool) {
    let trusted = partner.trusted
    guard !output.asJSON else {
      return output.lines([
        .object([
          "v": 1, "kind": "partner-add", "code": .string(partner.code.text),
          "identity": .string(partner.identity.uri), "written": .bool(isWritten),
          "certificates": .array(
            trusted.map {
              .object([
                "use": .string($0.use), "subject": .string($0.certificate.subject),
                "notAfter": .string($0.certificate.notAfter.description),
                "sha256": .string(Hex.encode($0.certificate.sha256)),
              ])
            }),
        ])
      ])
    }
    output.facts([
      ("code", partner.code.text), ("name", Printable.text(partner.name)),
      ("identity", partner.identity.uri), ("endpoint", partner.endpoint.text),
      ("we sign with", partner.signing.algorithm.rawValue),
      ("it signs with", partner.signing.accept.map(\.rawValue).joined(separator: ", ")),
      ("lists from", partner.revocation.sources.map(\.text).joined(separator: ", ")),
    ])
    for one in trusted {
      output.text("\n\(one.use): \(one.certificate.subject)\n")
      output.facts([
        ("  until", one.certificate.notAfter.description),
        ("  SHA-256", Hex.encode(one.certificate.sha256)),
      ])
    }
    output.text(
      isWritten
        ? "\nwritten; the daemon takes it in with: referralctl config reload\n"
        : "\nnothing is written yet: compare the fingerprints with the partner by phone, then "
          + "add --yes\n")
  }

  private func complain(
    _ file: String, _ exit: ExitCode, _ code: String, _ message: String, _ hint: String
  ) -> ExitCode {
    output.complain(
      Complaint(exit: exit, code: code, message: message, hint: hint), about: .file(file))
    return exit
  }
}

extension Partner {
  /// Every certificate that something is believed for.
  fileprivate var trusted: [(use: String, certificate: Certificate)] {
    let uses: [(String, [Certificate])] = [
      ("root of its TLS server", tls.anchors), ("root of its signature", trust.anchors),
      ("authority between", trust.intermediates), ("its signature", trust.pinned),
      ("root of its lists' server", revocation.sourceAnchors),
    ]
    return uses.flatMap { use, certificates in certificates.map { (use, $0) } }
  }
}
