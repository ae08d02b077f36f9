/// The partners abroad, the return organisation, and those who get nothing by default.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
import Foundation
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

@Test(arguments: ["nationaal-rapporteur", "ambassade", "riec"])
func `gets nothing by default`(_ code: String) throws {
  for name in Examples.names where name != "09-identity-mixup" {
    let refused = refusals(try referral(name), try situation(code))
    #expect(refused.contains { $0.hasPrefix("kind-not-agreed") }, "\(name) goes to \(code)")
  }
}

@Test(arguments: ["europol", "politie-buitenland"])
func `who is reached by a hub takes nothing without a handling code`(_ code: String) throws {
  let whole = try referral("10-cross-border")
  #expect(refusals(whole, try situation(code)) == [])
  let bare = try referral("10-cross-border") { $0.without("/handling/handlingCodes") }
  #expect(
    refusals(bare, try situation(code))
      == ["handling-code-missing /referral/handling/handlingCodes"])
}

@Test func `H2 without permission stops at a box of the hub too`() throws {
  let kept = try referral("10-cross-border") {
    $0.without("/handling/relayPermission").with("/handling/handlingCodes", ["H2"])
  }
  #expect(refusals(kept, try situation("europol")).contains { $0.hasPrefix("R18") })
}

@Test func `goes through a hub addressed to it, and cut by the policy of who it is for`() throws {
  let whole = try referral("10-cross-border")
  func copy(_ code: String) throws -> DisclosedReferral {
    guard case .disclosed(let copy, _) = disclose(whole, in: try situation(code)) else {
      throw BrokenTestSupport(description: "\(code) gets nothing")
    }
    return copy
  }
  let (own, onward) = (try copy("emm"), try copy("europol"))
  #expect(onward.recipient == own.recipient && onward.partner.code.text == "europol")
  #expect(onward.policyDigest != own.policyDigest)
  let contact = JSONValue.object(onward.data)["persons"]?.elements?.compactMap { $0["contact"] }
  #expect(contact?.isEmpty == true)
  let ours = JSONValue.object(own.data)["persons"]?.elements?.compactMap { $0["contact"] }
  #expect(ours?.isEmpty == false)
}

@Test func `the return organisation gets whoever consented, and nobody else`() throws {
  func notice(_ given: JSONValue) throws -> Referral {
    try referral("05-reflection-started") {
      $0.with("/handling/purpose", "return").with("/handling/asylumInformation", false).with(
        "/consents",
        [
          [
            "personRef": $0["persons"]?.elements?.first?["ref"] ?? .null,
            "scope": "abroad-transfer", "given": given, "givenBy": "person",
          ]
        ])
    }
  }
  #expect(refusals(try notice("no"), try situation("iom")) == ["R11 /referral/persons/0"])
  let (disclosed, _) = try disclosed(notice("yes"), situation("iom"))
  #expect(disclosed.detailLevel == .full)
  #expect(disclosed.at("/persons/0/names") != nil)
  #expect(disclosed.at("/case/statements") == nil)
}

@Test func `a mechanism abroad gets names with consent, else a notice without`() throws {
  let bare = try referral("21-stateless-child-ethiopic")
  #expect(try disclosed(bare, situation("nrm-buitenland")).referral.detailLevel == .deidentified)
}

@Test func `an authority that takes a person over gets the person and the care, no suspect`()
  throws
{
  let (disclosed, _) = try disclosed(referral("23-two-scripts"), situation("asiel-buitenland"))
  #expect(disclosed.data["persons"]?.elements?.count == 1)
  #expect(disclosed.at("/case/statements") == nil)
  #expect(disclosed.at("/organisations") == nil)
}

@Test func `the worked example of docs/routing.md is what happens`() throws {
  let explanation = RouteExplanation(
    of: try referral("02-unknown-woman"), named: nil, earlier: [:],
    in: try ExampleRegister.configuration(), on: try #require(CivilDate(iso: "2026-11-23")))
  let rows = Dictionary(
    uniqueKeysWithValues: explanation.lines.map { line -> (String, String) in
      let partner = line.routing.partner.text
      let chosen = line.routing.chosenBy.joined(separator: ", ")
      return switch line.verdict {
      case .goes(let level): (partner, "\(level.rawValue) / \(chosen) / ")
      case .refused(let reasons):
        (partner, "no / \(chosen) / \(reasons.map(\.rule.rawValue).joined(separator: "; "))")
      case .notChosen:
        (
          partner,
          "no /  / "
            + line.routing.passedOver.map { "\($0.route): \($0.ground.code)" }
            .joined(separator: "; ")
        )
      }
    })
  let page = String(decoding: try PackageFolder.read("docs/routing.md"), as: UTF8.self)
  let table = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("| no |") }
  let going = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("| full |") }
  #expect(table.count == 4 && going.count == 2)
  for row in table + going {
    let cells = row.split(separator: "|").map { cell in
      String(cell).trimmingCharacters(in: .whitespaces)
    }
    let told = cells.dropFirst().joined(separator: " / ")
    let code = cells[0].filter { $0 != "`" }
    let happens = rows[code]
    #expect(
      happens?.trimmingCharacters(in: .whitespaces) == told.trimmingCharacters(in: .whitespaces),
      "\(code)")
  }
}
