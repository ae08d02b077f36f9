/// What a partner may see, by a second, plain reading of the TOML.
// SPDX-License-Identifier: Apache-2.0
import Foundation
package import JSON
import TOML

/// Nothing of Register or Disclosure is used, so that a mistake there is not made here too.
package struct DisclosureOracle: Sendable {
  private let policy: [String: TOMLValue]
  private let traits: Set<String>

  package init(policy: String, partner: String) throws {
    func table(_ text: String) throws -> [String: TOMLValue] {
      guard case .table(let table) = try readTOML(Array(text.utf8)).kind else { return [:] }
      return table
    }
    self.policy = try table(policy)
    traits = Set(try table(partner).texts("traits"))
  }

  package init(of partner: String) throws {
    func file(_ folder: String) throws -> String {
      String(decoding: try PackageFolder.read("partners/\(folder)/\(partner).toml"), as: UTF8.self)
    }
    try self.init(policy: file("policies.d"), partner: file("partners.d"))
  }

  package var kinds: [String] { policy.texts("kinds") }
  package var purposes: [String] { policy.texts("purposes") }
  package var scope: String? { policy.text("consent_scope") }

  /// The level at which a referral goes; a withdrawal keeps that of what it withdraws.
  package func level(of referral: JSONValue, withdrawing earlier: String? = nil) -> String {
    if let earlier { return earlier }
    let ceiling = policy.text("detail") ?? "deidentified"
    guard traits.isDisjoint(with: ["law-enforcement", "judicial", "legal-duty"]) else {
      return ceiling
    }
    let consents = referral["consents"]?.elements ?? []
    let everybody = persons(of: referral).allSatisfy { person in
      hidden(person)
        || consents.contains {
          $0["personRef"]?.text == person["ref"]?.text && $0["given"]?.text == "yes"
            && $0["scope"]?.text == scope
        }
    }
    return everybody ? ceiling : "deidentified"
  }

  /// The texts that may stand in the document as they are: those of which one place may be shown.
  package func allowed(of canary: CanaryReferral, at level: String) -> Set<String> {
    let referral = canary.referral
    let concealed = Set(
      persons(of: referral).filter(hidden).compactMap { $0["ref"]?.text })
    return Set(
      canary.canaries.filter { text, paths in
        if concealed.contains(text) { return false }
        return paths.contains { shows($0, referral, level, concealed) }
      }.keys)
  }

  // MARK: - Lines

  private func lines(at level: String, withdrawing: Bool) -> [(tokens: [String], action: String)] {
    func table(_ name: String) -> [(tokens: [String], action: String)] {
      guard case .array(let lines) = policy[name]?.kind else { return [] }
      return lines.compactMap { line in
        guard case .table(let members) = line.kind, let pointer = members.text("pointer"),
          let action = members.text("action")
        else { return nil }
        return (pointer.split(separator: "/").map(String.init), action)
      }
    }
    let order: [String: [String]] = [
      "full": ["field"], "pseudonymised": ["pseudonymised", "deidentified"],
      "deidentified": ["deidentified"],
    ]
    // A withdrawal goes by whatever lines there are.
    let rest = withdrawing ? ["pseudonymised", "deidentified", "field"] : []
    return ((order[level] ?? []) + rest).map(table).first { !$0.isEmpty } ?? []
  }

  /// The longest line over a place decides; one that coarsens is not overruled from below.
  private func action(on path: [String], at level: String, withdrawing: Bool) -> (String, Int)? {
    let fitting = lines(at: level, withdrawing: withdrawing).filter { line in
      line.tokens.count <= path.count
        && zip(line.tokens, path).allSatisfy { $0 == $1 || ($0 == "*" && Int($1) != nil) }
    }.sorted { $0.tokens.count < $1.tokens.count }
    let coarse = fitting.first { $0.action != "disclose" && $0.action != "remove" }
    return (coarse ?? fitting.last).map { ($0.action, $0.tokens.count) }
  }

  private func shows(
    _ path: [String], _ referral: JSONValue, _ level: String, _ concealed: Set<String>
  ) -> Bool {
    let isWithdrawal = referral["header"]?["operation"]?.text == "withdraw"
    if path == ["header", "language"] { return true }
    if path == ["header", "referralId"] { return level == "full" }
    if path.first == "header", !["decisionDueAt", "contact"].contains(path[1]) { return false }
    guard !isHidden(path, referral, level, concealed),
      let (action, length) = action(on: path, at: level, withdrawing: isWithdrawal)
    else { return false }
    switch action {
    case "disclose": return level == "full" || !isLocalID(path)
    case "country": return path.count == length + 1 && path.last == "country"
    case "region":
      return path.count == length + 1 && ["country", "region"].contains(path.last)
    default: return false  // OPEN: what is cut or banded does not stand as it was
    }
  }

  /// Where the model has an id that only this referral knows.
  private func isLocalID(_ path: [String]) -> Bool {
    let names = path.filter { Int($0) == nil }
    let last = names.last ?? ""
    return last == "ref" || last.hasSuffix("Ref") || last.hasSuffix("Refs")
      || ["aboutPersons", "threatAgainst"].contains(last)
      || (last == "id" && !names.contains("indicators"))
  }

  // MARK: - Rules

  private func persons(of referral: JSONValue) -> [JSONValue] {
    referral["persons"]?.elements ?? []
  }

  private func offends(_ person: JSONValue) -> Bool {
    ["suspect", "convicted"].contains(person["dataSubjectCategory"]?.text)
      || person["roles"]?.elements?.contains("perpetrator") == true
  }

  /// R14.
  private func hidden(_ person: JSONValue) -> Bool {
    let isChild = ["minor", "presumed-minor"].contains(person["minorStatus"]?.text)
    return policy.flag("hide_suspects") && offends(person)
      || policy.flag("only_minors") && !isChild
  }

  private func isHidden(
    _ path: [String], _ referral: JSONValue, _ level: String, _ concealed: Set<String>
  ) -> Bool {
    let element = path.indices.dropFirst().compactMap { end -> JSONValue? in
      JSONPointer(tokens: Array(path.prefix(end))).at(in: referral)
    }
    // An element that is about somebody concealed, or about nobody else.
    for value in element {
      if let ref = value["personRef"]?.text, concealed.contains(ref), path[0] != "permitAction" {
        return true
      }
      for member in ["aboutPersons", "personRefs"] {
        let about = (value[member]?.elements ?? []).compactMap(\.text)
        if !about.isEmpty, about.allSatisfy(concealed.contains) { return true }
      }
    }
    if path[0] == "attachments", hides(path, referral, level, concealed) { return true }
    if path[0] == "persons", let index = Int(path[1]) {
      let person = persons(of: referral)[index]
      return hidden(person) || isHidden(Array(path.dropFirst(2)), ofPerson: person, referral)
    }
    switch level {
    case "pseudonymised":
      return path == ["header", "decisionDueAt"] || path.starts(with: ["change", "affectedFields"])
    case "deidentified":
      let isOtherEvent =
        path.starts(with: ["trafficking", "events"])
        && JSONPointer(tokens: Array(path.prefix(3)) + ["type"]).at(in: referral) != "Exploitation"
      let isChange = path[0] == "change" && referral["header"]?["operation"]?.text != "withdraw"
      return path == ["header", "decisionDueAt"] || isOtherEvent || isChange
    default: return false  // OPEN: full
    }
  }

  /// R14: no part of a file can be held back; and what people call it may name them.
  private func hides(
    _ path: [String], _ referral: JSONValue, _ level: String, _ concealed: Set<String>
  ) -> Bool {
    if level == "pseudonymised", ["fileName", "title"].contains(path.last) { return true }
    guard !concealed.isEmpty, let index = Int(path[1]),
      let file = referral["attachments"]?.elements?[index]
    else { return false }
    func texts(_ value: JSONValue?) -> [String] { (value?.elements ?? []).compactMap(\.text) }
    let about = texts(file["personRefs"])
    let said = (referral["case"]?["statements"]?.elements ?? []).filter {
      texts(file["statementRefs"]).contains($0["id"]?.text ?? "")
    }.flatMap { texts($0["aboutPersons"]) }
    return about.isEmpty || (about + said).contains(where: concealed.contains)
  }

  /// R17, R23 and, of the sponsor, R14.
  private func isHidden(_ path: [String], ofPerson person: JSONValue, _ referral: JSONValue)
    -> Bool
  {
    if path.first == "identifiers", let index = Int(path[1]) {
      let scheme = person["identifiers"]?.elements?[index]["scheme"]?.text ?? ""
      let isCriminal =
        ["suspect", "convicted"].contains(person["dataSubjectCategory"]?.text)
      return !policy.texts("id_schemes").contains(scheme) || (scheme == "skn" && !isCriminal)
    }
    guard path.first == "contact", path.count > 1 else { return false }
    let isVictim = ["victim", "possible-victim"].contains(person["dataSubjectCategory"]?.text)
      || person["roles"]?.elements?.contains { ["victim", "possible-victim"].contains($0.text) }
        == true
    let isUnsafe =
      referral["protection"]?["doNotAlert"]?.flag == true
      && person["contact"]?["safeToContact"]?.flag == false
    let knowsSponsor = referral["permitAction"]?["sponsorInformed"]?.flag == true
    return isVictim
      && (isUnsafe && ["phone", "address"].contains(path[1])
        || knowsSponsor && ["phone", "address", "instructions"].contains(path[1]))
  }
}

extension JSONPointer {
  fileprivate func at(in value: JSONValue) -> JSONValue? { value.at(self) }
}

extension [String: TOMLValue] {
  func text(_ key: String) -> String? {
    if case .string(let text) = self[key]?.kind { text } else { nil }
  }

  func texts(_ key: String) -> [String] {
    guard case .array(let elements) = self[key]?.kind else { return [] }
    return elements.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
  }

  func flag(_ key: String) -> Bool { self[key]?.kind == .boolean(true) }
}
