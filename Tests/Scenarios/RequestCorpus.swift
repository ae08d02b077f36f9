/// The request corpus against referral-partner over mutual TLS: one answer each, as listed.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython, .enabled(if: !RawRequest.all.isEmpty, "test vectors http1 are absent"))
  struct RequestCorpus {
    @Test func `referral-partner answers each request of the corpus once, as the page says`()
      async throws
    {
      let listed = try Self.listedAnswers()
      let world = try World()
      let port = try freePort()
      try world.write("partner.toml", world.partnerSettings(port))
      let partner = try await world.referralPartner()
      let lines = try await Self.send(RawRequest.all, to: port, in: world)
      try #require(lines.count == RawRequest.all.count)
      var report = SuiteReport("http1")
      for (request, line) in zip(RawRequest.all, lines) {
        let text =
          line["answer"]?.text.flatMap { Data(base64Encoded: $0) }
          .map { String(decoding: $0, as: UTF8.self) } ?? ""
        let answers = text.components(separatedBy: "HTTP/1.1 ").dropFirst()
          .filter { !$0.hasPrefix("100 ") }
        let status = answers.first.flatMap { Int($0.prefix(3)) } ?? 0
        let end = line["end"]?.text ?? ""
        let said = "\(status), \(answers.count) answers, \(end)"
        let isOne = answers.count == 1 && end == "closed"
        let is4xx = (400...499).contains(status)
        if request.isInvalid {
          let closes = text.contains("\r\nConnection: close")
          report.expect(isOne && is4xx && closes, request.name, said)
        } else if let wanted = listed[request.name] {
          report.expect(isOne && status == wanted, request.name, said + ", listed as \(wanted)")
        } else {
          // It names nothing that the partner has.
          #expect(isOne && (is4xx || status == 501), "\(request.name): \(said)")
          report.leave(request.name, because: "docs/http-profile.md does not list it: \(said)")
        }
      }
      let failures = try report.write()
      #expect(report.failed.isEmpty, "\(failures)")
      #expect(try await partner.stop() == 0)
    }

    /// The table of docs/http-profile.md: requests and their status.
    private static func listedAnswers() throws -> [String: Int] {
      let page = PackageFolder.path + "/docs/http-profile.md"
      let text = try String(contentsOfFile: page, encoding: .utf8)
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

    /// Tests/Support/raw_client.py sends them one after the other; a line for each.
    private static func send(_ requests: [RawRequest], to port: Int, in world: World) async throws
      -> [JSONValue]
    {
      let lines = requests.map { Data($0.octets).base64EncodedString() + "\n" }.joined()
      try world.write("requests", lines)
      let client = try world.start(
        "raw-client", Machine.python,
        [
          "-B", PackageFolder.path + "/Tests/Support/raw_client.py", "--port", "\(port)",
          "--certificate", world.pki + "/sender-client-chain.pem", "--key",
          world.pki + "/sender-client.key", "--anchors", world.pki + "/anchors.pem",
          world.folder + "/requests",
        ])
      #expect(try await client.ended(within: 120) == 0, "\(client.log)")
      return client.log.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
    }
  }
}
