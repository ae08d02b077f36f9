/// Log lines: their exact form, and what cannot enter them.
// SPDX-License-Identifier: Apache-2.0
import Log
import Platform
import Testing

private enum Cause: String, CaseIterable { case digestMismatch = "digest-mismatch" }

extension LogEvent {
  fileprivate static func pushed(_ id: UniversalID, to partner: PartnerLabel) -> LogEvent {
    LogEvent(
      "document-pushed", .notice,
      [.id("delivery", id), .partner(partner), .count("attempt", 2)])
  }
}

private func written(_ event: LogEvent, as form: LogForm, context: [LogField] = []) -> [UInt8] {
  let entries = Locked<[[UInt8]]>([])
  let log = EventLog(
    now: { Instant(seconds: 1_767_225_600) }, context: context, form: form,
    sink: { octets in entries.withLock { $0.append(octets) } })
  log.write(event)
  return entries.withLock { $0.flatMap { $0 } }
}

private func line(_ event: LogEvent, context: [LogField] = []) -> String {
  String(decoding: written(event, as: .lines, context: context), as: UTF8.self)
}

@Test func `gives the journal a field for each value`() throws {
  let id = try #require(UniversalID("01890a5d-ac96-774b-bcce-b302099a8057"))
  let partner = try #require(PartnerLabel("police"))
  let entry = written(
    .pushed(id, to: partner), as: .journal, context: [.code("profile", "development")])
  #expect(
    String(decoding: entry, as: UTF8.self) == """
      MESSAGE=document-pushed profile=development delivery=\(id) partner=police attempt=2
      PRIORITY=5
      REFERRAL_EVENT=document-pushed
      REFERRAL_LEVEL=notice
      REFERRAL_PROFILE=development
      REFERRAL_DELIVERY=\(id)
      REFERRAL_PARTNER=police
      REFERRAL_ATTEMPT=2

      """)
}

@Test func `lets no value begin another journal field`() {
  let entry = written(LogEvent("x", .alarm, [.code("took-ms", "a\nPRIORITY=7")]), as: .journal)
  let expected: [UInt8] =
    Array("REFERRAL_TOOK_MS\n".utf8) + [12, 0, 0, 0, 0, 0, 0, 0] + Array("a\nPRIORITY=7\n".utf8)
  #expect(entry.suffix(expected.count) == expected[...])
  #expect(String(decoding: entry, as: UTF8.self).contains("\nPRIORITY=1\n"))
}

@Test func `writes one line per event in a fixed order`() throws {
  let id = try #require(UniversalID("01890a5d-ac96-774b-bcce-b302099a8057"))
  let partner = try #require(PartnerLabel("police"))
  #expect(
    line(.pushed(id, to: partner), context: [.code("profile", "development")])
      == #"{"v":1,"time":"2026-01-01T00:00:00Z","level":"notice","event":"document-pushed","#
      + #""profile":"development","delivery":"01890a5d-ac96-774b-bcce-b302099a8057","#
      + #""partner":"police","attempt":2}"# + "\n")
}

@Test func `writes durations with their unit, codes, flags, moments and digests`() {
  let event = LogEvent(
    "x", .alarm,
    [
      .duration("took", milliseconds: 15), .code("cause", Cause.digestMismatch),
      .flag("known", false), .moment("expires", Instant(seconds: 0)),
      .digest("document", [UInt8](repeating: 0xAB, count: 32)), .digest("short", [1]),
    ])
  let text = line(event)
  #expect(text.contains(#""level":"alarm""#))
  #expect(text.contains(#""took_ms":15,"cause":"digest-mismatch","known":false"#))
  #expect(text.contains(#""expires":"1970-01-01T00:00:00Z""#))
  #expect(text.contains("\"" + String(repeating: "ab", count: 32) + "\""))
  #expect(text.contains(#""short":"not-a-digest""#))
}

@Test func `escapes what JSON must not hold raw`() {
  let text = line(LogEvent("x", .error, [.code("c", "a\"b\\c\nd")]))
  #expect(text.contains(#""c":"a\"b\\c\u000ad""#))
  #expect(text.split(separator: "\n").count == 1)
}

@Test(arguments: ["", "Police", "jan de vries", "a_b", String(repeating: "a", count: 41)])
func `refuses a partner label that could be a text`(text: String) {
  #expect(PartnerLabel(text) == nil)
}

@Test func `writes versions with blanks between, so many and no more`() throws {
  let versions = try (0..<9).map { try #require(VersionLabel("1.0.\($0)")) }
  let text = line(LogEvent("x", .alarm, [.versions("a", versions), .versions("b", [])]))
  #expect(text.contains(#""a":"1.0.0 1.0.1 1.0.2 1.0.3 1.0.4 1.0.5 1.0.6 1.0.7","b":"""#))
}

@Test(arguments: ["", "1.0", "1.0.0.0", "1.0.a", "v1.0.0", "1..0", "1.0.12345", "1.0.0\n", "1.0.٣"])
func `refuses a version that could be a text`(text: String) {
  #expect(VersionLabel(text) == nil)
}
