/// partner crl: revocation lists in force, and where they come from.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON

extension Session {
  func partnerCRL() async -> ExitCode {
    guard isReasonUsable(), let code = partnerCode() else { return .usage }
    guard arguments.has("--fetch") else {
      if arguments.has("--reason") || arguments.has("--dry-run") {
        return usage("--reason and --dry-run belong to --fetch", "leave them out")
      }
      let answer = await daemon.get("/v1/partners/\(code)/crl")
      return present(answer, about: .partner(code), people: showLists)
    }
    let answer = await postPartner(
      code, "crl", whenLost: "see what came of it with: referralctl partner crl \(code)")
    let exit = present(answer, about: .partner(code), people: showLists)
    guard case .lines(let lines) = answer, !arguments.has("--dry-run") else { return exit }
    let isBad = lines.flatMap { $0.list("sources") }.contains { $0["failures"]?.integer != 0 }
    return isBad ? .negative : exit
  }

  private func showLists(_ lines: [JSONValue]) {
    for line in lines {
      guard let revocation = line["revocation"] else { continue }
      let grace = revocation["graceHours"] == nil ? "-" : "\(revocation.word("graceHours")) hours"
      output.facts([
        ("partner", line.word("partner")), ("revocation", revocation.word("mode")),
        ("standing", revocation.word("standing")), ("grace", grace),
      ])
      showLists(of: revocation)
      showSources(line.list("sources"))
    }
  }

  /// Lists in force, each with its age.
  func showLists(of revocation: JSONValue) {
    let lists = revocation.list("lists")
    if lists.isEmpty { return }
    output.text("\n")
    output.table(
      [
        .init("REVOCATION LIST OF"), .init("NUMBER", .right), .init("AGE", .right),
        .init("NEXT UPDATE"), .init("STANDING"),
      ],
      lists.map {
        [
          $0.word("issuer"), $0.word("number"),
          $0["ageSeconds"]?.integer.map { Spans.words(seconds: $0) } ?? "-",
          $0.word("nextUpdate"), $0.word("standing"),
        ]
      })
  }

  private func showSources(_ sources: [JSONValue]) {
    if sources.isEmpty { return output.text("\nno source: somebody else fetches the lists\n") }
    output.text("\n")
    output.table(
      [
        .init("SOURCE"), .init("OUTCOME"), .init("LAST GOOD"), .init("FAILURES", .right),
        .init("NEXT"),
      ],
      sources.map {
        [
          $0.word("url"), $0.word("outcome"), $0.word("goodAt"), $0.word("failures"),
          $0.word("nextAt"),
        ]
      })
    for source in sources where source["hint"] != nil {
      output.text(
        "\n\(source.word("url")) \(source.word("message"))\n  \(source.word("hint"))\n")
    }
  }
}
