/// The validator against the official suite (json-schema-org/JSON-Schema-Test-Suite).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSON
import JSONSchema
import TestSupport
import Testing

// Without the vectors this test is reported as skipped: they are public files that are fetched
// beside the package, not part of it.
@Suite(
  .enabled(
    if: Vectors.has("json-schema-test-suite"), "test vectors json-schema-test-suite are absent"))
struct SchemaSuite {
  private static let draft = "json-schema-test-suite/tests/draft2020-12"
  private static let remotes = "json-schema-test-suite/remotes/draft2020-12"
  /// Four need the metaschema as a document of the set, one a vocabulary of its own.
  private static let tolerated = 12

  private func remotes() throws -> [(uri: String, schema: JSONValue)] {
    let root = Vectors.root.appendingPathComponent(SchemaSuite.remotes)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return try names.filter { $0.hasSuffix(".json") }.map { name in
      let octets = Array(try Data(contentsOf: root.appendingPathComponent(name)))
      return ("http://localhost:1234/draft2020-12/\(name)", try JSONReader.read(octets))
    }
  }

  @Test func `judges the mandatory cases of draft 2020-12`() throws {
    let remotes = try remotes()
    var (cases, failed) = (0, [String]())
    for file in try Vectors.files(SchemaSuite.draft) {
      for group in try JSONReader.read(file.octets).elements ?? [] {
        let schema = try #require(group["schema"])
        let compiled = Result { () throws(SchemaError) in
          let documents = remotes + [(uri: "urn:test", schema: schema)]
          return try SchemaSet(documents: documents).schema("urn:test")
        }
        for test in group["tests"]?.elements ?? [] {
          cases += 1
          let name = [group["description"], test["description"]].map { $0?.text ?? "" }
          let label = "\(file.name): \(name.joined(separator: ": "))"
          let data = try #require(test["data"])
          switch compiled {
          case .failure(let error): failed.append("\(label) (\(error))")
          case .success(let schema):
            let isValid = schema.violations(of: data).isEmpty
            #expect(isValid == schema.accepts(data), "\(label)")
            if isValid != test["valid"]?.flag { failed.append(label) }
          }
        }
      }
    }
    let report = "\(cases - failed.count) of \(cases)\n" + failed.joined(separator: "\n") + "\n"
    FileHandle.standardError.write(Data(report.utf8))
    #expect(cases >= 1299)
    #expect(failed.count <= SchemaSuite.tolerated)
  }
}
