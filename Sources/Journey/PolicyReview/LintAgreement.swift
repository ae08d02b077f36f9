/// What lint finds in the keys of a policy: words that no list has, and promises that cannot hold.
// SPDX-License-Identifier: Apache-2.0
import Platform
import Referrals
import Register

extension PolicyLint {
  /// Words of the model and of the code lists.
  func words() -> [PolicyFinding] {
    let lists: [(key: String, given: [String], path: [String])] = [
      ("purposes", policy.purposes, ["handling", "purpose"]),
      (
        "id_schemes", policy.identifierSchemes.sorted(),
        ["persons", "*", "identifiers", "*", "scheme"]
      ),
      ("consent_scope", [policy.consentScope].compactMap { $0 }, ["consents", "*", "scope"]),
    ]
    let unknown = lists.flatMap { list in
      let known = model.words(at: list.path)
      return list.given.filter { !known.contains($0) }.map { word in
        finding(
          .unknownWord, policy.place(of: list.key), "'\(list.key)' has no word '\(word)'",
          "write one of: " + known.joined(separator: ", "))
      }
    }
    return unknown + policy.legalBasis.compactMap(ground)
  }

  /// A ground is a provision of the list, with the year of the text that was read.
  private func ground(_ text: String) -> PolicyFinding? {
    let place = policy.place(of: "legal_basis")
    guard isGround(text), let code = text.split(separator: "@").first.map(String.init) else {
      return finding(
        .unknownWord, place, "'\(text)' is no provision with its year",
        "write it as in schemas/codelists/provisions.json, \"NL-VW-107-4@2015\"")
    }
    guard !model.provisions.contains(code) else { return nil }
    let near = Spelling.nearest(to: code, among: model.provisions)
    return finding(
      .unknownWord, place, "no provision '\(code)' is known",
      (near.map { "did you mean '\($0)'? Or " } ?? "")
        + "add it to schemas/codelists/provisions.json, with what it says and its year")
  }

  /// Country or Union, provision, year of the text.
  private func isGround(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count == 4, Int(parts[1]) != nil else { return false }
    let words = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    return words.count > 1 && ["NL", "EU"].contains(words[0]) && !words.contains("")
      && parts[0].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
  }

  /// Keys that say one thing where the lines say another.
  func agreement() -> [PolicyFinding] {
    var all: [PolicyFinding] = []
    func add(_ key: String, _ problem: String, _ remedy: String) {
      all.append(finding(.contradictory, policy.place(of: key), problem, remedy))
    }
    let open = shown(["persons", "*", "identifiers", "*", "value"])
    if open == policy.identifierSchemes.isEmpty {
      add(
        "id_schemes",
        open
          ? "lines let identifiers go and 'id_schemes' names none"
          : "'id_schemes' names numbers and no line lets any go",
        "name the schemes (R17), or remove /persons/*/identifiers")
    }
    if policy.handlingCodes.contains(.asWritten), !shown(["handling", "handlingText"]) {
      add(
        "handling_codes", "H3 is agreed, and its text does not go",
        "disclose /handling/handlingText, or leave H3 out (R18)")
    }
    if policy.via != nil, policy.handlingCodes.isEmpty {
      add("handling_codes", "what a hub passes on has a handling code", "name those agreed (R18)")
    }
    guard let partner else { return all }
    if partner.isAskedForConsent {
      if policy.consentScope == nil, policy.withoutConsent == .deidentified,
        policy.detail != .deidentified
      {
        add(
          "detail", "names go with consent only, and no 'consent_scope' says to what",
          "name the scope, or write detail = \"deidentified\" (R11)")
      }
    } else if policy.consentScope != nil {
      add(
        "consent_scope", "consent is never asked of this partner (R11)",
        "remove it, or the trait in partners.d/\(policy.partner).toml")
    }
    return all
  }

  private func shown(_ path: [String]) -> Bool {
    guard let ceiling = levels.first else { return false }
    return Decisions(policy, at: ceiling).decision(on: .init(path: path)).effect == .disclosed
  }

  /// Whole tables that are missing or never looked at.
  func tables() -> [PolicyFinding] {
    named.compactMap { table in
      let needs = levels.contains(table.level)
      if needs, table.lines.isEmpty {
        return finding(
          .missing, policy.place(of: "detail"),
          "level \(table.level.rawValue) can be reached and has no [[\(table.name)]] line",
          "say what goes at it, or close it with 'detail' and 'without_consent'")
      }
      guard !needs, let line = table.lines.first else { return nil }
      return finding(
        .unreachable, line.place, "level \(table.level.rawValue) is never reached",
        "remove the [[\(table.name)]] lines, or open the level with 'detail' and "
          + "'without_consent'")
    }
  }
}
