/// Files of this repository inside the program, for tools that find no folder where they run.
// SPDX-License-Identifier: Apache-2.0
import CEmbedded

package struct EmbeddedFile: Sendable {
  /// From the root of the repository: "schemas/envelope/1.0.0/schema.json".
  package let path: String
  package let octets: [UInt8]

  /// In the order of their paths.
  package static let all: [EmbeddedFile] = (0..<cembedded_count()).map { index in
    let file = cembedded_at(index)
    return EmbeddedFile(
      path: String(cString: file.path),
      octets: Array(UnsafeBufferPointer(start: file.octets, count: file.count)))
  }
}
