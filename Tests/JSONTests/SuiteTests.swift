/// The reader against JSONTestSuite (github.com/nst/JSONTestSuite).
// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

// Without the vectors these tests are reported as skipped: they are public files that are
// fetched beside the package, not part of it. Any part of the suite may be there.
@Suite(.enabled(if: Vectors.has("json-test-suite"), "test vectors json-test-suite are absent"))
struct JSONTestSuite {
  private func files(_ kind: String) throws -> [(name: String, octets: [UInt8])] {
    try Vectors.files("json-test-suite").filter {
      ($0.name.split(separator: "/").last ?? "").hasPrefix(kind)
    }
  }

  private func refusal(_ octets: [UInt8]) -> JSONError.Code? {
    do {
      _ = try JSONReader.read(octets)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `accepts every valid text except for duplicate names`() throws {
    let files = try files("y_")
    #expect(!files.isEmpty)
    for file in files {
      // RFC 8259 leaves them to the implementation; two readers would take another of the two.
      let isDuplicate = file.name.contains("duplicated_key")
      #expect(refusal(file.octets) == (isDuplicate ? .duplicateName : nil), "\(file.name)")
    }
  }

  @Test func `refuses every invalid text`() throws {
    let files = try files("n_")
    #expect(!files.isEmpty)
    for file in files { #expect(refusal(file.octets) != nil, "\(file.name)") }
  }

  @Test func `decides every text that is left to the implementation`() throws {
    var report = SuiteReport("json-left-open")
    for file in try files("i_") {
      let code = refusal(file.octets)
      report.leave(file.name, because: code.map { "refused: \($0.rawValue)" } ?? "taken")
      // Numbers keep their text, so their size is no reason. Whatever else is open concerns
      // encodings, halves of surrogate pairs and depth: two readers could read them differently.
      let isNumber = file.name.contains("number_")
      #expect((code == nil) == isNumber, "\(file.name): \(code?.rawValue ?? "taken")")
    }
    _ = try report.write()
  }

  @Test func `writes what it has read without loss`() throws {
    var count = 0
    for file in try Vectors.files("json-test-suite") {
      guard let value = try? JSONReader.read(file.octets) else { continue }
      count += 1
      #expect(try JSONReader.read(JSONWriter.write(value)) == value, "\(file.name)")
      #expect(try JSONReader.read(JSONWriter.writePretty(value)) == value, "\(file.name)")
    }
    #expect(count > 0)
  }
}
