/// Files that are not what they should be: never valid, never taken for a verdict on the message.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import OpenSSL
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct InputTests {
  @Test(arguments: ["trust", "body", "headers", "crl"])
  func `cannot decide without a readable file`(_ which: String) async throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    var files = [folder.path + "/missing": "no-such-file", pipe: "is-special-file"]
    files[folder.path] = which == "crl" ? "is-special-file" : "is-directory"
    for (file, code) in files {
      let exchange = try Exchange().with(which, file)
      let judged = try await exchange.run()
      judged.expect(2, code, "\(which) \(file)")
      let error = try #require(judged.run.errorLines.first)
      #expect(error["code"]?.text == code)
      #expect(error["hint"] != nil)
      #expect(judged.steps.isEmpty)
    }
  }

  @Test func `cannot decide without certificates to trust`() async throws {
    let garbage = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
    let anchors = try Exchange.pem("anchors")
    let files: [(octets: [UInt8], code: String)] = [
      ([], "no-certificate"), ([0xFF, 0xFE, 0x00], "no-certificate"), (garbage, "no-certificate"),
      (anchors + garbage, "no-certificate"), (try Exchange.pem("crl"), "no-certificate"),
      (try Exchange.pem("chain"), "no-anchor"),
      ((0...500).flatMap { _ in anchors }, "too-many-certificates"),
      ([UInt8](repeating: 0x0A, count: 4_194_305), "file-too-large"),
    ]
    for (octets, code) in files {
      var exchange = try Exchange()
      exchange.trust = try exchange.file("trust", octets)
      try await exchange.run().expect(2, code)
    }
  }

  @Test func `cannot decide with a revocation list that is none`() async throws {
    for octets in [[], [0x30, 0x00], [0xFF], try Exchange.pem("anchors")] as [[UInt8]] {
      var exchange = try Exchange()
      exchange.revocationLists.append(try exchange.file("list", octets))
      try await exchange.run().expect(2, "no-revocation-list")
    }
  }

  @Test func `takes revocation lists from files and folders, PEM and DER, and misses none`()
    async throws
  {
    let lists = try RevocationList.all(pem: Exchange.pem("crl"))
    #expect(lists.count == 2)
    let folder = try TemporaryFolder()
    var exchange = try Exchange()
    exchange.revocationLists = [folder.path]
    try await exchange.run().expect(2, step: 11, "revocation-unknown", "an empty folder")
    for (index, list) in lists.enumerated() {
      try await exchange.run().expect(2, step: 11, "revocation-unknown", "\(index) lists")
      try folder.write("\(index).crl", list.der)
    }
    try folder.write(".hidden", [0xFF])
    try await exchange.run().expect(0)
    try folder.write("notes", [0xFF])
    try await exchange.run().expect(2, "no-revocation-list")
    exchange.more = ["--no-revocation-check"]
    let judged = try await exchange.run()
    judged.expect(0)
    #expect(judged.outcome(11) == "skipped")
  }

  @Test func `refuses headers that are no header fields`() async throws {
    let (head, _) = try Exchange.request()
    let large = Array("X: \(String(repeating: "a", count: 16_384))\r\n".utf8)
    let files: [(octets: [UInt8], code: String)] = [
      ([], "signature-missing"), (Array("HTTP/1.1 200 OK\r\n\r\n".utf8), "signature-missing"),
      ([0xFF, 0xFE], "fields-malformed"), (head + Array("\r\n\r\nX: 1".utf8), "fields-malformed"),
      (head + Array("\r\n folded".utf8), "fields-malformed"),
      (head + Array("\r\nX : 1".utf8), "fields-malformed"),
      (head + Array("\r\nX: \0".utf8), "fields-malformed"),
      (head + [0x0D, 0x0A] + head, "fields-malformed"),
      (head + [0x0D, 0x0A] + large, "fields-too-large"),
      ([UInt8](repeating: 0x61, count: 65_537), "fields-too-large"),
    ]
    for (octets, code) in files {
      var exchange = try Exchange()
      exchange.headers = try exchange.file("other", octets)
      try await exchange.run().expect(1, step: 1, code)
    }
  }

  @Test func `reads headers with LF, without a first line, through a link`() async throws {
    let text = String(decoding: try Exchange.request().head, as: UTF8.self)
    let lines = text.split(separator: "\r\n").map(String.init)
    for form in [lines.joined(separator: "\n"), lines.dropFirst().joined(separator: "\n") + "\n\n"]
    {
      var exchange = try Exchange()
      _ = try exchange.file("other", Array(form.utf8))
      exchange.headers = exchange.folder.path + "/link"
      try FileManager.default.createSymbolicLink(
        atPath: exchange.headers, withDestinationPath: exchange.folder.path + "/other")
      try await exchange.run().expect(0)
    }
  }

  @Test func `refuses a body that is empty, too large or other octets`() async throws {
    let limit = 1_048_576
    let bodies: [(octets: [UInt8], step: Int, code: String)] = [
      ([], 8, "digest-mismatch"), ([0xFF, 0xFE, 0x00], 8, "digest-mismatch"),
      ([UInt8](repeating: 0x20, count: limit), 8, "digest-mismatch"),
      ([UInt8](repeating: 0x20, count: limit + 1), 1, "body-too-large"),
    ]
    for (octets, step, code) in bodies {
      var exchange = try Exchange()
      exchange.body = try exchange.file("body", octets)
      try await exchange.run().expect(1, step: step, code)
    }
    var exchange = try Exchange()
    exchange.verb = "acknowledgement"
    exchange.body = try exchange.file("body", [UInt8](repeating: 0x20, count: 65_537))
    try await exchange.run().expect(1, step: 1, "body-too-large")
  }
}

extension Exchange {
  fileprivate func with(_ which: String, _ file: String) throws -> Exchange {
    var changed = self
    switch which {
    case "trust": changed.trust = file
    case "body": changed.body = file
    case "headers": changed.headers = file
    default: changed.revocationLists = [file]
    }
    return changed
  }
}
