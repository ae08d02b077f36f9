/// How rules find what they look at in a referral.
// SPDX-License-Identifier: Apache-2.0
import JSON

func at(_ tokens: String...) -> JSONPointer {
  JSONPointer(tokens: ["referral"] + tokens)
}

func level(_ referral: Referral) -> String? {
  referral.group("assessment")?["level"]?.text
}

func consents(_ referral: Referral) -> [JSONValue] {
  referral.group("consents")?.elements ?? []
}

func isEmpty(_ value: JSONValue?) -> Bool { value?.elements?.isEmpty ?? true }

func texts(_ value: JSONValue?, member: String? = nil) -> [String] {
  (value?.elements ?? []).compactMap { element in
    if let member { return element[member]?.text }
    return element.text
  }
}
