/// URLs by the parser that dials: another parser may see another host.
// SPDX-License-Identifier: Apache-2.0
import CCurl

package struct URLParts: Sendable, Hashable {
  /// "http" or "https".
  package let scheme: String
  /// Lower case; an IPv6 address in brackets.
  package let host: String
  package let port: Int
  package let path: String

  /// Nil for anything but an absolute http or https URL without user, password and fragment.
  package static func parse(_ text: String) -> URLParts? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let handle = curl_url() else {
      return nil
    }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
      part(handle, CURLUPART_FRAGMENT) == nil, let scheme = part(handle, CURLUPART_SCHEME),
      scheme == "https" || scheme == "http", let host = part(handle, CURLUPART_HOST),
      let port = part(handle, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) }),
      let path = part(handle, CURLUPART_PATH)
    else { return nil }
    return URLParts(scheme: scheme, host: host.lowercased(), port: port, path: path)
  }

  private static func part(_ handle: OpaquePointer, _ which: CURLUPart, _ flags: UInt32 = 0)
    -> String?
  {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, which, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
