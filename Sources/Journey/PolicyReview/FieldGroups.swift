/// The fields of a referral as people speak of them: a few groups, each with a name.
// SPDX-License-Identifier: Apache-2.0

package struct FieldGroup: Sendable {
  package let name: String
  /// Places; a field belongs to the group with the longest one above it.
  let pointers: [String]

  private init(_ name: String, _ pointers: String...) {
    self.name = name
    self.pointers = pointers
  }

  package static let all: [FieldGroup] = [
    FieldGroup("kind, urgency, language", "/header"),
    FieldGroup("contact at the sender", "/header/contact"),
    FieldGroup("deadline for a decision", "/header/decisionDueAt"),
    FieldGroup("ground and conditions of use", "/handling"),
    FieldGroup("text of a special condition", "/handling/handlingText"),
    FieldGroup(
      "who weighed the privacy, who let it be passed on", "/handling/proportionality",
      "/handling/relayPermission"),
    FieldGroup("when, where and by whom it was found", "/case/detection"),
    FieldGroup("case numbers and related referrals", "/case/caseNumbers", "/case/linked"),
    FieldGroup("statements: what was said", "/case/statements/*/text"),
    FieldGroup("statements: that they exist, their basis", "/case/statements"),
    FieldGroup("assessment, indicators, offences", "/assessment"),
    FieldGroup("part in the case", "/persons"),
    FieldGroup(
      "names and description", "/persons/*/names", "/persons/*/nameKnown",
      "/persons/*/description"),
    FieldGroup(
      "birth and age", "/persons/*/birth", "/persons/*/ageEstimate", "/persons/*/minorStatus",
      "/persons/*/minorStatusReason"),
    FieldGroup("gender", "/persons/*/gender"),
    FieldGroup("citizenship", "/persons/*/citizenships"),
    FieldGroup("languages", "/persons/*/languages", "/persons/*/interpreterNeeded"),
    FieldGroup("numbers (passport and the like)", "/persons/*/identifiers"),
    FieldGroup("phone", "/persons/*/contact/phone"),
    FieldGroup("address", "/persons/*/contact/address"),
    FieldGroup("how to make contact safely", "/persons/*/contact"),
    FieldGroup("status and needs of a victim", "/persons/*/victim"),
    FieldGroup("tie to the trafficker", "/persons/*/victim/relationshipToTrafficker"),
    FieldGroup("part of a suspect", "/persons/*/perpetrator"),
    FieldGroup("guardian", "/persons/*/guardian"),
    FieldGroup("organisations", "/organisations"),
    FieldGroup("trafficking: acts, means, control", "/trafficking"),
    FieldGroup("trafficking: form and sector", "/trafficking/forms"),
    FieldGroup("trafficking: days and places", "/trafficking/events"),
    FieldGroup("smuggling", "/smuggling"),
    FieldGroup("residence: the step and its day", "/residence"),
    FieldGroup("residence: reflection period", "/residence/reflectionPeriod"),
    FieldGroup("residence: ground and decision", "/residence/ground", "/residence/decision"),
    FieldGroup("residence: evidence", "/residence/evidenceRefs"),
    FieldGroup("permit action", "/permitAction"),
    FieldGroup(
      "permit action: evidence and fine", "/permitAction/evidenceRefs",
      "/permitAction/administrativeFine"),
    FieldGroup("danger and caution", "/protection"),
    FieldGroup("consents", "/consents"),
    FieldGroup("other countries", "/crossBorder"),
    FieldGroup("attached files", "/attachments"),
    FieldGroup("what changed, and why", "/change"),
  ]

  /// The group of a field; nil for one that nobody has put into a group yet.
  package static func of(_ field: ReferralModel.Field) -> FieldGroup? {
    var best: (group: FieldGroup, length: Int)?
    for group in all {
      for pointer in group.pointers {
        let tokens = pointer.split(separator: "/").map(String.init)
        guard field.path.starts(with: tokens), tokens.count > best?.length ?? 0 else { continue }
        best = (group, tokens.count)
      }
    }
    return best?.group
  }
}
