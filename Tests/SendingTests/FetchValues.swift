/// Answers and failures as the fetcher would give them.
// SPDX-License-Identifier: Apache-2.0
import Fetch

extension FetchAnswer {
  static func made(_ status: Int, fields: [(String, String)] = [], body: [UInt8] = [])
    -> FetchAnswer
  {
    FetchAnswer(
      status: status, fields: fields, body: body, peerAddress: "127.0.0.1", newConnections: 1,
      milliseconds: 1, handshakeMilliseconds: 1)
  }
}

extension FetchFailure {
  static func made(_ kind: Kind) -> FetchFailure {
    FetchFailure(
      kind: kind, curlCode: 0, detail: "", bytesSent: false, peerAddress: "", newConnections: 0)
  }
}
