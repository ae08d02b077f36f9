/// What a verdict says beside its steps: who signed, when, by which chain, about what.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Digest
import JSON
import OpenSSL
import Platform
import Signing
import Wire

extension Judged {
  typealias Fact = (name: String, value: JSONValue)

  /// Members of the closing line. Nothing of `data` but ids, kinds, digests and codes.
  func facts(of verb: String, at moment: JudgedAt, pinned: Bool) -> [Fact] {
    var facts: [Fact] = [
      ("v", 1), ("kind", "verdict"), ("verb", .string(verb)),
      ("verdict", .string(outcome.rawValue)),
      ("exit", .number(JSONNumber(Int64(exit.rawValue)))),
    ]
    if let file = wrongFile {
      facts.append(("attachment", .string(file.id)))
      facts.append(("code", .string(file.code ?? "")))
    } else if let reason = verdict.reason {
      facts.append(("step", .number(JSONNumber(Int64(reason.step.rawValue)))))
      facts.append(("code", .string(reason.code.rawValue)))
    }
    return facts + verdict.signing(at: moment, pinned: pinned) + verdict.about
  }
}

extension OfflineVerdict {
  fileprivate typealias Fact = Judged.Fact

  /// A claim while `authentic` is false: the header names the certificate, and no more is known.
  fileprivate func signing(at moment: JudgedAt, pinned: Bool) -> [Fact] {
    var facts: [Fact] = [("authentic", .bool(signature != nil))]
    if let claimed = report.claimed {
      let certificate = claimed.certificate
      facts.append(("signer", .string(certificate.subject)))
      if let oin = certificate.subjectSerialNumber { facts.append(("oin", .string(oin))) }
      if let organisation = certificate.organizationIdentifier {
        facts.append(("organizationIdentifier", .string(organisation)))
      }
      facts.append(("certificateSHA256", .string(Hex.encode(certificate.sha256))))
      if let signedAt = claimed.signedAt {
        facts.append(("signedAt", .string(signedAt.description)))
      }
    }
    switch moment {
    case .moment(let instant): facts.append(("judgedAt", .string(instant.description)))
    case .signingTime:
      if let signedAt = report.claimed?.signedAt {
        facts.append(("judgedAt", .string(signedAt.description)))
      }
    }
    guard let signature else { return facts }
    return facts + [
      ("algorithm", .string(signature.algorithm.rawValue)),
      ("trust", pinned ? "pinned" : "chain"),
      ("chain", .array(signature.chain.map { .string($0.subject) })),
      ("bodyDigest", .string(signature.bodyDigest.field)),
      ("signatureDigest", .string(signature.signatureDigest.field)),
    ]
  }

  fileprivate var about: [Fact] {
    switch content {
    case .document(let document):
      [
        ("type", .string(document.type)), ("id", .string(document.id.description)),
        ("source", .string(document.source)), ("recipient", .string(document.recipient)),
        ("time", .string(document.time.description)),
        ("expires", .string(document.expires.description)), ("exercise", .bool(document.exercise)),
      ]
    case .acknowledgement(let answer):
      [
        ("type", .string(answer.type)), ("id", .string(answer.id.description)),
        ("source", .string(answer.source)), ("recipient", .string(answer.recipient)),
        ("acknowledgement", .string(answer.kindText)),
        ("acknowledges", .string(answer.messageID.description)),
        ("payloadDigest", .string(answer.payloadDigest.field)),
        ("messageSignatureDigest", .string(answer.signatureDigest.field)),
        ("reasons", .array(answer.reasonCodes.map { .string($0) })),
      ]
    case nil: []
    }
  }

}

extension Judged {
  /// The last line for people.
  var words: String {
    if let file = wrongFile {
      let id = Printable.text(file.id, limitCharacters: 80)
      return "invalid: attachment \(id), \(file.code ?? "")"
    }
    guard let reason = verdict.reason else { return "valid" }
    let place = "step \(reason.step.rawValue), \(reason.code.rawValue)"
    guard outcome == .undecided else { return "invalid: \(place)" }
    return "cannot decide: \(place)\n  \(reason.code.hint)"
  }
}

extension VerificationCode {
  /// What would settle a question left open.
  fileprivate var hint: String {
    switch self {
    case .revocationUnknown:
      "give the lists that were in force then with --crl, or --no-revocation-check"
    case .identityNotGiven: "say with --identity who must have signed"
    case .signingTimeMissing: "the signature has no iat: give --at TIME"
    default: "see docs/verification.md"
    }
  }
}
