/// An admin socket with answers laid ready, by method and target.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
import TestSupport

enum CannedDaemon {
  static let id = "019ab1c2-7f00-7abc-8def-0123456789ab"

  struct Answer {
    let status: Int
    let lines: [JSONValue]

    init(status: Int, lines: [JSONValue]) {
      self.status = status
      self.lines = lines
    }

    init(_ status: Int, _ lines: JSONValue...) {
      self.status = status
      self.lines = lines
    }
  }

  /// Serves on `socket` while `body` runs; what has no answer is 400.
  static func serve(
    _ answers: [String: Answer], on socket: String, while body: @Sendable () async throws -> Void
  ) async throws {
    let server = try HTTPServer(socket: .unix(path: socket), tls: nil, options: .init())
    let thread = ServingThread()
    defer { thread.end() }
    try await withThrowingTaskGroup { group in
      group.addTask(executorPreference: thread) {
        await server.serve { request in
          let word = request.method == .get ? "GET" : "POST"
          let answer =
            answers["\(word) \(request.target)"] ?? Answer(400, refused("bad-request", 64))
          var octets: [UInt8] = []
          for line in answer.lines { octets += JSONWriter.write(line) + [0x0A] }
          return Response(
            status: answer.status, fields: [HTTPField("Content-Type", "application/jsonl")],
            body: octets)
        }
      }
      defer { server.stop() }
      try await body()
    }
  }

  static func refused(_ code: String, _ exit: Int64) -> JSONValue {
    [
      "v": 1, "kind": "error", "code": .string(code), "message": "it is not done",
      "hint": "do something else", "exit": .number(JSONNumber(exit)),
    ]
  }

  static func delivery(_ state: String) -> JSONValue {
    [
      "v": 1, "kind": "delivery", "id": .string(id), "partner": "emm", "state": .string(state),
      "attempts": 1,
    ]
  }

  static let accepted: JSONValue = [
    "v": 1, "kind": "submission", "result": "accepted", "repeated": false,
    "referralId": .string(id), "revision": 1,
    "deliveries": [
      ["id": .string(id), "partner": "emm", "detailLevel": "full", "state": "QUEUED"]
    ], "notSent": [],
  ]
}
