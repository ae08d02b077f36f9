/// Which line of a policy decides about each field of the model, by the engine of the gateway.
// SPDX-License-Identifier: Apache-2.0
import Disclosure
package import Referrals
package import Register

package struct Decision: Sendable {
  package enum Effect: String, Sendable { case disclosed, generalised, removed }
  /// Nil where no line names the field.
  package let line: Policy.FieldRule?
  package let effect: Effect

  init(_ line: Policy.FieldRule?) {
    self.line = line
    effect =
      switch line?.action {
      case .disclose: .disclosed
      case .month, .year, .country, .region, .ageBand, .fiveYearBand: .generalised
      case .remove, nil: .removed
      }
  }
}

extension FieldAction {
  var generalises: Bool {
    switch self {
    case .disclose, .remove: false
    case .month, .year, .country, .region, .ageBand, .fiveYearBand: true
    }
  }
}

/// One policy at one level.
package struct Decisions: Sendable {
  private let tree: PatternTree

  init(_ lines: [Policy.FieldRule]) { tree = PatternTree(lines) }

  package init(_ policy: Policy, at level: DetailLevel) {
    self.init(policy.lines(at: level, for: .create))
  }

  /// What is coarsened as a whole is not looked into any further, as in the gateway.
  package func decision(on field: ReferralModel.Field) -> Decision {
    var position = tree.root
    var line: Policy.FieldRule?
    for token in field.path {
      position = tree.step(position, token == "*" ? "0" : token)
      guard let here = tree.rule(at: position) else { continue }
      line = here
      if here.action.generalises { break }
    }
    return Decision(line)
  }
}

extension Policy {
  /// The levels at which this policy can let something go to a partner, the highest first: where
  /// everybody consented or nobody is named, and where not. Of a partner that is not known consent
  /// may be asked.
  package func levels(for partner: Addressee?) -> [DetailLevel] {
    let ceiling: DetailLevel =
      switch detail {
      case .full: .full
      case .pseudonymised: .pseudonymised
      case .deidentified: .deidentified
      }
    let isAsked = partner?.isAskedForConsent ?? true
    guard isAsked, withoutConsent == .deidentified, ceiling != .deidentified else {
      return [ceiling]
    }
    return [ceiling, .deidentified]
  }
}

extension Addressee {
  /// Rule R11: outside law enforcement, the judiciary and legal duty.
  package var isAskedForConsent: Bool {
    traits.isDisjoint(with: [.lawEnforcement, .judicial, .legalDuty])
  }
}
