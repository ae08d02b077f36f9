/// The table [revocation] of a partner file: where its revocation lists come from.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform

extension PartnerSections {
  func revocation() -> Partner.Revocation? {
    let keys = ["mode", "lists", "sources", "source_anchors", "grace_hours", "none_until"]
    guard let section = root.section("revocation", keys: keys),
      let mode: Placed<Partner.Revocation.Mode> = section.word("mode")
    else { return nil }
    let grace = section.integer("grace_hours", in: Limits.graceHours, default: 24)
    let needsEnd = mode.value == .none && context.profile != .development
    let until = section.day("none_until", required: needsEnd)
    switch mode.value {
    case .crl:
      if let until {
        section.refuse(
          "none_until", until.place, "belongs to mode \"none\"", "remove it",
          code: .contradiction)
      }
      // One of the two must be there.
      let isFetched = section.has("sources")
      let found = material.revocationLists(section, "lists", required: !isFetched)
      let sources = isFetched ? sources(section) : []
      return Partner.Revocation(
        mode: .crl, files: found?.0, sources: sources,
        sourceAnchors: sourceAnchors(section, of: sources), lists: found?.1 ?? [],
        graceHours: grace, noneUntil: nil)
    case .none:
      for key in ["lists", "sources", "source_anchors"] where section.has(key) {
        section.refuse(
          key, section.place(of: key), "belongs to mode \"crl\"",
          "remove it or write mode = \"crl\"", code: .contradiction)
      }
      let today = CivilDate(daysSince1970: Int(context.now.startOfDay.seconds / 86_400))
      if checksDates, let until, until.value < today {
        section.refuse(
          "none_until", until.place, "is past", "write mode = \"crl\" with the partner's lists")
      }
      return Partner.Revocation(
        mode: .none, files: nil, sources: [], sourceAnchors: [], lists: [], graceHours: grace,
        noneUntil: until?.value)
    }
  }

  /// Lists carry their authority's signature, so http will do.
  private func sources(_ section: Section) -> [ServiceURL] {
    guard let texts = section.texts("sources") else { return [] }
    if texts.value.isEmpty || texts.value.count > Limits.revocationSources {
      section.refuse(
        "sources", texts.place, "names \(texts.value.count) places",
        "name 1 to \(Limits.revocationSources), one for each authority")
    }
    return texts.value.compactMap { text in
      let url = ServiceURL(text.value)
      if url == nil {
        section.refuse(
          "sources", text.place, "is not a URL that all parsers read alike",
          "write http://host[:port]/path, without user, fragment or escapes in the host")
      }
      return url
    }
  }

  private func sourceAnchors(_ section: Section, of sources: [ServiceURL]) -> [Certificate] {
    let isAsked = sources.contains(where: \.isSecure)
    if section.has("source_anchors"), !isAsked {
      section.refuse(
        "source_anchors", section.place(of: "source_anchors"), "belongs to https sources",
        "remove it", code: .contradiction)
    }
    return certificates(section, "source_anchors", required: isAsked) ?? []
  }
}
