/// The policy commands as a policy officer calls them: no daemon, clear statuses.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

/// A folder with policies.d and partners.d of the examples, and nothing else.
private func register() throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  for name in ["policies.d", "partners.d"] {
    try FileManager.default.copyItem(
      atPath: "\(PackageFolder.path)/partners/\(name)", toPath: "\(folder.path)/\(name)")
  }
  // Where the examples of the policies look for their referrals.
  try FileManager.default.createSymbolicLink(
    atPath: folder.path + "/examples", withDestinationPath: PackageFolder.path + "/examples")
  let text = try read(folder, "policies.d/comensha.toml")
  for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/policies.d") {
    let file = "policies.d/\(name)"
    try write(folder, file, try read(folder, file).replacing("../examples/", with: "examples/"))
  }
  #expect(text.contains("[[example]]"))
  return folder
}

private func read(_ folder: TemporaryFolder, _ file: String) throws -> String {
  try String(contentsOfFile: "\(folder.path)/\(file)", encoding: .utf8)
}

private func write(_ folder: TemporaryFolder, _ file: String, _ text: String) throws {
  let path = "\(folder.path)/\(file)"
  try FileManager.default.createDirectory(
    atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
    withIntermediateDirectories: true)
  try text.write(toFile: path, atomically: true, encoding: .utf8)
}

/// The policy of comensha from 2027 on, with one field less.
private func next(_ folder: TemporaryFolder) throws -> String {
  try read(folder, "policies.d/comensha.toml")
    .replacing("version = 3", with: "version = 4")
    .replacing("valid_from = 2026-01-01", with: "valid_from = 2027-01-01")
    .replacing(
      "pointer = \"/persons/*/description\"\naction = \"disclose\"",
      with: "pointer = \"/persons/*/description\"\naction = \"remove\"")
}

@Suite struct PolicyCommandTests {
  @Test func `lints a folder and one file`() async throws {
    let folder = try register()
    let whole = try await Program.run(["policy", "lint", folder.path])
    #expect(whole.status == 0 && whole.output.isEmpty && whole.errors.isEmpty)
    let file = folder.path + "/policies.d/comensha.toml"
    try write(
      folder, "policies.d/comensha.toml",
      read(folder, "policies.d/comensha.toml")
        .replacing("\"/persons/*/gender\"", with: "\"/persons/*/gendre\""))
    let one = try await Program.run(["policy", "lint", file])
    #expect(one.status == 1)
    let finding = try #require(one.outputLines.first { $0["code"]?.text == "no-such-field" })
    #expect(finding["file"]?.text == file)
    #expect((finding["line"]?.integer ?? 0) > 100 && finding["column"]?.integer == 11)
    #expect(finding["hint"]?.text == "did you mean /persons/*/gender?")
  }

  @Test func `lints projects, among the policies that they stand in place of`() async throws {
    let folder = try register()
    try FileManager.default.copyItem(
      atPath: "\(PackageFolder.path)/partners/projects.d", toPath: folder.path + "/projects.d")
    let name = "projects.d/haven-zuid-holland.toml"
    let file = folder.path + "/" + name
    let example = try read(folder, name)
    let text = example.replacing("to = 20", with: "to = 2099-12-31 # 20")
    try write(folder, name, text)
    for path in [folder.path, file] {
      let good = try await Program.run(["policy", "lint", path])
      #expect(good.status == 0 && good.output.isEmpty, "\(good.output)\(good.errors)")
    }
    try write(folder, name, text.replacing("to = ", with: "to = 2026-03-31 # "))
    for path in [folder.path, file] {
      let ended = try await Program.run(["policy", "lint", path])
      #expect(ended.status == 1)
      let finding = try #require(ended.outputLines.first)
      #expect(ended.outputLines.count == 1 && finding["code"]?.text == "unreachable")
      #expect(finding["file"]?.text == file && (finding["line"]?.integer ?? 0) > 1)
    }
    try write(folder, name, text.replacing("[\"riec\"]", with: "[\"rieck\"]"))
    let unknown = try await Program.run(["policy", "lint", folder.path])
    #expect(unknown.status == 78)
    #expect(unknown.errors.contains("unknown-partner"), "\(unknown.errors)")
    #expect(unknown.errors.contains(name), "\(unknown.errors)")
  }

  @Test func `lints examples too`() async throws {
    let folder = try register()
    try write(
      folder, "policies.d/coa.toml",
      read(folder, "policies.d/coa.toml")
        .replacing(
          "removed = [\"/persons/0/contact/phone\"", with: "removed = [\"/persons/0/names\""))
    let run = try await Program.run(["policy", "lint", folder.path])
    #expect(run.status == 1)
    #expect(run.outputLines.map { $0["code"]?.text } == ["failed-example"])
    let tried = try await Program.run(["policy", "test", folder.path])
    #expect(tried.status == 1)
    #expect(tried.outputLines.count { $0["passed"]?.flag == false } == 1)
    #expect(tried.outputLines.count >= 10)
  }

  @Test(arguments: [
    (["policy", "lint", "/nonexistent"], 65), (["policy", "test", "/nonexistent"], 65),
    (["policy", "at", "yesterday"], 64), (["policy", "at"], 64), (["policy", "diff", "a"], 64),
    (["policy", "table", "/nonexistent", "--on", "2026-02-30"], 64),
  ] as [([String], Int32)])
  func `refuses what it cannot use`(_ words: [String], _ status: Int32) async throws {
    let run = try await Program.run(words)
    #expect(run.status == status && run.output.isEmpty)
  }

  @Test func `says of a file that is no policy where and why`() async throws {
    let folder = try register()
    try write(
      folder, "policies.d/dtv.toml",
      read(folder, "policies.d/dtv.toml").replacing("detail = \"full\"", with: "detail = \"ful\""))
    for verb in ["lint", "test"] {
      let run = try await Program.run(["policy", verb, folder.path])
      #expect(run.status == 78 && run.output.isEmpty)
      #expect(run.errorLines.first?["file"]?.text == folder.path + "/policies.d/dtv.toml")
      #expect(run.errorLines.first?["hint"]?.text == "did you mean 'full'?")
    }
  }

  @Test func `says what changes for whom between files and between folders`() async throws {
    let folder = try register()
    let file = folder.path + "/policies.d/comensha.toml"
    let same = try await Program.run(["policy", "diff", file, file])
    #expect(same.status == 0 && same.output.isEmpty)
    let waiting = "policies.d/comensha.d/4.toml"
    try write(folder, waiting, next(folder))
    let run = try await Program.run(["policy", "diff", file, "\(folder.path)/\(waiting)"])
    #expect(run.status == 1)
    let texts = run.outputLines.compactMap { $0["text"]?.text }
    #expect(
      texts.contains {
        $0.hasPrefix("of persons who consented: /persons/*/description goes not by POL-14")
      })
    #expect(run.outputLines.allSatisfy { $0["partner"]?.text == "comensha" })
    let other = try register()
    let folders = try await Program.run(["policy", "diff", other.path, folder.path])
    #expect(folders.outputLines == run.outputLines)
    let today = try await Program.run(
      ["policy", "diff", other.path, folder.path, "--on", "2026-11-23"])
    #expect(today.status == 0)
  }

  @Test func `says which version is in force on a day, and which waits`() async throws {
    let folder = try register()
    try write(folder, "policies.d/comensha.d/next.toml", next(folder))
    func version(_ day: String) async throws -> JSONValue? {
      let run = try await Program.run(
        ["policy", "at", day, folder.path, "--partner", "comensha"])
      #expect(run.status == 0)
      return run.outputLines.first
    }
    #expect(try await version("2026-12-31")?["version"]?.text == "3")
    #expect(try await version("2026-12-31")?["next"]?["validFrom"]?.text == "2027-01-01")
    #expect(try await version("2027-01-01")?["version"]?.text == "4")
    #expect(
      try await version("2027-01-01")?["file"]?.text?.hasSuffix("policies.d/comensha.d/next.toml")
        == true)
    let before = try await Program.run(["policy", "at", "2025-12-31", folder.path])
    #expect(before.status == 1 && before.outputLines.allSatisfy { $0["version"] == nil })
    let nobody = try await Program.run(
      ["policy", "at", "2026-12-31", folder.path, "--partner", "nobody"])
    #expect(nobody.status == 66)
  }

  @Test func `refuses two versions that begin on one day`() async throws {
    let folder = try register()
    try write(
      folder, "policies.d/comensha.d/4.toml",
      next(folder).replacing("valid_from = 2027-01-01", with: "valid_from = 2026-01-01"))
    let run = try await Program.run(["policy", "at", "2026-12-31", folder.path])
    #expect(run.status == 78)
    #expect(run.errorLines.first?["code"]?.text == "contradiction")
  }

  @Test func `draws the table for a page and for programs`() async throws {
    let folder = try register()
    let page = try await Program.run(["policy", "table", folder.path, "--markdown"])
    #expect(page.status == 0 && page.output.hasPrefix("| | `"))
    let lines = try await Program.run(["policy", "table", folder.path])
    let phone = lines.outputLines.filter {
      $0["fields"]?.text == "phone" && $0["partner"]?.text == "comensha"
    }
    #expect(phone.map { $0["shown"]?.text } == ["yes", "nothing"])
  }
}
