/// Every reason for which the server itself answers a request, and with which status.
// SPDX-License-Identifier: Apache-2.0

package enum RequestRefusal: String, Error, Sendable, CaseIterable {
  case badRequestLine, badTarget, badField, foldedField, spaceBeforeColon
  case bareLineFeed, bareCarriageReturn, controlCharacter, nonASCII
  case hostMissing, hostRepeated, badHost, contentTypeRepeated
  case lengthRepeated, badLength, lengthAndCoding, codingRepeated, badCoding, unexpectedBody
  case expectationRepeated, badChunk, chunkExtension, trailer
  /// Octets after the end of a request that has no answer yet.
  case pipelining
  /// The client ended its side within a request.
  case incomplete
  case methodNotAllowed, headTimeout, bodyTimeout, lengthMissing, bodyTooLarge, targetTooLong
  case unsupportedExpectation, tooManyFields, fieldTooLong, headTooLarge
  case unsupportedCoding, handlerTimeout, unsupportedVersion

  /// RFC 9110, section 15; 431 is RFC 6585, section 5.
  package var status: Int {
    switch self {
    case .badRequestLine, .badTarget, .badField, .foldedField, .spaceBeforeColon, .bareLineFeed,
      .bareCarriageReturn, .controlCharacter, .nonASCII, .hostMissing, .hostRepeated, .badHost,
      .contentTypeRepeated, .lengthRepeated, .badLength, .lengthAndCoding, .codingRepeated,
      .badCoding, .unexpectedBody, .expectationRepeated, .badChunk, .chunkExtension, .trailer,
      .pipelining, .incomplete:
      400
    case .methodNotAllowed: 405
    case .headTimeout, .bodyTimeout: 408
    case .lengthMissing: 411
    case .bodyTooLarge: 413
    case .targetTooLong: 414
    case .unsupportedExpectation: 417
    case .unsupportedVersion: 426
    case .tooManyFields, .fieldTooLong, .headTooLarge: 431
    case .unsupportedCoding: 501
    case .handlerTimeout: 503
    }
  }

  var response: Response {
    switch self {
    case .methodNotAllowed:
      let allow = HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")
      return Response(status: status, fields: [HTTPField("Allow", allow)])
    // Not 505: HTTP/1.0 has the major version that we serve.
    case .unsupportedVersion:
      return Response(status: status, fields: [HTTPField("Upgrade", "HTTP/1.1")])
    default: return Response(status: status)
    }
  }
}
