/// A source for streamed answers that counts what it was asked for, and keeps or breaks its word.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Platform

final class StreamSource: Sendable {
  let octets: Int
  /// What it gives when it keeps its word: letters, without CR and LF.
  let all: [UInt8]
  let fault: StreamFault?
  let pause: Duration
  private struct State {
    var given = 0
    var pieces = 0
    var calls = 0
    var isReleased = false
    var threads: Set<UInt> = []
  }
  private let state = Locked(State())

  /// `fault`: what goes wrong in the third piece, or at the end. `pause`: before each piece.
  init(octets: Int, fault: StreamFault? = nil, pause: Duration = .zero) {
    self.octets = octets
    all = StreamSource.letters(octets)
    self.fault = fault
    self.pause = pause
  }

  /// Octets that the server has asked for.
  var given: Int { state.withLock { $0.given } }
  var pieces: Int { state.withLock { $0.pieces } }
  var calls: Int { state.withLock { $0.calls } }
  /// Whether the server has let go of the stream.
  var isReleased: Bool { state.withLock { $0.isReleased } }
  var threads: Set<UInt> { state.withLock { $0.threads } }

  /// A prime number of letters, over and over: a piece that comes twice or too late is noticed.
  private static let block = (0..<65_521).map { UInt8(97 + $0 % 26) }
  private static func letters(_ count: Int) -> [UInt8] {
    var letters: [UInt8] = []
    while letters.count < count { letters += block.prefix(count - letters.count) }
    return letters
  }

  /// What holds the stream holds this.
  private final class Token: Sendable {
    let source: StreamSource
    init(_ source: StreamSource) { self.source = source }
    deinit { source.state.withLock { $0.isReleased = true } }
  }

  /// For one request only.
  var answer: Response {
    let token = Token(self)
    return Response(
      status: 200, fields: [HTTPField("Content-Type", "application/pdf")],
      stream: BodyStream(octets: octets) { await token.source.next() })
  }

  private func next() async -> [UInt8]? {
    let (start, pieces) = state.withLock { state in
      state.calls += 1
      state.threads.insert(UInt(pthread_self()))
      return (state.given, state.pieces)
    }
    if pause > .zero, start < octets { try? await Task.sleep(for: pause) }
    if pieces == 2, let fault {
      switch fault {
      case .short: return nil
      case .badPiece: return octets % 2 == 0 ? [] : [UInt8](repeating: 1, count: 65_537)
      case .late:
        try? await Task.sleep(for: .seconds(60))
        return nil
      case .long: break
      }
    }
    if start == octets { return fault == .long ? [0] : nil }
    let piece = Array(all[start..<min(start + 65_536, octets)])
    state.withLock { state in
      state.given += piece.count
      state.pieces += 1
    }
    return piece
  }
}

/// Waits for what happens on other threads.
func eventually(_ condition: () -> Bool) async -> Bool {
  for _ in 0..<2_000 {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return condition()
}
