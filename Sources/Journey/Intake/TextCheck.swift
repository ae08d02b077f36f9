/// Texts as people write them are kept as they are, or refused: nothing is normalised silently.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals

enum TextCheck {
  static func reasons(in value: JSONValue) -> [Reason] {
    var reasons: [Reason] = []
    walk(value, [], &reasons)
    return reasons
  }

  private static func walk(_ value: JSONValue, _ path: [String], _ reasons: inout [Reason]) {
    switch value {
    case .string(let text): check(text, path, &reasons)
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        walk(element, path + [String(index)], &reasons)
      }
    case .object(let object):
      for member in object.members { walk(member.value, path + [member.name], &reasons) }
    case .number, .bool, .null: break
    }
  }

  private static func check(_ text: String, _ path: [String], _ reasons: inout [Reason]) {
    let place = JSONPointer(tokens: path)
    if let scalar = TextRules.forbiddenScalar(in: text) {
      reasons.append(Reason(.forbiddenCharacter, at: place, detail: scalar))
    }
    if let composed = Normalization.nfc(text) {
      reasons.append(Reason(.notNormalized, at: place, proposal: composed))
    }
  }
}
