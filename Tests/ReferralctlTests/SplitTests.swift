/// split: two halves of mixed facts, written and not handed in.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct SplitTests {
  private static let mixed =
    PackageFolder.path + "/examples/refused/both-trafficking-and-smuggling.json"

  @Test func `writes two submissions and names what a person must sort out`() async throws {
    let folder = try TemporaryFolder()
    let run = try await Program.run(["split", Self.mixed, "-o", folder.path + "/halves"])
    #expect(run.status == 0)
    let line = try #require(run.outputLines.first)
    let written = line["written"]?.elements ?? []
    #expect(written.map { $0["referralKind"] } == ["TRAFFICKING_SIGNAL", "SMUGGLING_SIGNAL"])
    #expect(line["lookAt"]?.elements?.contains("/referral/case/statements") == true)
    for half in written {
      let path = try #require(half["path"]?.text)
      let submission = try JSONReader.read(Array(Data(contentsOf: URL(fileURLWithPath: path))))
      #expect(submission["referral"]?["header"]?["kind"] == half["referralKind"])
      #expect(submission["referral"]?["header"]?["referralId"] == half["referralId"])
    }
  }

  @Test func `refuses to write over what is there`() async throws {
    let folder = try TemporaryFolder()
    let words = ["split", Self.mixed, "--output", folder.path]
    #expect(try await Program.run(words).status == 0)
    let again = try await Program.run(words)
    #expect(again.status == 65)
    #expect(again.errorLines.first?["code"]?.text == "file-exists")
  }

  @Test(arguments: [
    ("examples/22-mononym.json", "nothing-to-split"), ("examples/none.json", "no-such-file"),
    ("examples/refused/trailing-comma.json", nil),
  ]) func `refuses what it cannot take apart`(_ file: String, _ code: String?) async throws {
    let folder = try TemporaryFolder()
    let run = try await Program.run(
      ["split", PackageFolder.path + "/" + file, "-o", folder.path + "/halves"])
    #expect(run.status == 65)
    if let code { #expect(run.errorLines.first?["code"]?.text == code) }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/halves"))
  }

  @Test func `asks for a folder`() async throws {
    let run = try await Program.run(["split", Self.mixed])
    #expect(run.status == 64)
  }
}
