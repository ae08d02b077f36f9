/// Which answers become a list, and what is kept of them.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Foundation
import OpenSSL
import Platform
import Register
import Renewal
import Testing

@Suite struct FetchedListTests {
  let samples = Samples.shared
  let now = SystemClock.now()

  func question(knowing known: [String] = []) throws -> ListQuestion {
    let url = try #require(ServiceURL("http://127.0.0.1:8/root.crl"))
    return ListQuestion(
      url: url, anchors: [], issuers: [try samples.certificate("root")],
      known: try known.map(samples.list))
  }

  func answer(_ octets: [UInt8], status: Int = 200) -> FetchResult {
    .answer(
      FetchAnswer(
        status: status, fields: [], body: octets, peerAddress: "127.0.0.1", newConnections: 1,
        milliseconds: 1, handshakeMilliseconds: 0))
  }

  func outcome(_ name: String, knowing known: [String] = []) throws -> FetchOutcome {
    let octets = try samples.octets(name)
    let (outcome, list) = try question(knowing: known).judge(answer(octets), at: now)
    let isList = [.taken, .unchanged, .ended].contains(outcome)
    #expect((list != nil) == isList, "\(outcome)")
    return outcome
  }

  @Test(arguments: ["first.der", "first.pem"])
  func `takes a list in DER or PEM that a known authority signed`(_ name: String) throws {
    #expect(try outcome(name) == .taken)
  }

  @Test func `knows the list that it has`() throws {
    #expect(try outcome("second.der", knowing: ["first", "second"]) == .unchanged)
  }

  @Test func `takes a newer list and refuses an older one`() throws {
    #expect(try outcome("second.der", knowing: ["first"]) == .taken)
    #expect(try outcome("first.der", knowing: ["second"]) == .older)
  }

  @Test func `takes a later list of the same number, and no later list of a lower one`() throws {
    #expect(try outcome("again.der", knowing: ["second"]) == .taken)
    #expect(try outcome("backwards.der", knowing: ["second"]) == .older)
    // Read as text, FF would be above 100.
    #expect(try samples.list("second").isNoOlder(than: try samples.list("first")))
  }

  @Test func `takes a newer list that has ended, and says that it has`() throws {
    #expect(try outcome("ended.der", knowing: ["second"]) == .ended)
    #expect(try outcome("second.der", knowing: ["ended"]) == .older)
  }

  @Test func `refuses lists that are forged, foreign or of tomorrow`() throws {
    #expect(try outcome("forged.der", knowing: ["first"]) == .forged)
    #expect(try outcome("stranger.der") == .stranger)
    #expect(try outcome("tomorrow.der") == .notYetValid)
  }

  @Test func `refuses what is not exactly one list`() throws {
    let whole = try samples.octets("first.der")
    let text = try samples.octets("first.pem")
    let bad: [[UInt8]] = [
      [], Array("<html>".utf8), Array(whole.dropLast()), whole + [0],
      text + (try samples.octets("stranger.pem")), try samples.octets("root.pem"),
    ]
    for octets in bad {
      let (outcome, list) = try question().judge(answer(octets), at: now)
      #expect(outcome == .noList && list == nil, "\(octets.count) octets")
    }
  }

  @Test(arguments: [
    (301, FetchOutcome.redirect), (304, .redirect), (404, .status), (500, .status), (206, .status),
    (204, .status),
  ])
  func `refuses every status but 200`(_ status: Int, _ expected: FetchOutcome) throws {
    let octets = try samples.octets("first.der")
    let (outcome, list) = try question().judge(answer(octets, status: status), at: now)
    #expect(outcome == expected && list == nil)
  }

  @Test func `every failure of the network is a failure`() throws {
    for kind in FetchFailure.Kind.allCases {
      let failure = FetchFailure(
        kind: kind, curlCode: 0, detail: "", bytesSent: false, peerAddress: "", newConnections: 0)
      let (outcome, list) = try question().judge(.failure(failure), at: now)
      #expect(!outcome.isGood && list == nil, "\(kind)")
    }
  }

  @Test func `asks without redirects, with limits, and shows nothing of ours`() throws {
    let request = try question().request(totalMilliseconds: 7_000)
    #expect(request.method == .get && request.body.isEmpty && request.fields.isEmpty)
    #expect(request.identity == nil && request.allowsPlainHTTP)
    #expect(request.maxAnswerOctets == RenewalLimits.listOctets)
    #expect(request.timeouts.totalMilliseconds == 7_000)
  }

  // MARK: What is kept

  func fetched(_ name: String) throws -> FetchedList {
    try #require(try question().judge(answer(try samples.octets(name)), at: now).1)
  }

  @Test func `a restart knows the newest list of an authority, in one file`() throws {
    let folder = NSTemporaryDirectory() + "kept-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var kept = KeptLists(folder: folder)
    for name in ["first.pem", "second.der", "first.der"] { try kept.keep(try fetched(name)) }
    let second = try samples.list("second").der
    #expect(kept.lists.map(\.der) == [second])
    var restarted = KeptLists(folder: folder)
    #expect(restarted.lists.isEmpty)
    #expect(restarted.read() == 0)
    #expect(restarted.lists.map(\.der) == [second])
    #expect(try Files.list(folder).count == 1)
  }

  @Test func `what cannot be written is known all the same, and written later`() throws {
    let folder = NSTemporaryDirectory() + "kept-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Files.write([], to: folder)
    var kept = KeptLists(folder: folder)
    #expect(throws: FileError.self) { try kept.keep(try fetched("first.der")) }
    #expect(kept.lists.count == 1)
    try FileManager.default.removeItem(atPath: folder)
    try kept.keep(try fetched("first.der"))
    #expect(try Files.list(folder).count == 1)
  }

  @Test func `a file that is half a list is told of, and not used`() throws {
    let folder = NSTemporaryDirectory() + "kept-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var kept = KeptLists(folder: folder)
    try kept.keep(try fetched("first.der"))
    let name = try #require(try Files.list(folder).first)
    let octets = try Files.read(folder + "/" + name, limit: 65_536)
    try Files.write(Array(octets.prefix(octets.count / 2)), to: folder + "/" + name)
    var restarted = KeptLists(folder: folder)
    #expect(restarted.read() == 1)
    #expect(restarted.lists.isEmpty)
  }
}
