/// One check from files to verdict.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Arguments
import OpenSSL
import Platform
import Signing
import Wire

struct Check {
  let arguments: ParsedArguments
  /// "signature", "document" or "acknowledgement".
  let verb: String
  let output: Output

  init(_ arguments: ParsedArguments, verb: String, output: Output) {
    self.arguments = arguments
    self.verb = verb
    self.output = output
  }

  func run() -> ExitCode {
    do throws(Complaint) {
      let moment = try Inputs.moment(arguments.value("--at"))
      let handed = try HandedAttachment.read(
        verb == "document" ? arguments.values("--attachment") : [])
      let check = try offlineCheck()
      let verdict = try judge(with: check, at: moment)
      let judged = Judged(verdict, try Attachments.compare(handed, with: verdict))
      output.show(judged, of: verb, at: moment, pinned: check.isPinned)
      return judged.exit
    } catch {
      output.complain(error)
      if error.exit == .undecided { output.leaveOpen(verb, error) }
      return error.exit
    }
  }

  private func offlineCheck() throws(Complaint) -> OfflineCheck {
    let name = try Inputs.fieldName(arguments.value("--header-name"))
    let identity = try Inputs.identity("--identity", arguments.value("--identity"))
    let recipient =
      verb == "signature"
      ? nil : try Inputs.identity("--recipient", arguments.value("--recipient"))
    let file = arguments.value("--trust") ?? ""
    let certificates = try Inputs.certificates(file)
    let asksRevocation = !arguments.has("--no-revocation-check")
    let lists = asksRevocation ? try Inputs.revocationLists(arguments.values("--crl")) : []
    let check = OfflineCheck(
      try subject(), trusting: certificates, revocationLists: lists,
      checksRevocation: asksRevocation, headerName: name, identity: identity, recipient: recipient)
    guard let check else {
      throw Inputs.unusable(
        file, "no-anchor", "holds intermediates only, which prove nothing by themselves",
        "add the root that they lead to")
    }
    return check
  }

  private func subject() throws(Complaint) -> OfflineSubject {
    guard verb != "signature" else { return .signature }
    do throws(SchemaFolderError) {
      let schemas = try WireSchemas.builtIn()
      return verb == "document" ? .document(schemas) : .acknowledgement(schemas)
    } catch {
      throw Complaint(
        exit: .undecided, code: "broken-program", message: "\(error.path): \(error.reason)",
        hint: "get this program anew")
    }
  }

  private func judge(with check: OfflineCheck, at moment: JudgedAt) throws(Complaint)
    -> OfflineVerdict
  {
    let lines = try Inputs.octets(
      arguments.value("--headers") ?? "", atMost: SignatureLimits.fieldLinesOctets)
    let body = try Inputs.octets(
      arguments.value("--body") ?? "", atMost: WireLimits.documentOctets)
    guard let lines else {
      return OfflineVerdict(refused: VerificationFailure(.limits, .fieldsTooLarge))
    }
    guard let body else {
      return OfflineVerdict(refused: VerificationFailure(.limits, .bodyTooLarge))
    }
    switch ReceivedMessage.fields(lines: lines) {
    case .failure(let failure): return OfflineVerdict(refused: failure)
    case .success(let fields):
      return check.judge(ReceivedMessage(fields: fields, body: body), at: moment)
    }
  }
}

/// The message and the files that belong to it.
struct Judged {
  let verdict: OfflineVerdict
  let files: [ComparedFile]

  init(_ verdict: OfflineVerdict, _ files: [ComparedFile]) {
    self.verdict = verdict
    self.files = files
  }

  /// The first that is not what the document says.
  var wrongFile: ComparedFile? { files.first { $0.code != nil } }

  var outcome: OfflineVerdict.Outcome { wrongFile == nil ? verdict.outcome : .invalid }

  var exit: ExitCode {
    switch outcome {
    case .valid: .valid
    case .invalid: .invalid
    case .undecided: .undecided
    }
  }
}
