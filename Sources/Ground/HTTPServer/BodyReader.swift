/// Collects one body as it arrives, by length or by chunks (RFC 9112, sections 6.2 and 7.1).
// SPDX-License-Identifier: Apache-2.0

package struct BodyReader: Sendable {
  private enum Step: Sendable, Equatable {
    case rest(Int)
    case size(digits: Int, value: Int)
    case sizeLineFeed(Int)
    case chunk(Int)
    case chunkReturn, chunkLineFeed, lastReturn, lastLineFeed, complete
  }

  /// The decoded octets so far.
  package private(set) var octets: [UInt8] = []
  private var step: Step
  private let limit: Int

  /// Refuses a declared length above `limit` at once.
  package init(_ framing: BodyFraming, limit: Int) throws(RequestRefusal) {
    self.limit = limit
    switch framing {
    case .none: step = .complete
    case .length(let length):
      guard length <= limit else { throw .bodyTooLarge }
      step = length == 0 ? .complete : .rest(length)
    case .chunked: step = .size(digits: 0, value: 0)
    }
  }

  package var isComplete: Bool { step == .complete }

  /// Takes what belongs to the body and returns what follows its end.
  package mutating func take(_ input: ArraySlice<UInt8>)
    throws(RequestRefusal) -> ArraySlice<UInt8>
  {
    var input = input
    while let octet = input.first, !isComplete {
      switch step {
      case .rest(let left):
        step = advance(&input, left).map { .rest($0) } ?? .complete
      case .chunk(let left):
        step = advance(&input, left).map { .chunk($0) } ?? .chunkReturn
      case .size, .sizeLineFeed, .chunkReturn, .chunkLineFeed, .lastReturn, .lastLineFeed,
        .complete:
        step = try after(octet)
        input = input.dropFirst()
      }
    }
    return input
  }

  /// Moves up to `left` octets; how many are still missing, nil for none.
  private mutating func advance(_ input: inout ArraySlice<UInt8>, _ left: Int) -> Int? {
    let part = input.prefix(left)
    octets += part
    input = input.dropFirst(part.count)
    return part.count == left ? nil : left - part.count
  }

  /// The step after an octet between the chunks.
  private func after(_ octet: UInt8) throws(RequestRefusal) -> Step {
    switch step {
    case .size(let digits, let value):
      if let digit = Octet.hexValue(octet) {
        guard digits < HTTPServerLimits.chunkSizeDigits else { throw .badChunk }
        return .size(digits: digits + 1, value: value * 16 + digit)
      }
      guard octet != Octet.semicolon else { throw .chunkExtension }
      guard octet == Octet.carriageReturn, digits > 0 else { throw .badChunk }
      guard octets.count + value <= limit else { throw .bodyTooLarge }
      return .sizeLineFeed(value)
    case .sizeLineFeed(let size):
      guard octet == Octet.lineFeed else { throw .badChunk }
      return size == 0 ? .lastReturn : .chunk(size)
    case .chunkReturn:
      guard octet == Octet.carriageReturn else { throw .badChunk }
      return .chunkLineFeed
    case .chunkLineFeed:
      guard octet == Octet.lineFeed else { throw .badChunk }
      return .size(digits: 0, value: 0)
    case .lastReturn:
      guard octet == Octet.carriageReturn else {
        throw Octet.isToken(octet) ? .trailer : .badChunk
      }
      return .lastLineFeed
    case .lastLineFeed:
      guard octet == Octet.lineFeed else { throw .badChunk }
      return .complete
    case .rest, .chunk, .complete: return step
    }
  }
}
