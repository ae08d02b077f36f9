/// partner list and partner show: what the register in force says.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON

extension Session {
  func partnerList() async -> ExitCode {
    present(await daemon.get("/v1/partners")) { lines in
      output.table(
        [
          .init("CODE"), .init("DETAIL"), .init("SIGNED WITH"), .init("ROUTE"), .init("ENABLED"),
          .init("HELD UP"), .init("DUTY PHONE"), .init("NAME"),
        ],
        lines.map {
          [
            $0.word("code"), $0.word("detail"), $0.word("algorithm"), $0.word("route"),
            $0.word("enabled"), suspension(of: $0), $0.word("dutyPhone"), $0.word("name"),
          ]
        })
    }
  }

  func partnerShow() async -> ExitCode {
    guard let code = partnerCode() else { return .usage }
    return present(await daemon.get("/v1/partners/\(code)")) { lines in lines.forEach(describe) }
  }

  private func describe(_ partner: JSONValue) {
    output.facts([
      ("code", partner.word("code")), ("name", partner.word("name")),
      ("identity", partner.word("identity")), ("traits", partner.words("traits")),
      ("enabled", partner.word("enabled")), ("held up", suspension(of: partner)),
      ("duty phone", partner.word("dutyPhone")), ("languages", partner.words("languages")),
      ("endpoint", partner.word("endpoint")), ("route", partner.word("route")),
      ("signed with", "\(partner.word("algorithm")), \(partner.word("binding"))"),
      ("accepts from it", partner.words("accept")),
      ("schemas", "\(partner.word("schemaMin")) to \(partner.word("schemaMax"))"),
      ("asked to report", partner.words("requested")),
      ("kinds", partner.words("kinds")), ("statistics", partner.words("statistics")),
      ("detail level", partner.word("detail")),
      ("routes", partner.words("routes")), ("projects", partner.words("projects")),
      ("policy version", partner.word("policyVersion")),
      ("policy SHA-256", partner.word("policyDigest")),
      ("partner SHA-256", partner.word("partnerDigest")),
      ("revocation", partner["revocation"]?.word("mode") ?? "-"),
    ])
    output.text("\n")
    output.table(
      [.init("CERTIFICATE"), .init("NOT AFTER"), .init("DAYS LEFT", .right), .init("SUBJECT")],
      partner.list("certificates").map {
        [$0.word("use"), $0.word("notAfter"), $0.word("daysLeft"), $0.word("subject")]
      })
    if let revocation = partner["revocation"] { showLists(of: revocation) }
  }
}
