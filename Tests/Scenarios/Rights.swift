/// The admin socket, opened by other users: what their groups allow, and what the audit says.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Outbox
import TestSupport
import Testing

/// Users and groups that every Debian has.
private enum Somebody {
  /// May open the socket; its mode says so.
  static let socketGroup: UInt32 = 100
  static let groups: [(role: String, group: String, number: UInt32)] = [
    ("readers", "games", 60), ("operators", "news", 9), ("keys", "uucp", 10),
    ("privacy", "man", 12), ("auditors", "proxy", 13), ("submitters", "mail", 8),
  ]

  static func number(_ role: String) -> UInt32 {
    groups.first { $0.role == role }?.number ?? 0
  }
}

extension Scenarios {
  @Suite(
    needsPython,
    .enabled(if: OtherUser.isPossible, "needs root, setpriv, and programs that others may run"))
  struct Rights {
    private func gateway(_ world: World, _ names: [String: String]) async throws -> Gateway {
      let police = try await world.partner(.police)
      let groups = names.map { "\($0.key) = \"\($0.value)\"" }.sorted().joined(separator: ", ")
      let gateway = try await Gateway.running(world, [police]) { file, text in
        let mode = #"mode = "0660""#
        return file == "gateway.toml"
          ? text.replacing(#"mode = "0600""#, with: "\(mode)\ngroups = { \(groups) }") : text
      }
      let socket = world.folder + "/admin.sock"
      try FileManager.default.setAttributes(
        [.groupOwnerAccountID: NSNumber(value: Somebody.socketGroup)], ofItemAtPath: socket)
      return gateway
    }

    private let names = Dictionary(
      uniqueKeysWithValues: Somebody.groups.map { ($0.role, $0.group) })

    @Test func `each role does its own, and is told which group the rest needs`() async throws {
      let world = try World()
      let gateway = try await gateway(world, names)
      let id = try gateway.deliver(Submission.fresh())
      _ = try await gateway.settled(id, "DELIVERED")
      try world.write("new.json", Submission.fresh())
      let new = world.folder + "/new.json"
      let looking: Set = ["readers", "operators", "keys", "privacy", "auditors"]
      let rows: [(words: [String], roles: Set<String>, asked: String)] = [
        (["status"], looking, "readers"), (["metrics"], looking, "readers"),
        (["show", id], looking.union(["submitters"]), "readers"),
        (["submit", new], ["submitters"], "submitters"),
        (["resend", id, "--dry-run"], ["operators"], "operators"),
        (["partner", "pause", "politie-avim", "--dry-run"], ["operators"], "operators"),
        (["partner", "check", "politie-avim"], ["operators", "keys"], "operators"),
        (["audit", "list"], ["auditors", "privacy"], "auditors"),
        (
          ["preview", new, "--partner", "politie-avim", "--reveal", "--reason", "asked"],
          ["privacy"], "privacy"
        ),
      ]
      for role in Somebody.groups.map(\.role) {
        let caller = Caller(world, user: 4711, groups: [Somebody.number(role)])
        for row in rows {
          let status = try await caller.status(row.words)
          guard row.roles.contains(role) else {
            #expect(status == 77, "\(role) \(row.words): \(caller.output)")
            let error = try #require(caller.error)
            #expect(error["code"] == "denied" && error["role"]?.text == row.asked)
            let group = try #require(names[row.asked])
            #expect(error["hint"]?.text?.contains("join the group \(group) ") == true)
            continue
          }
          // Delivered once: a resend is refused by the state, not by the rights.
          #expect(status == 0 || status == 73, "\(role) \(row.words): \(caller.output)")
        }
        #expect(try await caller.status(["whoami"]) == 0)
        let roles = caller.lines.last?["roles"]?.elements ?? []
        let own = roles.filter { $0["yours"] == true }.compactMap { $0["role"]?.text }
        #expect(own == [role])
      }
      #expect(gateway.log.contains(#""event":"admin-call-denied""#))
      #expect(gateway.log.contains(#""user":4711"#))
    }

    @Test func `the audit names who did it, and a refused order changes nothing`() async throws {
      let world = try World()
      let gateway = try await gateway(world, names)
      let root = Caller(world, user: 0, groups: [])
      #expect(try await root.status(["partner", "pause", "politie-avim"]) == 0)
      let id = try gateway.deliver(Submission.fresh())
      let reader = Caller(world, user: 4711, groups: [Somebody.number("readers")])
      #expect(try await reader.status(["hold", id, "--reason", "not mine"]) == 77)
      #expect(try await reader.status(["hold", "ALL", "--state", "QUEUED", "--reason", "x"]) == 77)
      #expect(try gateway.show(id)["state"]?.text == "QUEUED")
      // News is a user of every Debian, 4711 is none: both are told apart by number.
      let named = Caller(world, user: 9, groups: [Somebody.number("operators")])
      #expect(try await named.status(["hold", id, "--reason", "its own account"]) == 0)
      let nameless = Caller(world, user: 4711, groups: [Somebody.number("operators")])
      #expect(try await nameless.status(["release", id]) == 0)
      let auditor = Caller(world, user: 4712, groups: [Somebody.number("auditors")])
      #expect(try await auditor.status(["audit", "list"]) == 0)
      let actors = auditor.lines.compactMap { line in
        line["action"]?.text.map { "\($0) \(line["actor"]?.text ?? "")" }
      }
      #expect(actors.contains("hold uid:9(news)"), "\(actors)")
      #expect(actors.contains("release uid:4711"))
      #expect(actors.contains("partner-pause uid:0(root)"))
      #expect(!auditor.output.contains("not mine"))
    }

    @Test func `the socket's own group is asked for first, and without groups only root acts`()
      async throws
    {
      let world = try World()
      let gateway = try await gateway(
        world, names.mapValues { _ in "no-such-group-of-the-gateway" })
      let outside = Caller(world, user: 4711, groups: [], opensSocket: false)
      #expect(try await outside.status(["status"]) == 77)
      #expect(outside.error?["code"] == "permission-denied")
      #expect(outside.output.contains("referral-admin"))
      let inside = Caller(world, user: 4711, groups: [60, 9, 10, 12, 13, 8])
      #expect(try await inside.status(["status"]) == 77)
      #expect(inside.output.contains("there is no group no-such-group-of-the-gateway"))
      #expect(try await inside.status(["whoami"]) == 0)
      #expect(inside.output.contains(#""groupExists":false"#))
      let root = Caller(world, user: 0, groups: [])
      #expect(try await root.status(["status"]) == 0)
      let status = try #require(root.lines.last)
      #expect(status["storeVersion"]?.integer == Int64(OutboxStore.schemaVersion))
      #expect(try #require(status["uptimeSeconds"]?.integer) >= 0)
      #expect(gateway.log.contains(#""event":"role-without-group""#))
    }
  }
}

/// `referralctl` under another user, with these groups.
private final class Caller {
  private let world: World
  private let before: [String]
  private(set) var output = ""

  init(_ world: World, user: UInt32, groups: [UInt32], opensSocket: Bool = true) {
    self.world = world
    let all = groups + (opensSocket ? [Somebody.socketGroup] : [])
    let list = all.map(String.init).joined(separator: ",")
    before =
      ["--reuid", "\(user)", "--regid", "\(user == 0 ? 0 : 65_534)"]
      + (all.isEmpty ? ["--clear-groups"] : ["--groups", list])
  }

  var lines: [JSONValue] {
    output.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
  }

  var error: JSONValue? { lines.first { $0["kind"] == "error" } }

  func status(_ words: [String]) async throws -> Int32 {
    let program = try world.start(
      "caller-\(UUID().uuidString.prefix(8))", OtherUser.setpriv,
      before + [Machine.programs + "/referralctl", "--socket", world.folder + "/admin.sock"]
        + words)
    let status = try await program.ended(within: 60)
    output = program.log
    return status
  }
}
