/// Every ground of a refusal has a label and a what-to-do sentence in Dutch and English.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Referrals
import TestSupport
import Testing

@Test(arguments: Rule.allCases)
func `finds a label and what to do in both languages`(rule: Rule) throws {
  let lists = ["rules", "submission-refusals"]
  let codes = try lists.flatMap { name in
    let list = try JSONReader.read(try PackageFolder.read("schemas/codelists/\(name).json"))
    return list["codes"]?.elements ?? []
  }
  let entry = try #require(codes.first { $0["code"]?.text == rule.rawValue })
  for language in ["nl", "en"] {
    #expect(entry["labels"]?[language]?.text?.isEmpty == false)
    #expect(entry["whatToDo"]?[language]?.text?.isEmpty == false)
  }
}
