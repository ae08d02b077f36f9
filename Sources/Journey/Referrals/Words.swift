/// The words of the trade as closed lists; their wire spelling is the raw value.
// SPDX-License-Identifier: Apache-2.0

/// What a referral is about (docs/rules.md).
package enum ReferralKind: String, Sendable, CaseIterable, Hashable {
  case traffickingSignal = "TRAFFICKING_SIGNAL"
  case smugglingSignal = "SMUGGLING_SIGNAL"
  /// A step in the residence scheme for victims and witnesses of trafficking.
  case residenceNotice = "RESIDENCE_SCHEME_NOTICE"
  /// A permit or recognition refused or withdrawn on evidence of trafficking.
  case permitNotice = "PERMIT_ACTION_NOTICE"
}

/// What a revision does to those before it.
package enum Operation: String, Sendable, CaseIterable {
  case create, update, correct, withdraw
}

/// How soon people must know. Urgent messages are shouted about sooner, never given up sooner.
package enum Priority: String, Sendable, CaseIterable {
  case routine, urgent
  case immediateDanger = "immediate-danger"
}

/// How much of a person a document shows.
package enum DetailLevel: String, Sendable, CaseIterable {
  case full
  /// Without names, numbers and addresses; persons are tokens that only this recipient can join.
  case pseudonymised
  /// Without names and coarse; nothing joins two documents of it.
  case deidentified
}

/// Flags repeated in the header so that no reader overlooks them.
package enum Attention: String, Sendable, CaseIterable {
  case immediateDanger = "immediate-danger"
  case doNotAlert = "do-not-alert"
  case notSafeToContact = "not-safe-to-contact"
  case minor
}

/// Whether a person is a child, as far as known.
package enum MinorStatus: String, Sendable, CaseIterable {
  case minor
  case presumedMinor = "presumed-minor"
  case adult, unknown

  package var needsGuardian: Bool {
    switch self {
    case .minor, .presumedMinor: true
    case .adult, .unknown: false
    }
  }
}

/// Directive (EU) 2016/680, article 6: whom the data are about.
package enum DataSubjectCategory: String, Sendable, CaseIterable {
  case suspect, convicted, victim
  case possibleVictim = "possible-victim"
  case otherParty = "other-party"

  package var isOffender: Bool {
    switch self {
    case .suspect, .convicted: true
    case .victim, .possibleVictim, .otherParty: false
    }
  }
}

/// What a partner says about a document; one closed list (docs/wire.md), in the order in
/// which an envelope asks for them.
package enum AcknowledgementKind: String, Sendable, CaseIterable {
  case receipt, acceptance, rejection, forwarded, query
  case caseNumber = "case-number"
  case followUp = "follow-up"
  case changeExecuted = "change-executed"
}
