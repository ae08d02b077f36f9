/// Where a submission would go and why, partner by partner, without a word of its content.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Platform
package import Referrals
package import Register

/// What the store knows of one partner's earlier revisions.
package struct EarlierDisclosure: Sendable {
  package let policyDigest: SHA256Digest
  /// Nil when none can have reached it.
  package let predecessor: Predecessor?

  package init(policyDigest: SHA256Digest, predecessor: Predecessor?) {
    self.policyDigest = policyDigest
    self.predecessor = predecessor
  }
}

package struct RouteExplanation: Sendable {
  package enum Verdict: Sendable {
    case goes(DetailLevel)
    case refused([Reason])
    /// Nobody asked for it.
    case notChosen
  }

  package struct Line: Sendable {
    package let routing: RoutingReport.Line
    /// In the submission's own list.
    package let isNamed: Bool
    /// It has an earlier revision.
    package let isEarlier: Bool
    package let project: String?
    package let verdict: Verdict
  }

  package let isRouted: Bool
  package let lines: [Line]

  package var goesSomewhere: Bool {
    lines.contains { if case .goes = $0.verdict { true } else { false } }
  }
}

extension RouteExplanation {
  /// - Parameters:
  ///   - named: the submission's own recipients; nil where it has none.
  ///   - earlier: by partner code; what went there with earlier revisions.
  package init(
    of referral: Referral, named: [String]?, earlier: [String: EarlierDisclosure],
    in configuration: Configuration, on day: CivilDate
  ) {
    isRouted = named == nil
    let report = route(referral, by: configuration, on: day)
    lines = zip(report.lines, configuration.partners).map { routing, partner in
      let code = partner.code.text
      let terms = configuration.terms(
        of: partner.code, for: referral, on: day, earlier: earlier[code]?.policyDigest)
      let isNamed = named?.contains(code) ?? false
      let isWanted =
        isNamed || earlier[code] != nil || (named == nil && !routing.chosenBy.isEmpty)
      var verdict = Verdict.notChosen
      if isWanted, let terms {
        verdict = RouteExplanation.verdict(
          on: referral, for: partner, terms, earlier[code]?.predecessor, configuration, day)
      }
      return Line(
        routing: routing, isNamed: isNamed, isEarlier: earlier[code] != nil,
        project: terms?.project?.name, verdict: verdict)
    }
  }

  private static func verdict(
    on referral: Referral, for partner: Partner, _ terms: PartnerTerms,
    _ predecessor: Predecessor?, _ configuration: Configuration, _ day: CivilDate
  ) -> Verdict {
    guard partner.isEnabled else {
      let place = JSONPointer(tokens: ["recipients"])
      return .refused([Reason(.partnerDisabled, at: place, partner: partner.code.text)])
    }
    // Neither key nor order decides whether something goes; nothing of the content is kept.
    let situation = DisclosureSituation(
      partner: partner.addressee, policy: terms.policy, exercisesOnly: configuration.exercisesOnly,
      predecessor: predecessor, pseudonyms: PseudonymKey(octets: [UInt8](repeating: 0, count: 32)),
      shuffle: [UInt8](repeating: 0, count: 16), today: day)
    return switch disclose(referral, in: situation) {
    case .disclosed(let disclosed, _): .goes(disclosed.detailLevel)
    case .refused(let reasons): .refused(reasons)
    }
  }
}

extension RouteExplanation.Line {
  /// One object of JSON Lines; members may be added, never renamed.
  package var line: JSONObject {
    var line: JSONObject = ["v": 1, "kind": "route", "partner": .string(routing.partner.text)]
    switch verdict {
    case .goes(let level):
      line["goes"] = true
      line["detailLevel"] = .string(level.rawValue)
    case .refused(let reasons):
      line["goes"] = false
      line["reasons"] = .array(reasons.map(\.shortLine))
    case .notChosen: line["goes"] = false
    }
    line["because"] = .string(because)
    line["routes"] = .array(routing.chosenBy.map { .string($0) })
    line["policy"] = .string(project.map { "project:\($0)" } ?? "own")
    line["passedOver"] = .array(
      routing.passedOver.map { passed in
        var one: JSONObject = [
          "route": .string(passed.route), "ground": .string(passed.ground.code),
          "pointer": .string(passed.ground.pointer.description),
        ]
        if case .unless(let other) = passed.ground { one["chose"] = .string(other) }
        return .object(one)
      })
    return line
  }

  /// What asked for it; "not-chosen" where nothing did.
  private var because: String {
    if case .notChosen = verdict { return "not-chosen" }
    if isNamed { return "named" }
    return routing.chosenBy.isEmpty ? "earlier-revision" : "routes"
  }
}

extension Reason {
  fileprivate var shortLine: JSONValue {
    [
      "rule": .string(rule.rawValue), "pointer": .string(pointer.description),
      "wrong": .string(rule.explanation.wrong), "remedy": .string(rule.explanation.remedy),
    ]
  }
}
