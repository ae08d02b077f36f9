/// The command line itself: help, mistakes, what is linked.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import TestSupport
import Testing

@Suite(.serialized) struct CommandLineTests {
  @Test(arguments: ["signature", "document", "acknowledgement"])
  func `explains every verb with examples and statuses`(_ verb: String) async throws {
    let run = try await Verifier.run([verb, "--help"])
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("referral-verify \(verb) - "))
    #expect(run.output.contains("Examples:\n  $ referral-verify \(verb) --trust "))
    for status in [0, 1, 2, 64] { #expect(run.output.contains("\n  \(status) ")) }
    #expect(run.errors.isEmpty)
  }

  @Test func `lists the verbs, and tells its version`() async throws {
    let help = try await Verifier.run(["--help"])
    #expect(help.status == 0)
    for verb in ["signature", "document", "acknowledgement"] {
      #expect(help.output.contains("\n  \(verb) "))
    }
    let version = try await Verifier.run(["--version"])
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("referral-verify "))
  }

  private static let files = ["--trust", "t", "--body", "b", "--headers", "h"]

  @Test(arguments: [
    ([], "--help"), (["docment"], "did you mean 'document'?"), (["bundle"], "--help"),
    (["document"], "--help"), (["document", "--trust", "t", "--body", "b"], "--help"),
    (["document", "--trsut", "t"], "did you mean '--trust'?"),
    (["document", "x"] + files, "--help"), (["document", "--trust", "t"] + files, "--help"),
    (["document", "--at", "yesterday"] + files, "2026-11-23T12:00:00Z"),
    (["document", "--at", "IAT"] + files, "iat"),
    (["document", "--identity", "00000099000000001000"] + files, "urn:nld:oin:"),
    (["document", "--recipient", "urn:nld:oin:1"] + files, "urn:nld:oin:"),
    (["signature", "--recipient", "urn:nld:oin:00000099000000001000"] + files, "--help"),
    (["document", "--header-name", "a b"] + files, "':'"),
    (["document", "--header-name", ""] + files, "':'"),
    (["document", "--attachment", "a1"] + files, "a1=statement.pdf"),
    (["document", "--attachment", "=f"] + files, "a1=statement.pdf"),
    (["document", "--attachment", "a1="] + files, "a1=statement.pdf"),
    (["document", "--attachment", "a1=f", "--attachment", "a1=g"] + files, "one file"),
    (["acknowledgement", "--attachment", "a1=f"] + files, "--help"),
  ]) func `ends with 64 and says what was meant`(_ words: [String], _ hint: String) async throws {
    let run = try await Verifier.run(words)
    #expect(run.status == 64)
    #expect(run.output.isEmpty)
    let error = try #require(run.errorLines.first)
    #expect(error["code"] == "usage")
    #expect(error["exit"] == 64)
    #expect(error["hint"]?.text?.contains(hint) == true, "\(run.errors)")
  }

  @Test func `has no library for networks or stores, only for cryptography`() async throws {
    let run = try await ProgramRun.of(
      "/usr/bin/env", ["ldd", ProgramRun.built("referral-verify")],
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(run.status == 0, "\(run)")
    let names = run.output.split(separator: "\n").compactMap {
      $0.split(separator: " ").first?.trimmingCharacters(in: .whitespaces)
    }
    #expect(names.contains { $0.hasPrefix("libcrypto.so") })
    for unwanted in ["libcurl", "libsqlite3", "libevent", "libnghttp2", "libFoundationNetworking"] {
      #expect(!names.contains { $0.hasPrefix(unwanted) }, "\(run.output)")
    }
  }

  @Test func `shows a table to people`() async throws {
    let exchange = try Exchange()
    let words = ([ProgramRun.built("referral-verify")] + exchange.arguments)
      .map { "'\($0)'" }.joined(separator: " ")
    let run = try await ProgramRun.of(
      "/usr/bin/env", ["script", "-qec", words, "/dev/null"],
      environment: ["PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"])
    let lines = run.output.replacingOccurrences(of: "\r", with: "").split(separator: "\n")
    #expect(run.status == 0, "\(run)")
    #expect(lines.contains { $0.hasPrefix(" 8  digest of the octets") && $0.hasSuffix("passed") })
    #expect(lines.contains { $0.hasPrefix("signed by ") && $0.contains("Sample sender") })
    #expect(lines.contains { $0.hasPrefix("chain ") })
    #expect(lines.last == "valid")
  }
}
