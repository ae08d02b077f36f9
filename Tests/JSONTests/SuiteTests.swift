/// The reader against JSONTestSuite (github.com/nst/JSONTestSuite).
// SPDX-License-Identifier: Apache-2.0

import JSON
import TestSupport
import Testing

// Without the vectors these tests are reported as skipped: they are public files that are
// fetched beside the package, not part of it.
@Suite(.enabled(if: Vectors.has("json-test-suite"), "test vectors json-test-suite are absent"))
struct JSONTestSuite {
  private func refusal(_ octets: [UInt8]) -> JSONError.Code? {
    do {
      _ = try JSONReader.read(octets)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `accepts every valid text except for duplicate names`() throws {
    let files = try Vectors.files("json-test-suite").filter { $0.name.hasPrefix("y_") }
    #expect(files.count > 60)
    var duplicates = 0
    for file in files {
      let code = refusal(file.octets)
      if code == .duplicateName { duplicates += 1 }
      #expect(code == nil || code == .duplicateName, "\(file.name)")
    }
    #expect(duplicates == 2)
  }

  @Test func `refuses every invalid text`() throws {
    let files = try Vectors.files("json-test-suite").filter { $0.name.hasPrefix("n_") }
    #expect(files.count > 100)
    for file in files { #expect(refusal(file.octets) != nil, "\(file.name)") }
  }

  @Test func `survives every text that is left to the implementation`() throws {
    for file in try Vectors.files("json-test-suite") where file.name.hasPrefix("i_") {
      _ = refusal(file.octets)
    }
  }

  @Test func `writes what it has read without loss`() throws {
    for file in try Vectors.files("json-test-suite") {
      guard let value = try? JSONReader.read(file.octets) else { continue }
      #expect(try JSONReader.read(JSONWriter.write(value)) == value, "\(file.name)")
      #expect(try JSONReader.read(JSONWriter.writePretty(value)) == value, "\(file.name)")
    }
  }
}
