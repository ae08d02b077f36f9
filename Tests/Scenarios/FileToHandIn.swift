/// A file beside a submission, and how it is handed in without the command line.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import JSON
import TestSupport

/// A file and the submission that describes it.
struct FileToHandIn {
  let octets: [UInt8]
  var sha256: String { SHA256Digest(of: octets).hex }

  static func pdf(_ count: Int) -> [UInt8] {
    let head = Array("%PDF-1.7 CANARY ".utf8)
    return head + (0..<count - head.count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
  }

  func submission() throws -> Submission {
    try Submission.fresh().with(
      "/referral/attachments",
      [
        [
          "id": "a1", "fileName": "CANARY-verklaring.pdf", "mediaType": "application/pdf",
          "size": .number(JSONNumber(Int64(octets.count))), "sha256": .string(sha256),
          "title": "Verklaring",
        ]
      ])
  }
}

extension Gateway {
  /// From part `first` on.
  func handIn(_ octets: ArraySlice<UInt8>, _ bundle: String, from first: Int = 0) throws {
    var (rest, number) = (octets, first)
    while !rest.isEmpty {
      let reply = try admin.send(
        "POST", "/v1/bundles/\(bundle)/a1/\(number)", Array(rest.prefix(65_536)))
      guard reply.status == 200 else { throw Stuck(description: "\(text(reply.lines))") }
      rest = rest.dropFirst(65_536)
      number += 1
    }
  }
}
