/// The forms of files that are carried, each known by its first octets.
// SPDX-License-Identifier: Apache-2.0

/// The raw value is the media type (schemas/codelists/attachment-media-types.json). Forms of
/// biometric templates and of images on passport chips are none of them (R24).
package enum FileForm: String, Sendable, CaseIterable {
  case pdf = "application/pdf"
  case jpeg = "image/jpeg"
  case png = "image/png"
  case text = "text/plain"

  /// What such a file begins with; empty for text, which is known by all of its octets.
  package var magic: [UInt8] {
    switch self {
    case .pdf: Array("%PDF-".utf8)
    case .jpeg: [0xFF, 0xD8, 0xFF]
    case .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    case .text: []
    }
  }
}
