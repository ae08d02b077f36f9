/// Labels in Dutch and English for every code, and a what-to-do sentence for every refusal.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Platform
import Referrals
import TestSupport
import Testing

/// The code lists by name, each with its codes.
private func codeLists() throws -> [String: [JSONValue]] {
  let folder = "schemas/codelists"
  var lists: [String: [JSONValue]] = [:]
  for file in try Files.list(PackageFolder.path + "/" + folder) {
    let list = try JSONReader.read(try PackageFolder.read("\(folder)/\(file)"))
    lists[String(file.dropLast(".json".count))] = list["codes"]?.elements ?? []
  }
  return lists
}

/// Closed lists of a schema: every `enum` that a member describes, with its place.
private func closedLists(_ value: JSONValue, _ path: [String] = []) -> [(String, [String])] {
  var found: [(String, [String])] = []
  if let codes = value["enum"]?.elements, value["description"] != nil {
    found.append((path.joined(separator: "/"), codes.compactMap(\.text)))
  }
  for member in value.members?.members ?? [] {
    found += closedLists(member.value, path + [member.name])
  }
  for (index, element) in (value.elements ?? []).enumerated() {
    found += closedLists(element, path + [String(index)])
  }
  return found
}

/// "referral/1.1.0", of every schema whose codes people read.
private let names = ["submission", "referral", "acknowledgement", "event", "statistics"]
private let schemas = names.flatMap { name in
  let versions = try? Files.list("\(PackageFolder.path)/schemas/\(name)")
  return (versions ?? []).map { "\(name)/\($0)" }
}

@Test(arguments: schemas)
func `finds a label in both languages for every code of every schema`(_ name: String) throws {
  let schema = try JSONReader.read(try PackageFolder.read("schemas/\(name)/schema.json"))
  let lists = try codeLists().mapValues { codes in
    Set(
      codes.filter {
        $0["labels"]?["nl"]?.text?.isEmpty == false && $0["labels"]?["en"]?.text?.isEmpty == false
      }.compactMap { $0["code"]?.text })
  }
  let closed = closedLists(schema)
  for (place, codes) in closed {
    #expect(lists.values.contains { $0.isSuperset(of: codes) }, "\(place): \(codes)")
  }
  #expect(name.hasPrefix("submission") || closed.count > 0)
  #expect(!name.hasPrefix("referral") || closed.count > 60)
}

@Test func `finds source, version and day of every code list, and no code twice`() throws {
  for name in try codeLists().keys {
    let list = try JSONReader.read(try PackageFolder.read("schemas/codelists/\(name).json"))
    #expect(list["id"]?.text == name)
    for member in ["version", "source", "asOf"] {
      #expect(list[member]?.text?.isEmpty == false, "\(name) \(member)")
    }
    let codes = (list["codes"]?.elements ?? []).compactMap { $0["code"]?.text }
    #expect(!codes.isEmpty && Set(codes).count == codes.count, "\(name)")
  }
}

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

/// Every Swift file of the rooms in which rules are enforced.
private func sources() throws -> String {
  var text = ""
  for room in ["Referrals", "Intake", "Disclosure"] {
    let folder = "Sources/Journey/\(room)"
    for file in try Files.list(PackageFolder.path + "/" + folder) where file.hasSuffix(".swift") {
      text += String(decoding: try PackageFolder.read("\(folder)/\(file)"), as: UTF8.self)
    }
  }
  return text
}

@Test func `finds every rule in docs/rules.md, and every function that it names`() throws {
  let page = String(decoding: try PackageFolder.read("docs/rules.md"), as: UTF8.self)
  for rule in Rule.allCases where !rule.rawValue.hasPrefix("R") {
    #expect(page.contains("`\(rule.rawValue)`"), "\(rule.rawValue)")
  }
  let rows = page.split(separator: "\n").filter { $0.hasPrefix("| R") && $0.utf8.count > 6 }
  let numbers = rows.map { String($0.dropFirst(2).prefix(3)) }
  #expect(numbers == (1...26).map { $0 < 10 ? "R0\($0)" : "R\($0)" })
  let code = try sources()
  for row in rows {
    #expect(!row.contains("planned"))
    let enforced = row.split(separator: "|").last ?? ""
    for word in enforced.split(separator: "`").enumerated() where word.offset % 2 == 1 {
      let name = String(word.element)
      guard let first = name.first, first.isLowercase, name.allSatisfy(\.isLetter) else { continue }
      let isThere = code.contains("func \(name)(") || code.contains("let \(name)")
      #expect(isThere || ["deidentified", "duty"].contains(name), "\(row.prefix(5)): \(name)")
    }
  }
}
