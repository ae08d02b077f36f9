/// The validator against the official suite (json-schema-org/JSON-Schema-Test-Suite).
// SPDX-License-Identifier: Apache-2.0

import JSON
import JSONSchema
import TestSupport
import Testing

// Without the vectors this test is reported as skipped: they are public files that are fetched
// beside the package, not part of it. Any part of the suite may be there.
@Suite(
  .enabled(
    if: Vectors.has("json-schema-test-suite/tests"),
    "test vectors json-schema-test-suite are absent"))
struct SchemaSuite {
  private static let suite = "json-schema-test-suite"
  private static let draft = "tests/draft2020-12/"
  /// Of the 1,299 cases that bind every implementation.
  private static let mandatoryNotPassed = 0

  private func remotes() throws -> [(uri: String, schema: JSONValue)] {
    try Vectors.names(SchemaSuite.suite + "/remotes", suffix: ".json").compactMap { name in
      // Those of other drafts use the same identifiers.
      let folder = name.split(separator: "/").first ?? ""
      guard !folder.hasPrefix("draft") && folder != "v1" || folder == "draft2020-12" else {
        return nil
      }
      let octets = try Vectors.octets(SchemaSuite.suite + "/remotes", name)
      return ("http://localhost:1234/\(name)", try JSONReader.read(octets))
    }
  }

  /// A case of the suite with the schema of its group, or why that one was refused.
  private struct Case {
    let label: String
    let schema: Result<Schema, SchemaError>
    let data: JSONValue
    let isValid: Bool
  }

  private func cases(_ name: String, _ remotes: [(uri: String, schema: JSONValue)]) throws
    -> [Case]
  {
    let octets = try Vectors.octets(SchemaSuite.suite, name)
    var cases: [Case] = []
    for group in try JSONReader.read(octets).elements ?? [] {
      let schema = try #require(group["schema"])
      let compiled = Result { () throws(SchemaError) in
        try SchemaSet(documents: remotes + [(uri: "urn:test", schema: schema)]).schema("urn:test")
      }
      for test in group["tests"]?.elements ?? [] {
        let words = [group["description"], test["description"]].map { $0?.text ?? "" }
        cases.append(
          Case(
            label: "\(name.dropFirst(SchemaSuite.draft.count)): \(words.joined(separator: ": "))",
            schema: compiled, data: try #require(test["data"]),
            isValid: test["valid"] == true))
      }
    }
    return cases
  }

  /// Judges one case; `format` binds in the files about formats.
  private func judge(_ one: Case, format: FormatMode, in report: inout SuiteReport) {
    switch one.schema {
    case .failure(let error):
      if let reason = NotServed.reason(error) ?? NotServed.reason(one.label) {
        report.leave(one.label, because: reason)
      } else {
        report.fail(one.label, "\(error)")
      }
    case .success(let schema):
      let isValid = schema.violations(of: one.data, format: format).isEmpty
      #expect(isValid == schema.accepts(one.data, format: format), "\(one.label)")
      if isValid == one.isValid {
        report.pass()
      } else if let reason = NotServed.reason(one.label) {
        report.leave(one.label, because: reason)
      } else {
        report.fail(one.label, isValid ? "taken" : "refused")
      }
    }
  }

  @Test func `judges every case of draft 2020-12, and names what it does not serve`() throws {
    let remotes = try remotes()
    var (mandatory, optional) = (SuiteReport("json-schema"), SuiteReport("json-schema-optional"))
    for name in Vectors.names(SchemaSuite.suite, suffix: ".json")
    where name.hasPrefix(SchemaSuite.draft) {
      let isOptional = name.contains("/optional/")
      let format: FormatMode = name.contains("/format/") ? .assertion : .annotation
      for one in try cases(name, remotes) {
        if isOptional {
          judge(one, format: format, in: &optional)
        } else {
          judge(one, format: format, in: &mandatory)
        }
      }
    }
    #expect(mandatory.cases + optional.cases > 0)
    for report in [mandatory, optional] {
      let lines = try report.write()
      #expect(report.failed.isEmpty, "\(lines)")
    }
    #expect(mandatory.outside.count <= SchemaSuite.mandatoryNotPassed, "\(mandatory.outside)")
  }
}

/// What the validator leaves out on purpose; each with its reason, none for a single case.
private enum NotServed {
  /// For schemas that are refused when they are loaded: nothing passes them unseen.
  static func reason(_ error: SchemaError) -> String? {
    switch error.code {
    case .invalidPattern, .patternTooLarge:
      "patterns are I-Regexp (RFC 9485) in linear time; others are refused when loaded: "
        + error.reason
    case .unknownDialect: "other drafts are refused when loaded: \(error.reason)"
    default: nil
    }
  }

  private static let idna = "IDNA's tables (RFC 5892, 5893) are not carried; no schema of ours asks"
  private static let files: [(file: String, reason: String)] = [
    ("cross-draft.json", "other drafts are not served"),
    ("dependencies-compatibility.json", "`dependencies` is a keyword of older drafts"),
    ("format/idn-hostname.json", idna), ("format/hostname.json: validation of A-label", idna),
    ("format/ecmascript-regex.json", "a regex is valid when it is one that we would run"),
  ]

  static func reason(_ label: String) -> String? {
    files.first { label.hasPrefix("optional/" + $0.file) }?.reason
  }
}
