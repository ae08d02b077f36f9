/// The request corpus against a partner's listener over mutual TLS: one answer each, as listed.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Log
import OpenSSL
import Platform
import Reception
import Register
import TestSupport
import Testing
import Wire

/// What each request gets, read from docs/http-profile.md; the page is the table.
private enum ListedAnswers {
  static func read() throws -> [String: Int] {
    let page = PackageFolder.path + "/docs/http-profile.md"
    let text = String(decoding: try Files.read(page, limit: 1_048_576), as: UTF8.self)
    var answers: [String: Int] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, let status = Int(cells[1]) else { continue }
      for name in cells[0].split(separator: ",") {
        answers[name.trimmingCharacters(in: CharacterSet(charactersIn: " `"))] = status
      }
    }
    return answers
  }
}

/// A partner of the example register as it stands on a network, ended with the value.
private final class ListeningPartner {
  let port: UInt16
  private let service: ReceptionService
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "listening-" + UUID().uuidString
    let tls = try TLSServerContext(
      certificates: Certificate.all(
        pem: PartnerUnderTest.octets("politie-avim-server-chain.pem")),
      key: PrivateKey(pem: PartnerUnderTest.octets("politie-avim-server.key")),
      clientAnchors: Certificate.all(pem: PartnerUnderTest.octets("anchors.pem")))
    let settings = ReceptionSettings(
      identity: try #require(PartnerIdentity("urn:nld:oin:00000099000000010000")),
      listener: .init(address: "127.0.0.1", port: 0, tls: tls), adminSocket: nil,
      stateFolder: folder, signing: try PartnerUnderTest.signing("politie-avim"),
      sender: try #require(PartnerIdentity("urn:nld:oin:00000099000000001000")),
      trust: try PartnerUnderTest.trust(), schemas: try PublishedSchemas.folder().wire,
      exerciseOnly: true)
    service = try ReceptionService(
      settings, now: { Sender.now },
      log: EventLog(now: { Sender.now }, form: .lines, sink: { _ in })
    ) { _ in }
    port = service.port
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Serves while `body` runs.
  func serve<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    let service = service
    async let ended: Void = service.run()
    do {
      let result = try await body()
      service.stop()
      await ended
      return result
    } catch {
      service.stop()
      await ended
      throw error
    }
  }
}

/// Tests/Support/raw_client.py: sends the requests one after the other, each on a connection of
/// its own, and ends its side after each.
private enum RawClient {
  struct Outcome: Decodable {
    let answer: Data
    /// "closed" by the server, or what else ended it.
    let end: String
    var text: String { String(decoding: answer, as: UTF8.self) }
  }

  static func send(_ requests: [RawRequest], to port: UInt16) async throws -> [Outcome] {
    let pki = try DevelopmentPKI.folder()
    let client = Process()
    client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    client.arguments = [
      "python3", "-B", PackageFolder.path + "/Tests/Support/raw_client.py", "--port", "\(port)",
      "--certificate", pki + "/sender-client-chain.pem", "--key", pki + "/sender-client.key",
      "--anchors", pki + "/anchors.pem",
    ]
    // Files, not pipes: nothing can fill up while the client runs.
    let folder = NSTemporaryDirectory() + "corpus-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let lines = requests.map { Data($0.octets).base64EncodedString() + "\n" }.joined()
    let (input, output) = (folder + "/requests", folder + "/answers")
    try Data(lines.utf8).write(to: URL(fileURLWithPath: input))
    try Data().write(to: URL(fileURLWithPath: output))
    client.standardInput = FileHandle(forReadingAtPath: input)
    client.standardOutput = FileHandle(forWritingAtPath: output)
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      client.terminationHandler = { _ in ended.resume() }
      do { try client.run() } catch {
        client.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    #expect(client.terminationStatus == 0)
    let answers = try Data(contentsOf: URL(fileURLWithPath: output)).split(separator: 0x0A)
    return try answers.map { try JSONDecoder().decode(Outcome.self, from: $0) }
  }
}

@Suite struct RequestCorpusTests {
  @Test(.enabled(if: !RawRequest.all.isEmpty, "test vectors http1 are absent"))
  func `a partner answers each request of the corpus once, as the page says`() async throws {
    let listed = try ListedAnswers.read()
    let partner = try ListeningPartner()
    let outcomes = try await partner.serve {
      try await RawClient.send(RawRequest.all, to: partner.port)
    }
    try #require(outcomes.count == RawRequest.all.count)
    var report = SuiteReport("http1")
    for (request, outcome) in zip(RawRequest.all, outcomes) {
      let answers = outcome.text.components(separatedBy: "HTTP/1.1 ").dropFirst()
        .filter { !$0.hasPrefix("100 ") }
      let status = answers.first.flatMap { Int($0.prefix(3)) } ?? 0
      let is4xx = (400...499).contains(status)
      let said = "\(status), \(answers.count) answers, \(outcome.end)"
      guard answers.count == 1, outcome.end == "closed" else {
        report.fail(request.name, said)
        continue
      }
      if request.isInvalid {
        let closes = outcome.text.contains("\r\nConnection: close")
        report.expect(is4xx && closes, request.name, said)
      } else if let wanted = listed[request.name] {
        report.expect(status == wanted, request.name, said + ", listed as \(wanted)")
      } else {
        // It names nothing that the partner has.
        #expect(is4xx || status == 501, "\(request.name): \(said)")
        report.leave(request.name, because: "docs/http-profile.md does not list it: \(said)")
      }
    }
    let lines = try report.write()
    #expect(report.failed.isEmpty, "\(lines)")
  }
}
