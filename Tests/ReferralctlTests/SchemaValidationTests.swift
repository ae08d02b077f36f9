/// schema validate on schemas and documents of all kinds, the broken ones first.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct SchemaValidationTests {
  /// Writes files of these names and contents and runs `schema validate` with the words, in which
  /// "@" stands for the folder.
  private func validate(
    _ words: [String], _ files: [String: String], input: String = ""
  ) async throws -> Run {
    let folder = try TemporaryFolder()
    for (name, text) in files { _ = try folder.write(name, Array(text.utf8)) }
    let words = words.map { $0.replacingOccurrences(of: "@", with: folder.path) }
    return try await Program.run(["schema", "validate"] + words, input: input)
  }

  private func codes(_ run: Run) -> [String?] { run.errorLines.map { $0["code"]?.text } }

  @Test(arguments: [
    (#"{"type":12}"#, "invalid-keyword"), (#"[1,2]"#, "invalid-keyword"),
    (#""text""#, "invalid-keyword"), (#"{"allOf":[]}"#, "invalid-keyword"),
    (#"{"$defs":{"unused":{"minLength":"2"}}}"#, "not-a-schema"),
    (#"{"not":{"required":["a","a"]}}"#, "not-a-schema"),
    (#"{"pattern":"(?=a)"}"#, "invalid-pattern"),
    (##"{"$ref":"#/$defs/none"}"##, "unresolved-reference"),
    (#"{"$ref":"https://example.org/other.json"}"#, "unresolved-reference"),
    (##"{"$schema":"http://json-schema.org/draft-07/schema#"}"##, "unknown-dialect"),
    (#"{"type":"object","type":"array"}"#, "duplicate-name"),
    (#"{"type":}"#, "unexpected-character"),
  ]) func `refuses what is no schema, before any document`(_ schema: String, _ code: String)
    async throws
  {
    let run = try await validate(["--schema", "@/s", "@/d"], ["s": schema, "d": "{}"])
    #expect(run.status == 65)
    #expect(codes(run) == [code], "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test func `names the place in the schema that is wrong`() async throws {
    let schema = #"{"$defs":{"unused":{"minLength":"2","type":"text"}}}"#
    let run = try await validate(["--schema", "@/s", "@/d"], ["s": schema, "d": "{}"])
    let messages = run.errorLines.compactMap { $0["message"]?.text }
    #expect(messages.count == 2)
    #expect(messages.contains { $0.hasPrefix("/$defs/unused/minLength: ") })
    #expect(messages.contains { $0.hasPrefix("/$defs/unused/type: ") })
  }

  @Test func `checks schemas as documents of the metaschema`() async throws {
    let metaschema = #"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"#
    let files = [
      "s": metaschema, "good": #"{"$defs":{"a":{"items":{"minimum":3}}}}"#, "own": metaschema,
      "bad": #"{"properties":{"a":{"items":{"minimum":"3"}}}}"#,
    ]
    let run = try await validate(["--schema", "@/s", "@/good", "@/own", "@/bad"], files)
    #expect(run.status == 65)
    #expect(run.outputLines.map { $0["valid"]?.flag } == [true, true, false])
    let pointers = run.outputLines.last?["violations"]?.elements?.map { $0["pointer"]?.text }
    #expect(pointers == ["/properties/a/items/minimum"])
  }

  @Test func `follows references to other files by place and by identifier`() async throws {
    let files = [
      "s": #"{"properties":{"a":{"$ref":"one.json"},"#
        + #""b":{"$ref":"https://x.example/two#/$defs/n"}}}"#,
      "one.json": #"{"type":"string","$defs":{"up":{"$ref":"s"}}}"#,
      "two.json": #"{"$id":"https://x.example/two","$defs":{"n":{"type":"integer"}}}"#,
      "good": #"{"a":"x","b":1}"#, "bad": #"{"a":1,"b":"x"}"#,
    ]
    let words = ["--schema", "@/s", "--with", "@/one.json", "--with", "@/two.json"]
    #expect(try await validate(words + ["@/good"], files).status == 0)
    let run = try await validate(words + ["@/good", "@/bad"], files)
    #expect(run.status == 65)
    let last = run.outputLines.last?["violations"]?.elements ?? []
    #expect(last.map { $0["pointer"]?.text } == ["/a", "/b"])
    #expect(last.map { $0["keyword"]?.text } == ["type", "type"])
    #expect(last.last?["schemaLocation"]?.text?.hasSuffix("/two.json#/$defs/n/type") == true)
    #expect(
      codes(try await validate(Array(words.prefix(4)) + ["@/good"], files))
        == ["unresolved-reference"])
  }

  @Test func `goes on after a document that is broken`() async throws {
    let files = ["s": #"{"required":["a"]}"#, "ok": #"{"a":1}"#, "broken": "{\n  \"a\": 01}"]
    let run = try await validate(["--schema", "@/s", "@/broken", "@/none", "@/ok", "@/ok"], files)
    #expect(run.status == 65)
    #expect(codes(run) == ["invalid-number", "no-such-file"])
    #expect(run.errorLines.first?["file"]?.text?.hasSuffix("/broken:2:9") == true, "\(run.errors)")
    #expect(run.outputLines.map { $0["valid"]?.flag } == [true, true])
  }

  @Test func `reads one document or the schema from standard input`() async throws {
    let files = ["s": #"{"type":"integer"}"#, "d": "1"]
    #expect(try await validate(["--schema", "@/s", "-"], files, input: "1").status == 0)
    #expect(try await validate(["--schema", "@/s", "-"], files, input: "1.5").status == 65)
    #expect(try await validate(["--schema", "-", "@/d"], files, input: "false").status == 65)
    #expect(try await validate(["--schema", "-", "@/d"], files, input: "true").status == 0)
    #expect(try await validate(["--schema", "-", "-"], files, input: "1").status == 64)
  }

  @Test func `checks formats unless told to take them as notes`() async throws {
    let files = ["s": #"{"format":"date"}"#, "d": #""yesterday""#]
    #expect(try await validate(["--schema", "@/s", "@/d"], files).status == 65)
    let run = try await validate(["--schema", "@/s", "--annotate-formats", "@/d"], files)
    #expect(run.status == 0)
  }

  @Test func `finds nothing wrong with our own schemas`() async throws {
    let folder = PackageFolder.path + "/schemas"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix("/schema.json") }.map { folder + "/" + $0 }
    #expect(names.count >= 5)
    let metaschema = #"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"#
    let run = try await validate(["--schema", "@/s"] + names, ["s": metaschema])
    #expect(run.status == 0, "\(run.output)")
  }

  // The public suite is run by JSONSchemaTests; here some of it goes through the program.
  @Test(.enabled(if: Vectors.has("json-schema-test-suite/tests"), "the test vectors are absent"))
  func `agrees with the public suite where it speaks of unevaluated and dynamic`() async throws {
    let names = Vectors.names("json-schema-test-suite/tests/draft2020-12", suffix: ".json")
    for name in names where name.hasPrefix("unevaluated") || name.hasPrefix("dynamicRef") {
      let octets = try Vectors.octets("json-schema-test-suite/tests/draft2020-12", name)
      let group = try #require(try JSONReader.read(octets).elements?.first)
      let schema = String(
        decoding: JSONWriter.write(try #require(group["schema"])), as: UTF8.self)
      for test in group["tests"]?.elements ?? [] {
        let data = String(decoding: JSONWriter.write(try #require(test["data"])), as: UTF8.self)
        let run = try await validate(["--schema", "@/s", "-"], ["s": schema], input: data)
        #expect(run.status == (test["valid"]?.flag == true ? 0 : 65), "\(name) \(run.errors)")
      }
    }
  }
}
