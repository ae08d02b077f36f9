/// Files of documents: handed in, proven by the document, fetched by whom they are for, and gone.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import JSON
import TestSupport
import Testing

extension Scenarios {
  @Suite(needsPython) struct Attachments {
    @Test func `a partner fetches the file that its document names, octet for octet`()
      async throws
    {
      let all = try await AttachmentWorld.running()
      let file = FileToHandIn(octets: FileToHandIn.pdf(200_000))
      let id = try await all.deliver(file)
      let named = try #require(try all.document(id)["data"]?["attachments"]?.elements?.first)
      #expect(named["sha256"]?.text == file.sha256)
      let fetched = try await all.fetch(id)
      #expect(fetched.status == 200, "\(fetched)")
      #expect(fetched.line["sha256"]?.text == file.sha256)
      #expect(fetched.line["octets"]?.integer == 200_000)
      #expect(fetched.line["type"]?.text == "application/pdf")
      #expect(fetched.line["digest"]?.text == SHA256Digest(of: file.octets).field)
      _ = try await all.fetch(id)
      let shown = try #require(
        try all.gateway.show(id)["attachmentsFetched"]?.elements?.first)
      #expect(shown["pointer"]?.text == "/data/attachments/0")
      #expect(shown["times"]?.integer == 2)
      // Neither its name nor its octets stand anywhere in clear.
      #expect(!all.gateway.log.contains("CANARY"))
      for kept in all.callback.world.files(below: "store") {
        #expect(kept.octets.firstRange(of: Array("CANARY".utf8)) == nil, "\(kept.path)")
      }
    }

    @Test func `what is not for the caller looks like what never was`() async throws {
      let all = try await AttachmentWorld.running(others: [.care])
      let id = try await all.deliver(FileToHandIn(octets: FileToHandIn.pdf(1_000)))
      let other = "comensha-server"
      let never = "0193a1c2-7f00-7abc-8def-0123456789ab"
      var answers: [Brought] = []
      for (path, identity) in [
        ("\(id)/attachments/a1", other), ("\(never)/attachments/a1", "politie-avim-server"),
        ("\(id)/attachments/a2", "politie-avim-server"), ("\(id)/attachments/", other),
        ("\(id)/attachments/a1/..", "politie-avim-server"), ("\(id)", "politie-avim-server"),
        ("\(id)/attachments/%61%31", "politie-avim-server"),
      ] {
        answers.append(try await all.get("/v1/referrals/" + path, as: .string(identity)))
      }
      for answer in answers {
        #expect(answer.status == 404 && answer.problem == "unknown-endpoint", "\(answer)")
        #expect(answer.detail == answers[0].detail, "\(answer)")
      }
      let stranger = try await all.get(
        "/v1/referrals/\(id)/attachments/a1", as: JSONValue.null)
      #expect(stranger.status != 200, "\(stranger)")
      #expect(try all.gateway.show(id)["attachmentsFetched"] == [])
    }

    @Test func `a submission is refused whose files are not those that it describes`()
      async throws
    {
      let all = try await AttachmentWorld.running()
      let file = FileToHandIn(octets: FileToHandIn.pdf(70_000))
      let folder = all.callback.world.folder
      try all.write("right.pdf", file.octets)
      try all.write("wrong.pdf", file.octets.dropLast() + [0])
      try all.write("longer.pdf", file.octets + [0])
      try all.write("empty.pdf", [])
      try all.write("finger.bin", Array("FMR\0 20\0".utf8))
      try all.callback.world.write("one.json", file.submission())
      let one = folder + "/one.json"
      let cases: [(arguments: [String], exit: Int32, word: String)] = [
        ([], 65, "was not handed in"),
        (["--attach", "a1=\(folder)/wrong.pdf"], 65, "another SHA-256"),
        (["--attach", "a1=\(folder)/longer.pdf"], 65, "another size"),
        (["--attach", "a1=\(folder)/finger.bin"], 65, "does not have this form"),
        (["--attach", "a1=\(folder)/empty.pdf"], 65, "is empty"),
        (["--attach", "a1=\(folder)/none.pdf"], 65, "no such file"),
        (["--attach", "a1=\(folder)"], 65, "is a directory"),
        (["--attach", "a1=\(folder)/right.pdf", "--attach", "a2=\(folder)/right.pdf"], 65,
          "no attachment names"),
        (["--attach", "a1"], 64, "not ID=PATH"),
        (["--attach", "a 1=\(folder)/right.pdf"], 64, "not ID=PATH"),
        (["--attach", "a1=x", "--attach", "a1=y"], 64, "twice"),
      ]
      let control = Control(all.callback.world)
      for (arguments, exit, word) in cases {
        let status = try await control.status(["submit"] + arguments + [one])
        #expect(status == exit, "\(arguments): \(control.output)")
        #expect(control.output.contains(word), "\(arguments): \(control.output)")
      }
      #expect(try all.gateway.deliveries().isEmpty)
      #expect(
        try await control.status("submit", "--attach", "a1=\(folder)/right.pdf", one) == 0,
        "\(control.output)")
      // The same once more needs no file: it is answered as the first time.
      #expect(try await control.status("submit", one) == 0, "\(control.output)")
      #expect(try all.gateway.deliveries().count == 1)
    }

    @Test func `a withdrawal ends it, a correction ends what it does not name`() async throws {
      let all = try await AttachmentWorld.running()
      let file = FileToHandIn(octets: FileToHandIn.pdf(1_000))
      let first = try await all.deliver(file)
      let referral = try #require(all.last).referralID
      func next(_ revision: Int, _ operation: String, keeps: Bool) async throws -> String {
        var submission = try file.submission()
          .with("/referral/header/referralId", .string(referral))
          .with("/referral/header/revision", .number(JSONNumber(Int64(revision))))
          .with("/referral/header/operation", .string(operation))
          .with("/referral/change", AttachmentWorld.change(operation))
        if !keeps { submission = submission.with("/referral/attachments", nil) }
        if operation == "withdraw" { submission = submission.onlyHeaderAndChange() }
        let id = try all.gateway.deliver(submission)
        _ = try await all.gateway.settled(id, "DELIVERED")
        return id
      }
      let second = try await next(2, "update", keeps: true)
      #expect(try await all.fetch(first).status == 200)
      #expect(try await all.fetch(second).status == 200)
      let third = try await next(3, "correct", keeps: false)
      for id in [first, second] {
        let gone = try await all.fetch(id)
        #expect(gone.status == 410 && gone.problem == "erased", "\(gone)")
      }
      #expect(try await all.fetch(third).status == 404)
      let other = try await all.deliver(file)
      #expect(try await all.fetch(other).status == 200)
      let withdrawn = try #require(all.last)
      _ = try all.gateway.deliver(
        withdrawn.with("/referral/header/revision", 2)
          .with("/referral/header/operation", "withdraw")
          .with("/referral/change", AttachmentWorld.change("withdraw")).onlyHeaderAndChange())
      #expect(try await all.fetch(other).status == 410)
    }

    @Test func `a partner that somebody has paused gets no file`() async throws {
      let all = try await AttachmentWorld.running()
      let id = try await all.deliver(FileToHandIn(octets: FileToHandIn.pdf(1_000)))
      let control = Control(all.callback.world)
      #expect(
        try await control.status(
          "partner", "pause", "politie-avim", "--reason", "a key may be known") == 0)
      let refused = try await all.fetch(id)
      #expect(refused.status == 503 && refused.line["retryAfter"]?.text != nil, "\(refused)")
      #expect(try await control.status("partner", "resume", "politie-avim", "--reason", "no") == 0)
      #expect(try await all.fetch(id).status == 200)
    }

    @Test func `files go through the spool beside their submission`() async throws {
      let all = try await AttachmentWorld.running()
      let file = FileToHandIn(octets: FileToHandIn.pdf(100_000))
      let spool = all.callback.world.folder + "/spool"
      func hand(_ name: String, _ octets: [UInt8], as id: String) throws {
        let folder = "\(spool)/in/\(name).files"
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: false)
        try Data(octets).write(to: URL(fileURLWithPath: "\(folder)/\(id)"))
        try all.callback.world.write("spool/in/.\(name)", try file.submission())
        try FileManager.default.moveItem(
          atPath: "\(spool)/in/.\(name)", toPath: "\(spool)/in/\(name)")
      }
      try hand("good.json", file.octets, as: "a1")
      try hand("bad.json", file.octets.dropLast() + [0], as: "a1")
      try hand("other.json", file.octets, as: "other name")
      _ = try await eventually("all are taken") {
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(spool)/in")
        return left.isEmpty ? true : nil
      }
      func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(spool)/\(folder)").sorted()
      }
      #expect(try names("accepted") == ["good.json"])
      #expect(
        try names("refused") == [
          "bad.json", "bad.json.files", "bad.json.report.json", "other.json", "other.json.files",
          "other.json.report.json",
        ])
      let delivered = try await all.gateway.allDelivered(1)
      let id = try #require(delivered.first?["id"]?.text)
      #expect(try await all.fetch(id).line["sha256"]?.text == file.sha256)
    }

    @Test func `what is handed in outlives a crash, and is no burden for the memory`()
      async throws
    {
      let all = try await AttachmentWorld.running()
      let file = FileToHandIn(octets: FileToHandIn.pdf(16_777_216))
      let bundle = UUID().uuidString.lowercased()
      let half = file.octets.count / 2
      let before = try all.peakKibibytes()
      try all.gateway.handIn(file.octets[..<half], bundle)
      #expect(try all.peakKibibytes() - before < AttachmentWorld.memoryKibibytes)
      all.gateway.kill()
      try await all.callback.start()
      try all.gateway.handIn(file.octets[half...], bundle, from: half / 65_536)
      let reply = try all.gateway.admin.send(
        "POST", "/v1/submissions?bundle=\(bundle)", file.submission().octets)
      #expect(reply.status == 200, "\(text(reply.lines))")
      let id = try #require(reply.lines.first?["deliveries"]?.elements?.first?["id"]?.text)
      _ = try await all.gateway.settled(id, "DELIVERED")
      #expect(try await all.fetch(id).line["sha256"]?.text == file.sha256)
      #expect(try all.peakKibibytes() - before < AttachmentWorld.memoryKibibytes)
    }
  }
}

extension Submission {
  /// What a withdrawal may have.
  fileprivate func onlyHeaderAndChange() -> Submission {
    let names = tree["referral"]?.members?.members.map(\.name) ?? []
    return names.filter { $0 != "header" && $0 != "change" }.reduce(
      with("/referral/header/attention", nil)
    ) {
      $0.with("/referral/\($1)", nil)
    }
  }
}

private final class AttachmentWorld {
  let callback: CallbackWorld
  private(set) var last: Submission?
  var gateway: Gateway { callback.gateway }

  /// More than the store's tables and a handful of parts, less than half of the largest file.
  static let memoryKibibytes = 6_144

  private init(_ callback: CallbackWorld) { self.callback = callback }

  static func running(others: [Identity] = []) async throws -> AttachmentWorld {
    AttachmentWorld(try await CallbackWorld.running(others: others))
  }

  static func change(_ operation: String) -> JSONValue? {
    try? Examples.submission(
      operation == "withdraw"
        ? "09-identity-mixup"
        : operation == "correct" ? "08-foreman-is-victim" : "12-unknown-woman-named"
    )["referral"]?["change"]
  }

  func write(_ name: String, _ octets: [UInt8]) throws {
    try Data(octets).write(to: URL(fileURLWithPath: callback.world.folder + "/" + name))
  }

  /// Through the command line; the delivery's id once it is delivered.
  func deliver(_ file: FileToHandIn) async throws -> String {
    let submission = try file.submission()
    last = submission
    try write("file.pdf", file.octets)
    try callback.world.write("submission.json", submission)
    let folder = callback.world.folder
    let control = Control(callback.world)
    let status = try await control.status(
      "submit", "--wait", "30s", "--attach", "a1=\(folder)/file.pdf",
      folder + "/submission.json")
    guard status == 0 else { throw Stuck(description: "not submitted: \(control.output)") }
    let delivery = try gateway.deliveries("referral=\(submission.referralID)").first
    return try #require(delivery?["id"]?.text)
  }

  func document(_ id: String) throws -> JSONValue {
    guard case .string(let path) = try callback.request(id),
      let octets = FileManager.default.contents(atPath: path),
      let start = octets.firstRange(of: Data("\r\n\r\n".utf8))
    else { throw Stuck(description: "the partner has no \(id)") }
    return try JSONReader.read(Array(octets[start.upperBound...]))
  }

  func fetch(_ id: String) async throws -> Brought {
    try await get("/v1/referrals/\(id)/attachments/a1", as: "politie-avim-server")
  }

  /// `identity`: whose certificate is shown; null for none.
  func get(_ path: String, as identity: JSONValue) async throws -> Brought {
    let known = try #require(try gateway.deliveries("state=DELIVERED").first?["id"]?.text)
    return try #require(
      try await callback.bring(
        [["method": "GET", "path": .string(path), "as": identity, "kind": "receipt"]],
        about: known
      ).first)
  }

  /// The most that the daemon ever had in memory.
  func peakKibibytes() throws -> Int {
    let process = try #require(gateway.program?.processID)
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return try #require(line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) })
  }
}
