/// What became of the cases of a public test suite: nothing is left out silently.
// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Collects the cases that do not count as passed, each with its reason, and writes the list to
/// `.build/suites/<name>.txt` for people and for whoever compares two runs.
package struct SuiteReport {
  private let name: String
  package private(set) var passed = 0
  /// What our profile does not serve: a line for each, with its reason.
  package private(set) var outside: [String] = []
  /// What is served and came out otherwise than the suite says.
  package private(set) var failed: [String] = []

  package init(_ name: String) { self.name = name }

  package var cases: Int { passed + outside.count + failed.count }

  package mutating func pass() { passed += 1 }
  package mutating func leave(_ label: String, because reason: String) {
    outside.append("\(label) | \(reason)")
  }
  package mutating func fail(_ label: String, _ what: String) {
    failed.append("\(label) | \(what)")
  }

  /// Passed if that is what happened, failed otherwise.
  package mutating func expect(_ right: Bool, _ label: String, _ what: String) {
    if right { pass() } else { fail(label, what) }
  }

  package static var folder: URL { URL(fileURLWithPath: PackageFolder.path + "/.build/suites") }

  /// Writes the list, and says in the log and in the result what failed.
  package func write() throws -> String {
    let summary =
      "\(name): \(passed) of \(cases) passed, \(outside.count) outside the profile, "
      + "\(failed.count) failed"
    let short = ([summary] + failed.map { "failed  \($0)" }).joined(separator: "\n") + "\n"
    let list = short + outside.map { "outside \($0)\n" }.joined()
    try FileManager.default.createDirectory(
      at: SuiteReport.folder, withIntermediateDirectories: true)
    try Data(list.utf8).write(to: SuiteReport.folder.appendingPathComponent("\(name).txt"))
    FileHandle.standardError.write(Data(short.utf8))
    return short
  }
}
