/// route: where a submission would go and why; asks the daemon, or reads a configuration itself.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Disclosure
import Intake
import JSON
import Platform
import Referrals
import Register
import Wire

extension Command {
  static let route = Command(
    Verb.route.path, summary: "Who would get a submission, by which route, and who not and why.",
    discussion: """
      Nothing is sent or kept, and nothing of the content is shown: partners, routes, rules, and
      the place of the answer that decided. Every partner of the register has a row. Where the
      submission names its recipients, they are judged, and the routes tell what they would have
      chosen. The daemon is asked, which knows the earlier revisions; with --config the folder is
      read instead, and the submission is taken for the first of its referral.

      The status is 0 where somebody gets it, 1 where nobody does, 65 where it would be refused
      whatever its recipients.
      """,
    operands: [Operand("FILE")],
    options: [
      CommandOption(
        "--config", placeholder: "FOLDER", summary: "read this configuration; needs no daemon")
    ],
    examples: [
      Example("referralctl route referral.json", "by the configuration in force"),
      Example("referralctl route referral.json --config ./etc", "by one that is being written"),
    ])
}

extension Session {
  func route() async -> ExitCode {
    let file = arguments.operands[0]
    let octets: [UInt8]
    switch SubmissionFile.read(file, tellsTerminal: output.showsProgress) {
    case .failure(let refusal):
      output.complain(refusal.complaint, about: .file(file))
      return refusal.complaint.exit
    case .success(let read): octets = read
    }
    let answer: DaemonAnswer
    if let folder = arguments.value("--config") {
      switch explain(octets, by: folder) {
      case .failure(let exit): return exit
      case .success(let found): answer = found
      }
    } else {
      answer = await daemon.post(
        "/v1/route", [], octets,
        whenLost: "nothing was sent; try again, or read a configuration yourself with --config")
    }
    var goes = false
    let exit = present(answer, about: .file(file)) { show($0) }
    if case .lines(let lines) = answer { goes = lines.contains { $0["goes"]?.flag == true } }
    return exit == .done && !goes ? .negative : exit
  }

  /// As the daemon would answer, as far as a folder can know.
  private func explain(_ octets: [UInt8], by folder: String) -> Result<DaemonAnswer, ExitCode> {
    let configuration: Configuration
    switch loadConfiguration(folder) {
    case .failure(let exit): return .failure(exit)
    case .success(let loaded): configuration = loaded
    }
    let schemas: SchemaFolder
    do {
      schemas = try SchemaFolder.load(configuration.schemas)
    } catch {
      output.complain(
        Complaint(
          exit: .configuration, code: "schemas", message: "\(error.path): \(error.reason)",
          hint: "put the published schemas into the folder that gateway.toml names"))
      return .failure(.configuration)
    }
    let intake = Intake(
      schema: schemas.submission, reference: ReferenceData(codeLists: schemas.codeLists))
    switch intake.read(octets, files: nil) {
    case .refused(let reasons):
      return .success(.problem(reasons.map { .object($0.refusalLine) }, .badData))
    case .read(let submission):
      let today = CivilDate(
        daysSince1970: Int(SystemClock.now().startOfDay.seconds / 86_400))
      let explanation = RouteExplanation(
        of: submission.referral, named: submission.recipients, earlier: [:], in: configuration,
        on: today)
      return .success(.lines(explanation.lines.map { .object($0.line) }))
    }
  }

  /// Who gets it first, then who is kept out, then whom nothing chose.
  private func show(_ lines: [JSONValue]) {
    let goes = lines.filter { $0["goes"]?.flag == true }
    let refused = lines.filter { $0["reasons"] != nil }
    let others = lines.filter { $0["because"]?.text == "not-chosen" }
    output.table(
      [.init("PARTNER"), .init("GOES"), .init("CHOSEN BY"), .init("WHY NOT")],
      goes.map { [$0.word("partner"), $0.word("detailLevel"), chosenBy($0), "-"] }
        + (refused + others).map { [$0.word("partner"), "no", chosenBy($0), whyNot($0)] })
    if goes.isEmpty {
      output.text("nobody gets it: name recipients in the submission, or look at the routes\n")
    }
  }

  private func chosenBy(_ line: JSONValue) -> String {
    let because = line.word("because")
    var shown = ["routes", "not-chosen"].contains(because) ? [] : [because]
    shown += line.list("routes").compactMap(\.text)
    let policy = line.word("policy")
    if policy != "own", !shown.contains(policy) { shown.append("policy of \(policy)") }
    return shown.isEmpty ? "-" : Printable.text(shown.joined(separator: ", "))
  }

  private func whyNot(_ line: JSONValue) -> String {
    let refusals = line.list("reasons").map { "\($0.word("rule")) at \($0.word("pointer"))" }
    guard refusals.isEmpty else { return refusals.joined(separator: "; ") }
    let passed = line.list("passedOver")
    if passed.contains(where: { $0["ground"]?.text == "withdrawal" }) {
      return "a withdrawal goes to whoever has the referral"
    }
    guard !passed.isEmpty else {
      return line.list("routes").isEmpty ? "no route names it" : "not among the recipients"
    }
    return passed.map { one in
      let why = one["chose"] == nil ? one.word("ground") : "\(one.word("chose")) chose"
      return "\(one.word("route")): \(why)"
    }.joined(separator: "; ")
  }
}

extension Reason {
  fileprivate var refusalLine: JSONObject {
    var line: JSONObject = [
      "v": 1, "kind": "refusal", "rule": .string(rule.rawValue),
      "pointer": .string(pointer.description), "wrong": .string(rule.explanation.wrong),
      "remedy": .string(rule.explanation.remedy),
    ]
    if let detail { line["detail"] = .string(detail) }
    return line
  }
}
