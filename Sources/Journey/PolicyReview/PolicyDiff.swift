/// What changes for whom when one policy takes the place of another, in plain words.
// SPDX-License-Identifier: Apache-2.0
package import Platform
import Referrals
package import Register

/// One difference.
package struct PolicyChange: Sendable {
  /// What it means for how much a partner sees.
  package enum Direction: String, Sendable, CaseIterable {
    case more, less
    /// Neither more nor less, or both.
    case other
  }
  package let partner: String
  package let direction: Direction
  /// A sentence without the partner's name.
  package let text: String
}

package struct PolicyDiff {
  let model: ReferralModel

  package init(model: ReferralModel) { self.model = model }

  /// Everything that differs between two folders on a day, by partner.
  package func changes(
    from old: PolicyFolder, to new: PolicyFolder, on day: CivilDate? = nil
  ) -> [PolicyChange] {
    Set(old.policies.keys).union(new.policies.keys).sorted().flatMap { code -> [PolicyChange] in
      func chosen(_ folder: PolicyFolder) -> Side? {
        let versions = folder.policies[code]
        let policy = day.flatMap { versions?.inForce(on: $0) } ?? versions?.all.last
        return policy.map { Side(policy: $0, partner: folder.addressees[code]) }
      }
      return changes(code, from: chosen(old), to: chosen(new))
    }
  }

  struct Side {
    let policy: Policy
    let partner: Addressee?

    var levels: [DetailLevel] { policy.levels(for: partner) }
  }

  private func changes(_ code: String, from old: Side?, to new: Side?) -> [PolicyChange] {
    switch (old, new) {
    case (nil, nil): return []
    case (nil, let new?):
      let kinds = new.policy.kinds.sorted().joined(separator: ", ")
      return [
        PolicyChange(
          partner: code, direction: .more,
          text: "is new: gets \(kinds) at level \(new.policy.detail.rawValue) at most")
      ] + fields(code, from: nil, to: new)
    case (_?, nil):
      return [PolicyChange(partner: code, direction: .less, text: "gets nothing any more")]
    case (let old?, let new?):
      return settings(code, from: old, to: new) + fields(code, from: old, to: new)
    }
  }

  // MARK: - Keys

  private func settings(_ code: String, from old: Side, to new: Side) -> [PolicyChange] {
    let (a, b) = (old.policy, new.policy)
    var all: [PolicyChange] = []
    func add(_ direction: PolicyChange.Direction, _ text: String) {
      all.append(PolicyChange(partner: code, direction: direction, text: text))
    }
    func sets(_ what: String, _ before: Set<String>, _ after: Set<String>) {
      for word in after.subtracting(before).sorted() { add(.more, "\(what) also \(word)") }
      for word in before.subtracting(after).sorted() { add(.less, "\(what) no more \(word)") }
    }
    sets("gets referrals of kind", a.kinds, b.kinds)
    sets("gets referrals for the purpose", Set(a.purposes), Set(b.purposes))
    sets("gets identifiers of scheme", a.identifierSchemes, b.identifierSchemes)
    let tables = [a, b].map { Set(($0.statistics?.tables ?? []).map(\.rawValue)) }
    sets("gets numbers of a quarter,", tables[0], tables[1])
    sets(
      "gets referrals under handling code", Set(a.handlingCodes.map(\.rawValue)),
      Set(b.handlingCodes.map(\.rawValue)))
    if a.detail != b.detail {
      add(
        order(a.detail) < order(b.detail) ? .more : .less,
        "the highest level becomes \(b.detail.rawValue) (was \(a.detail.rawValue))")
    }
    if a.hidesSuspects != b.hidesSuspects {
      add(
        b.hidesSuspects ? .less : .more,
        b.hidesSuspects ? "learns of suspects no more" : "learns of suspects")
    }
    if a.needsHandlingCode != b.needsHandlingCode {
      add(
        b.needsHandlingCode ? .less : .more,
        b.needsHandlingCode
          ? "gets nothing without a handling code" : "gets referrals without a handling code too")
    }
    if a.onlyMinors != b.onlyMinors {
      add(
        b.onlyMinors ? .less : .more,
        b.onlyMinors ? "gets children only" : "gets adults as well as children")
    }
    if a.maximumClassification != b.maximumClassification {
      add(
        b.maximumClassification == .restricted ? .more : .less,
        "gets referrals marked \(b.maximumClassification.rawValue) at most")
    }
    return all + consent(code, from: old, to: new)
      + accountability(code, from: a, to: b)
  }

  private func consent(_ code: String, from old: Side, to new: Side) -> [PolicyChange] {
    let (a, b) = (old.policy, new.policy)
    var all: [PolicyChange] = []
    func add(_ direction: PolicyChange.Direction, _ text: String) {
      all.append(PolicyChange(partner: code, direction: direction, text: text))
    }
    if let before = old.partner, let after = new.partner {
      if before.isAskedForConsent != after.isAskedForConsent {
        add(
          after.isAskedForConsent ? .less : .more,
          after.isAskedForConsent
            ? "gets names only of persons who consented" : "gets names without asking for consent")
      }
      if before.traits != after.traits {
        let words = after.traits.map(\.rawValue).sorted().joined(separator: ", ")
        add(.other, "has the traits \(words.isEmpty ? "none" : words)")
      }
    }
    if a.consentScope != b.consentScope {
      add(
        .other,
        "the consent that counts is \(b.consentScope ?? "none") (was \(a.consentScope ?? "none"))")
    }
    if a.withoutConsent != b.withoutConsent {
      add(
        b.withoutConsent == .refuse ? .less : .more,
        b.withoutConsent == .refuse
          ? "gets nothing where consent is asked and missing"
          : "gets a notice without names where consent is asked and missing")
    }
    return all
  }

  private func accountability(_ code: String, from a: Policy, to b: Policy) -> [PolicyChange] {
    let rows: [(String, String, String)] = [
      ("the version", a.version, b.version), ("in force from", "\(a.validFrom)", "\(b.validFrom)"),
      ("the author", a.author, b.author), ("the approver", a.approver, b.approver),
      ("the reason", a.reason, b.reason),
      (
        "the legal basis", a.legalBasis.joined(separator: ", "),
        b.legalBasis.joined(separator: ", ")
      ),
      ("is reached through", a.via?.text ?? "nobody", b.via?.text ?? "nobody"),
    ]
    return rows.filter { $0.1 != $0.2 }.map {
      PolicyChange(partner: code, direction: .other, text: "\($0.0): \($0.2) (was \($0.1))")
    }
  }

  private func order(_ detail: Policy.Detail) -> Int {
    switch detail {
    case .deidentified: 0
    case .pseudonymised: 1
    case .full: 2
    }
  }
}
