/// A submission with trafficking and smuggling taken apart into two linked ones (rule R01).
// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Platform

/// A proposal: what belongs to which half of the facts only a person can tell.
package struct MixedFacts: Sendable {
  package struct Half: Sendable {
    package let referralID: UniversalID
    package let kind: ReferralKind
    package let submission: JSONValue
  }

  package let trafficking: Half
  package let smuggling: Half
  /// Groups that stand in both halves and in which a person must look, as pointers.
  package let shared: [JSONPointer]

  /// Nil where there is nothing to take apart: not both groups, or no header that says which of
  /// them the referral was meant to be.
  package init?(_ submission: JSONValue) {
    guard let content = submission["referral"]?.members, content["trafficking"] != nil,
      content["smuggling"] != nil, let header = content["header"],
      let id = header["referralId"]?.text.flatMap(UniversalID.init),
      let kind = header["kind"]?.text.flatMap(ReferralKind.init),
      header["operation"]?.text != Operation.withdraw.rawValue
    else { return nil }
    let stays: ReferralKind
    switch kind {
    case .traffickingSignal: stays = .traffickingSignal
    case .smugglingSignal: stays = .smugglingSignal
    case .residenceNotice, .permitNotice: return nil
    }
    let other = MixedFacts.otherID(of: id)
    func half(_ kind: ReferralKind) -> Half {
      let own = kind == stays ? id : other
      var referral = kind == stays ? content : MixedFacts.begun(content, as: own)
      referral = MixedFacts.reduced(referral, to: kind)
      referral = MixedFacts.linked(referral, to: kind == stays ? other : id)
      var whole = submission.members ?? JSONObject()
      whole["referral"] = .object(referral)
      return Half(referralID: own, kind: kind, submission: .object(whole))
    }
    trafficking = half(.traffickingSignal)
    smuggling = half(.smugglingSignal)
    shared = [["case", "statements"], ["persons"], ["organisations"], ["assessment", "offences"]]
      .filter { path in
        let value = path.count > 1 ? content[path[0]]?[path[1]] : content[path[0]]
        return value?.elements?.isEmpty == false
      }
      .map { JSONPointer(tokens: ["referral"] + $0) }
  }

  /// The same file taken apart twice gives the same ids, so nothing can be handed in twice.
  private static func otherID(of id: UniversalID) -> UniversalID {
    UniversalID.v8(from: zip(id.octets, "the other half 1".utf8).map { $0 ^ $1 })
  }

  /// The half that the referral was not meant to be is new, whatever revision the referral is.
  private static func begun(_ content: JSONObject, as id: UniversalID) -> JSONObject {
    var content = content
    var header = content["header"]?.members ?? JSONObject()
    header["referralId"] = .string(id.description)
    header["revision"] = 1
    header["operation"] = .string(Operation.create.rawValue)
    content["header"] = .object(header)
    content["change"] = nil
    return content
  }

  private static func reduced(_ content: JSONObject, to kind: ReferralKind) -> JSONObject {
    var content = content
    var header = content["header"]?.members ?? JSONObject()
    header["kind"] = .string(kind.rawValue)
    content["header"] = .object(header)
    guard kind == .smugglingSignal else {
      content["smuggling"] = nil
      return content
    }
    content["trafficking"] = nil
    var assessment = content["assessment"]?.members ?? JSONObject()
    // That all elements of trafficking are there says nothing of smuggling.
    if assessment["level"]?.text == "elements-complete" {
      assessment["level"] = "elements-partial"
    }
    let indicators = (assessment["indicators"]?.elements ?? [])
      .filter { $0["scheme"]?.text != "ilo-delphi-2009" }
    if assessment["indicators"] != nil { assessment["indicators"] = .array(indicators) }
    content["assessment"] = .object(assessment)
    // R08: nothing of exploitation stands in a smuggling signal.
    if let persons = content["persons"]?.elements {
      content["persons"] = .array(
        persons.map { person in
          guard var members = person.members, var victim = members["victim"]?.members else {
            return person
          }
          victim["ageWhenTrafficked"] = nil
          members["victim"] = .object(victim)
          return .object(members)
        })
    }
    return content
  }

  private static func linked(_ content: JSONObject, to id: UniversalID) -> JSONObject {
    var content = content
    var facts = content["case"]?.members ?? JSONObject()
    let link: JSONValue = [
      "referralId": .string(id.description), "relation": "mixed-trafficking-smuggling",
    ]
    let links = facts["linked"]?.elements ?? []
    facts["linked"] = .array(links.contains(link) ? links : links + [link])
    content["case"] = .object(facts)
    return content
  }
}
