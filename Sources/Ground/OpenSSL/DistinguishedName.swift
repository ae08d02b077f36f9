/// Names and dates as certificates and revocation lists carry them.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Platform

/// Reads an X509_NAME that the certificate owns; live no longer than the certificate.
struct DistinguishedName {
  private let pointer: OpaquePointer?
  init(_ pointer: OpaquePointer?) { self.pointer = pointer }

  var line: String {
    let bio = allocated(BIO_new(BIO_s_mem()))
    defer { BIO_free(bio) }
    guard let pointer, copenssl_print_name(bio, pointer) >= 0 else { return "" }
    var start: UnsafeMutablePointer<CChar>?
    let length = copenssl_bio_octets(bio, &start)
    guard let start, length > 0 else { return "" }
    return UnsafeRawBufferPointer(start: start, count: length).withMemoryRebound(to: UInt8.self) {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The values of one attribute in order; one that is not text stands as an empty string.
  func all(_ attribute: Int32) -> [String] {
    var values: [String] = []
    var at = X509_NAME_get_index_by_NID(pointer, attribute, -1)
    while at >= 0 {
      values.append(text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(pointer, at))) ?? "")
      at = X509_NAME_get_index_by_NID(pointer, attribute, at)
    }
    return values
  }

  /// The value of an attribute that stands exactly once: two identities are none.
  func only(_ attribute: Int32) -> String? {
    let values = all(attribute)
    return values.count == 1 && !values[0].isEmpty ? values[0] : nil
  }

  /// Nil for a value with a NUL, which other readers would cut short.
  private func text(_ value: UnsafePointer<ASN1_STRING>?) -> String? {
    var start: UnsafeMutablePointer<UInt8>?
    let length = ASN1_STRING_to_UTF8(&start, value)
    guard let start, length >= 0 else { return nil }
    defer { copenssl_free(start) }
    let octets = UnsafeBufferPointer(start: start, count: Int(length))
    return octets.contains(0) ? nil : String(validating: octets, as: UTF8.self)
  }
}

extension Instant {
  /// Nil for a date that is none.
  init?(_ time: UnsafePointer<ASN1_TIME>?) {
    let epoch = allocated(ASN1_TIME_set(nil, 0))
    defer { ASN1_STRING_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard let time, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    self.init(seconds: Int64(days) * 86_400 + Int64(seconds))
  }
}
