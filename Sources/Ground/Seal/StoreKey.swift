/// The one key of a store, which wraps the data keys of its records.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform

package final class StoreKey: Sendable {
  let secret: SecretOctets

  /// Exactly 32 octets.
  package init(octets: [UInt8]) throws(SealError) {
    guard octets.count == SealLimits.keyOctets else {
      throw SealError(code: .keyForm, place: "store key")
    }
    secret = SecretOctets(copying: octets)
  }

  /// Reads a file of mode 0600 or 0400 that holds 32 octets as they are, or in padded base64 or
  /// lower-case hexadecimal with at most one line end after it.
  package init(file path: String) throws(SealError) {
    guard let mode = Files.mode(of: path) else { throw SealError(code: .keyFile, place: path) }
    guard mode == 0o600 || mode == 0o400 else {
      throw SealError(code: .keyFileMode, place: path)
    }
    let content: [UInt8]
    do {
      content = try Files.read(path, limit: SealLimits.keyFileOctets, links: .refuse)
    } catch {
      throw SealError(code: .keyFile, place: path)
    }
    guard let octets = StoreKey.decode(content), octets.count == SealLimits.keyOctets else {
      throw SealError(code: .keyForm, place: path)
    }
    secret = SecretOctets(copying: octets)
  }

  private static func decode(_ content: [UInt8]) -> [UInt8]? {
    if content.count == SealLimits.keyOctets { return content }
    let text = content.last == 0x0A ? content.dropLast() : content[...]
    return text.count == 2 * SealLimits.keyOctets
      ? Hex.decode(String(decoding: text, as: UTF8.self)) : Base64.decode(Array(text), .standard)
  }
}
