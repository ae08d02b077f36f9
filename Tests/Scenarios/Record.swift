/// What the daemon says and keeps: events of its log, suspensions, and its record once it stopped.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

/// A row of the table of attempts.
struct KeptAttempt {
  let partner: String
  let outcome: String
  let status: Int64?
  /// The answer's octets are there, sealed.
  let hasAnswer: Bool
}

extension Gateway {
  /// Events of the log by name, in order; what is no event is skipped.
  func events(_ name: String) -> [JSONValue] {
    log.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
      .filter { $0["event"]?.text == name }
  }

  /// Exactly this alarm, once, about a delivery, and none when there is none. Best after the end:
  /// what is said follows what is stored.
  func hasSaid(alarm: String?, about id: String) {
    let alarms = events("delivery-alarm").filter { $0["delivery"]?.text == id }
    #expect(alarms.map { $0["alarm"]?.text } == (alarm == nil ? [] : [alarm]), "\(log)")
    #expect(alarms.allSatisfy { $0["level"]?.text == "alarm" })
  }

  /// Why a partner gets nothing for a while.
  func suspension(of partner: Identity) throws -> String? {
    let partners = try status()["partners"]?.elements ?? []
    return partners.first { $0["code"]?.text == partner.code }?["suspended"]?["cause"]?.text
  }

  func suspension(of partner: Identity, becomes cause: String?) async throws {
    _ = try await eventually("\(partner.code) is suspended for \(cause ?? "nothing")") {
      try suspension(of: partner) == cause ? true : nil
    }
  }

  /// Every attempt in order; only while the daemon does not run.
  func kept() async throws -> [KeptAttempt] {
    let name = "kept-\(UUID().uuidString)"
    let program = try world.start(
      name, Machine.python,
      [
        "-c",
        """
        import json, sqlite3, sys
        base = sqlite3.connect(sys.argv[1])
        for row in base.execute(
            "SELECT d.partner, a.outcome, a.status, length(a.sealed), length(a.wrapped_key),"
            " length(a.answer_digest) FROM attempt a JOIN delivery d ON d.row = a.delivery"
            " ORDER BY a.row"):
            print(json.dumps(row))
        """, world.folder + "/store/outbox.db",
      ])
    guard try await program.ended() == 0 else { throw Stuck(description: program.log) }
    return try program.log.split(separator: "\n").map { line in
      let row = try JSONReader.read(Array(line.utf8)).elements ?? []
      return KeptAttempt(
        partner: row[0].text ?? "", outcome: row[1].text ?? "", status: row[2].integer,
        hasAnswer: row[3].integer ?? 0 > 0 && row[4].integer ?? 0 > 0 && row[5].integer == 32)
    }
  }
}

/// An RFC 3339 time of the admin socket.
func moment(_ value: JSONValue?) throws -> Date {
  let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
  let text = try #require(value?.text)
  return try (try? format.parse(text)) ?? Date.ISO8601FormatStyle().parse(text)
}
