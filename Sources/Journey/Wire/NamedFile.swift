/// What a document says of a file that belongs to it.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
import Platform

/// One of `data.attachments` (docs/wire.md): of a verified document, it proves the octets.
package struct NamedFile: Sendable, Equatable {
  /// Index in `attachments`.
  package let place: Int
  package let id: String
  /// In octets.
  package let size: Int
  package let sha256: SHA256Digest
  package let mediaType: String

  /// In the document's order.
  package static func all(in data: JSONValue?) -> [NamedFile] {
    (data?["attachments"]?.elements ?? []).enumerated().compactMap { place, value in
      guard let id = value["id"]?.text, let size = value["size"]?.integer,
        let digest = value["sha256"]?.text.flatMap(Hex.decode)
          .flatMap(SHA256Digest.init(octets:)),
        let mediaType = value["mediaType"]?.text
      else { return nil }
      return NamedFile(
        place: place, id: id, size: Int(size), sha256: digest, mediaType: mediaType)
    }
  }
}
