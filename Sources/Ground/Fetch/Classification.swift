/// From libcurl's codes and words to the kinds of failure that decide what happens to a delivery.
// SPDX-License-Identifier: Apache-2.0
import Curl

extension FetchFailure {
  init(_ report: TransferReport) {
    self.init(
      kind: FetchFailure.kind(of: report), curlCode: report.code, detail: report.detail,
      bytesSent: report.requestBegun, peerAddress: report.peerAddress,
      newConnections: report.newConnections)
  }

  static func kind(of report: TransferReport) -> Kind {
    switch report.refusal {
    case .address: return .addressRefused
    case .tooLarge: return .tooLarge
    case .badFraming: return .badFraming
    case .cancelled: return .aborted
    case .wrongConnection, .overloaded, .usedConnection: return .other
    case nil: return kind(code: report.code, detail: report.detail)
    }
  }

  /// Codes of curl/curl.h.
  static func kind(code: Int, detail: String) -> Kind {
    switch code {
    case 5, 6: .resolve  // COULDNT_RESOLVE_PROXY, COULDNT_RESOLVE_HOST
    case 7, 97: .connect  // COULDNT_CONNECT, PROXY
    // PEER_FAILED_VERIFICATION: what is wrong with a list all has this word in x509_txt.c.
    case 60: detail.contains("CRL") ? .tlsRevocation : .tlsVerify
    case 90: .tlsPin  // SSL_PINNEDPUBKEYNOTMATCH
    // SSL_CONNECT_ERROR, SEND_ERROR, RECV_ERROR: the words tell an alert from a dead connection.
    case 35: isCertificateAlert(detail) ? .tlsPeerRefused : isEnd(detail) ? .reset : .tlsOther
    case 55, 56: isCertificateAlert(detail) ? .tlsPeerRefused : isTunnel(detail) ? .connect : .reset
    case 98: .tlsPeerRefused  // SSL_CLIENTCERT
    case 53, 54, 58, 59, 66, 77, 80, 82, 83, 91: .tlsOther
    case 28: .timeout  // OPERATION_TIMEDOUT
    case 18, 52: .reset  // PARTIAL_FILE, GOT_NOTHING
    // UNSUPPORTED_PROTOCOL (an answer of HTTP/0.9), WEIRD_SERVER_REPLY, BAD_CONTENT_ENCODING
    case 1, 8, 61: .badFraming
    case 63: .tooLarge  // FILESIZE_EXCEEDED
    case 16, 92: .http2
    case 42: .aborted  // ABORTED_BY_CALLBACK
    default: .other
    }
  }

  /// The alerts by which a peer says that our certificate will not do (RFC 8446, section 6.2), in
  /// the words of OpenSSL's ssl_err.c.
  private static func isCertificateAlert(_ detail: String) -> Bool {
    let words = detail.lowercased()
    guard words.contains("alert") else { return false }
    return [
      "certificate required", "bad certificate", "unsupported certificate", "certificate revoked",
      "certificate expired", "certificate unknown", "unknown ca", "access denied",
      "handshake failure", "decrypt error",
    ].contains { words.contains($0) }
  }

  private static func isEnd(_ detail: String) -> Bool {
    ["SSL_ERROR_SYSCALL", "Connection reset", "unexpected eof", "Broken pipe"]
      .contains { detail.contains($0) }
  }

  private static func isTunnel(_ detail: String) -> Bool {
    detail.contains("CONNECT") && detail.lowercased().contains("proxy")
  }
}
