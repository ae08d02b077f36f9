/// Why a submission or a recipient was refused: which rule, where, and what to do.
// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Every ground on which the gateway refuses. The raw value is what operators and case systems see.
package enum Rule: String, Sendable, CaseIterable, Hashable {
  case malformed
  case schema
  case notNormalized = "not-nfc"
  case forbiddenCharacter = "forbidden-character"
  case tooLarge = "too-large"
  case unreadableFile = "unreadable-file"
  case revisionReused = "revision-reused"
  case revisionGap = "revision-gap"
  case revisionSuperseded = "revision-superseded"
  case kindChanged = "kind-changed"
  case reclassification
  case principal
  case onlyMinors = "only-minors"
  case unknownPartner = "unknown-partner"
  case noRecipient = "no-recipient"
  case noRoute = "no-route"
  case partnerDisabled = "partner-disabled"
  case kindNotAgreed = "kind-not-agreed"
  case purposeNotAgreed = "purpose-not-agreed"
  case classificationTooHigh = "classification-too-high"
  case handlingCodeMissing = "handling-code-missing"
  case handlingCodeNotAgreed = "handling-code-not-agreed"
  case policyNotYetValid = "policy-not-yet-valid"
  case documentInvalid = "document-invalid"
  case noCommonVersion = "no-common-version"
  case versionLoss = "version-loss"
  case signingCertificateTime = "signing-certificate-time"
  case mixedFacts = "R01"
  case completeElements = "R02"
  case anyElement = "R03"
  case age = "R05"
  case guardian = "R06"
  case smugglingGain = "R07"
  case smugglingExploitation = "R08"
  case reflectionPeriod = "R09"
  case presenceStatement = "R10"
  case consentToDisclose = "R11"
  case asylumInformation = "R12"
  case consentGiver = "R13"
  case doubleRole = "R15"
  case fineForSameConduct = "R16"
  case relay = "R18"
  case evaluation = "R19"
  case withdrawal = "R20"
  case correction = "R21"
  case exercise = "R22"
  case alerting = "R23"
  case attachment = "R24"
  case immediateDanger = "R26"

  /// One sentence each: what is wrong, and what to do about it. No text of a referral.
  package var explanation: (wrong: String, remedy: String) {
    switch self {
    case .malformed:
      ("The file is not strict JSON.", "Correct the place named; see schemas/README.md.")
    case .schema:
      (
        "The submission does not have the form that its schema demands.",
        "Correct the member named; schemas/submission describes it."
      )
    case .notNormalized:
      ("A text is not in Unicode normalization form C.", "Send the text in form NFC.")
    case .forbiddenCharacter:
      (
        "A text has a control character or a character that reverses the direction of reading.",
        "Remove the character; line feeds are allowed."
      )
    case .tooLarge:
      ("The submission is larger than 1 MiB.", "Shorten the free texts.")
    case .unreadableFile:
      (
        "The file is a link, a folder, or one that the gateway may not read.",
        "Hand in a regular file that its group may read."
      )
    case .revisionReused:
      (
        "This revision was accepted before with other content.",
        "Send the changed content as the next revision."
      )
    case .revisionGap:
      ("The revision before this one was never accepted.", "Send the revisions in order.")
    case .revisionSuperseded:
      ("A later revision has been accepted.", "Add the recipient to the latest revision.")
    case .kindChanged:
      (
        "An earlier revision is of another kind.",
        "Withdraw that referral and create a new one, in one submission with \"withdraws\"."
      )
    case .reclassification:
      (
        "The withdrawal and the new referral do not belong together.",
        "Give the new one another id and kind and name the old one in case.linked with "
          + "reclassified-from."
      )
    case .principal:
      (
        "A residence notice is about exactly one victim or witness.",
        "Make one notice for each; family members have the role family-member only."
      )
    case .onlyMinors:
      ("The partner gets referrals about children only.", "Leave this recipient out.")
    case .unknownPartner:
      ("A recipient is not in the partner register.", "See: referralctl partner list.")
    case .noRecipient:
      (
        "No recipient is named, and this gateway has no routes.",
        "Name at least one partner code in \"recipients\"."
      )
    case .noRoute:
      (
        "No recipient is named, and by the routes nobody gets it.",
        "See referralctl route FILE; name who gets it in \"recipients\", or ask the operator."
      )
    case .partnerDisabled:
      ("The partner is disabled.", "Ask the operator, or leave this recipient out.")
    case .kindNotAgreed:
      ("The partner does not receive this kind of referral.", "Leave this recipient out.")
    case .purposeNotAgreed:
      (
        "The purpose of this referral is not agreed with the partner.",
        "Leave this recipient out, or correct handling.purpose."
      )
    case .classificationTooHigh:
      (
        "The referral is marked higher than the partner's policy allows.",
        "Send classified facts by another channel."
      )
    case .handlingCodeMissing:
      (
        "The partner takes no referral without a handling code.",
        "Fill handling.handlingCodes, or leave this recipient out."
      )
    case .handlingCodeNotAgreed:
      (
        "The partner has not agreed to honour this handling code.",
        "Leave this recipient out, or send it under other conditions."
      )
    case .policyNotYetValid:
      ("The partner's disclosure policy is not in force yet.", "See valid_from in its policy.")
    case .documentInvalid:
      (
        "What the policy leaves is not a valid document for this partner.",
        "Tell the administrator: the policy removes a member that the schema demands."
      )
    case .noCommonVersion:
      (
        "The gateway writes no schema version that the partner takes.",
        "Tell the administrator: see schema.min and schema.max in the partner file."
      )
    case .versionLoss:
      (
        "The partner's schema version cannot carry an attachment that must be understood.",
        "Leave this recipient out, or clear mustUnderstand if the referral does not mislead "
          + "without the file."
      )
    case .signingCertificateTime:
      (
        "The signing certificate does not cover the document from its signing to its expiry.",
        "Renew the signing key; a new one signs from an hour after it began."
      )
    case .mixedFacts:
      (
        "Trafficking and smuggling stand in one referral.",
        "Send two linked referrals; referralctl split FILE -o DIR writes them for you to check."
      )
    case .completeElements:
      (
        "Level elements-complete needs an act, a means (not for a minor) and a form.",
        "Add what is missing or lower assessment.level."
      )
    case .anyElement:
      (
        "The signal names no indicator and no element at all.",
        "Add one indicator, act, means, form or control method."
      )
    case .age:
      (
        "By the age given the person may be a child, which is denied or left open.",
        "Set minorStatus to presumed-minor, or to unknown with minorStatusReason."
      )
    case .guardian:
      ("A child's guardianship is not stated.", "Add guardian.appointed: yes, no or unknown.")
    case .smugglingGain:
      (
        "Helping somebody to stay is an offence for financial gain only.",
        "Set smuggling.financialGain to yes or lower assessment.level."
      )
    case .smugglingExploitation:
      (
        "A smuggling signal has a member that belongs to exploitation.",
        "Remove it, or send a trafficking signal."
      )
    case .reflectionPeriod:
      (
        "A reflection period is for one victim, once, and no longer than the law allows.",
        "Check roles, first and last day, duration and earlier revisions; a correction may mend it."
      )
    case .presenceStatement:
      (
        "Residence as a reporting witness rests on a statement that presence is necessary.",
        "Name it in residence.evidenceRefs with kind presence-statement."
      )
    case .consentToDisclose:
      (
        "A person has not consented and the partner gets nothing without consent.",
        "Record the consent in consents[], or leave this recipient out."
      )
    case .asylumInformation:
      (
        "Asylum information goes out on a legal duty or with consent only.",
        "Name the duty in handling.legalBasis or the consent share-asylum-file."
      )
    case .consentGiver:
      (
        "The consent was given by somebody who cannot give it.",
        "Under 16 a parent or guardian consents, who is no suspect; from 16 the person."
      )
    case .doubleRole:
      (
        "A person is victim and perpetrator at once, and no statement is about that person.",
        "Add a statement with its basis, naming the person in aboutPersons."
      )
    case .fineForSameConduct:
      (
        "A fine was imposed for the same conduct, so no criminal report follows.",
        "Do not send it for investigation or prosecution."
      )
    case .relay:
      (
        "A handling code cannot be kept: H2 at a hub, or H3 whose text is not there.",
        "Record handling.relayPermission for H2; fill handling.handlingText for H3, or leave out "
          + "a recipient who gets no free text."
      )
    case .evaluation:
      (
        "A statement for law enforcement lacks basis, sourceEval or infoEval.",
        "Add all three to every statement."
      )
    case .withdrawal:
      ("A withdrawal carries header, handling and change only.", "Remove every other group.")
    case .correction:
      ("A correction must name the fields that it corrects.", "Fill change.affectedFields.")
    case .exercise:
      (
        "Test identities carry exercises only, real ones none.",
        "Set exercise to true for test OINs; leave it out otherwise."
      )
    case .alerting:
      (
        "Nobody may be alerted, yet the sponsor or employer is informed.",
        "Clear protection.doNotAlert or permitAction.sponsorInformed, whichever is wrong."
      )
    case .attachment:
      (
        "An attachment does not match its file, or is of a form that is not carried; face images "
          + "and fingerprints never are.",
        "Hand the file over as it is described, or remove it and name it in evidenceRefs."
      )
    case .immediateDanger:
      (
        "Immediate danger needs priority immediate-danger, a contact with a phone, a duty phone at "
          + "the partner and a requested acceptance.",
        "Complete the contact; see the partner file. Call 112 first."
      )
    }
  }
}

/// One ground, at one place of the submission.
package struct Reason: Sendable, Hashable {
  package let rule: Rule
  /// In the submission.
  package let pointer: JSONPointer
  /// The recipient that the reason concerns; nil when all.
  package let partner: String?
  /// More than the rule's own sentence: keyword of a schema, line and column. Never a value.
  package let detail: String?
  /// The text as it should be, for whoever handed it in and for nobody else: it is a text of the
  /// referral, so no log, event or store may hold it.
  package let proposal: String?

  package init(
    _ rule: Rule, at pointer: JSONPointer, partner: String? = nil, detail: String? = nil,
    proposal: String? = nil
  ) {
    self.rule = rule
    self.pointer = pointer
    self.partner = partner
    self.detail = detail
    self.proposal = proposal
  }
}
