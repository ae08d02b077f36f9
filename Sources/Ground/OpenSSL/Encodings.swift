/// PEM and DER in and out of libcrypto, without a prompt and without leftovers.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// A password prompt on a terminal would hang the daemon: encrypted PEM is refused instead.
func refusePassphrase(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }

enum PEM {
  /// Every object that `read` finds, in the order of the text; at least one. `free` is for those
  /// that stand before a broken one.
  static func all(
    _ text: [UInt8], limit: Int, _ read: (OpaquePointer) -> OpaquePointer?,
    free: (OpaquePointer?) -> Void
  ) throws(OpenSSLError) -> [OpaquePointer] {
    guard text.count <= limit else { throw OpenSSLError(.parse, "more octets than allowed") }
    var found: [OpaquePointer] = []
    ERR_clear_error()
    text.withUnsafeBytes { octets in
      guard let bio = BIO_new_mem_buf(octets.baseAddress, Int32(octets.count)) else { return }
      while let object = read(bio) { found.append(object) }
      BIO_free(bio)
    }
    let last = ERR_peek_last_error()
    let atEnd = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE
    guard last == 0 || atEnd, !found.isEmpty else {
      found.forEach(free)
      throw .drained(.parse)
    }
    ERR_clear_error()
    return found
  }

  static func one(
    _ text: [UInt8], limit: Int, _ read: (OpaquePointer) -> OpaquePointer?
  ) throws(OpenSSLError) -> OpaquePointer {
    guard text.count <= limit else { throw OpenSSLError(.parse, "more octets than allowed") }
    ERR_clear_error()
    let object: OpaquePointer? = text.withUnsafeBytes { octets in
      guard let bio = BIO_new_mem_buf(octets.baseAddress, Int32(octets.count)) else { return nil }
      defer { BIO_free(bio) }
      return read(bio)
    }
    return try unwrap(object, .parse)
  }
}

extension PEM {
  /// What `put` writes to a file in memory.
  static func write(_ put: (OpaquePointer) -> Int32) throws(OpenSSLError) -> [UInt8] {
    let bio = try unwrap(BIO_new(BIO_s_mem()), .parse)
    defer { BIO_free(bio) }
    var start: UnsafeMutablePointer<CChar>?
    guard put(bio) == 1 else { throw .drained(.parse) }
    let count = copenssl_bio_octets(bio, &start)
    return UnsafeRawBufferPointer(start: start, count: count).map { $0 }
  }
}

enum DER {
  typealias Decode = (inout UnsafePointer<UInt8>?, Int) -> OpaquePointer?
  typealias Encode = (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32

  /// The object that fills the octets exactly; `free` is for one that something follows.
  static func read(
    _ octets: [UInt8], limit: Int, _ decode: Decode, free: (OpaquePointer?) -> Void
  ) throws(OpenSSLError) -> OpaquePointer {
    guard octets.count <= limit else { throw OpenSSLError(.parse, "more octets than allowed") }
    ERR_clear_error()
    var used = 0
    let object = octets.withUnsafeBufferPointer { buffer in
      var at = buffer.baseAddress
      let object = decode(&at, buffer.count)
      if let at, let start = buffer.baseAddress { used = at - start }
      return object
    }
    let found = try unwrap(object, .parse)
    guard used == octets.count else {
      free(found)
      throw OpenSSLError(.parse, "octets after the end")
    }
    return found
  }

  /// Empty when the object has no encoding.
  static func write(_ encode: Encode) -> [UInt8] {
    let size = encode(nil)
    guard size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, used in
      var at = buffer.baseAddress
      used = max(0, Int(encode(&at)))
    }
  }
}
