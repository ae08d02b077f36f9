/// A golden exchange as the files that a verifier takes, and what one of them may be instead.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import TestSupport
import Testing

/// The options of one command line; the files are those of a golden exchange until changed.
struct Exchange: Sendable {
  static let sender = "urn:nld:oin:00000099000000001000"
  static let golden = "\(PackageFolder.path)/schemas/vectors/politie-avim"

  let folder: TemporaryFolder
  var verb = "document"
  var trust: String
  var body = "\(golden)/body.json"
  var headers: String
  var identity: String? = sender
  var revocationLists = ["\(golden)/crl.pem"]
  var at: String? = ""
  var more: [String] = []

  init() throws {
    folder = try TemporaryFolder()
    trust = folder.path + "/trust.pem"
    headers = folder.path + "/headers"
    let (head, _) = try Exchange.request()
    try folder.write("headers", head)
    try folder.write("trust.pem", try ["anchors", "chain"].flatMap(Exchange.pem))
    let expected = try JSONReader.read(
      Files.read("\(Exchange.golden)/expected.json", limit: 65_536))
    at = Instant(seconds: try #require(expected["at"]?.integer)).description
  }

  static func pem(_ name: String) throws -> [UInt8] {
    try Files.read("\(golden)/\(name).pem", limit: 65_536)
  }

  /// Head and body of request.http, without the empty line between them.
  static func request() throws -> (head: [UInt8], body: [UInt8]) {
    let octets = try Files.read("\(golden)/request.http", limit: 1_048_576)
    let text = String(decoding: octets, as: UTF8.self)
    let end = try #require(text.range(of: "\r\n\r\n"))
    return (Array(text[..<end.lowerBound].utf8), Array(text[end.upperBound...].utf8))
  }

  /// Writes a file of the exchange's folder; its path.
  func file(_ name: String, _ octets: [UInt8]) throws -> String {
    try folder.write(name, octets).path
  }

  var arguments: [String] {
    var words = [verb, "--trust", trust, "--body", body, "--headers", headers]
    words += revocationLists.flatMap { ["--crl", $0] }
    if let identity { words += ["--identity", identity] }
    if let at { words += ["--at", at] }
    return words + more
  }

  func run() async throws -> Judged { try await Judged(Verifier.run(arguments)) }
}

/// Suites that use it are serialized: hundreds of processes at once would starve other tests.
enum Verifier {
  static func run(_ arguments: [String]) async throws -> ProgramRun {
    try await ProgramRun.of(product: "referral-verify", arguments)
  }
}

/// What a run said.
struct Judged {
  let run: ProgramRun
  let steps: [JSONValue]
  let verdict: JSONValue

  init(_ run: ProgramRun) {
    self.run = run
    steps = run.outputLines.filter { $0["kind"] == "step" }
    verdict = run.outputLines.last ?? .null
  }

  var step: Int? { verdict["step"]?.integer.map(Int.init) }
  var code: String? { verdict["code"]?.text }

  func outcome(_ step: Int) -> String? {
    steps.first { $0["step"]?.integer == Int64(step) }?["outcome"]?.text
  }

  /// Status, closing line and steps say the same, and say `code`.
  func expect(
    _ status: Int32, step: Int? = nil, _ code: String? = nil, _ about: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let said = "\(about): \(run.status) \(step.map(String.init) ?? "-") \(self.code ?? "-") \(run)"
    #expect(run.status == status, "\(said)", sourceLocation: sourceLocation)
    #expect(verdict["kind"] == "verdict", "\(said)", sourceLocation: sourceLocation)
    #expect(verdict["exit"]?.integer == Int64(status), "\(said)", sourceLocation: sourceLocation)
    let word = [0: "valid", 1: "invalid", 2: "undecided"][status]
    #expect(verdict["verdict"]?.text == word, "\(said)", sourceLocation: sourceLocation)
    #expect(self.code == code, "\(said)", sourceLocation: sourceLocation)
    if let step { #expect(self.step == step, "\(said)", sourceLocation: sourceLocation) }
    let wrong = status == 1 ? "failed" : "undecided"
    if let found = self.step {
      #expect(outcome(found) == wrong, "\(said)", sourceLocation: sourceLocation)
    } else {
      let bad = steps.filter { ["failed", "undecided"].contains($0["outcome"]?.text) }
      #expect(bad.isEmpty, "\(said)", sourceLocation: sourceLocation)
    }
  }
}
