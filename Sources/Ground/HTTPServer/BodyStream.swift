/// A body that is asked for piece by piece while it is written, and never whole in memory.
// SPDX-License-Identifier: Apache-2.0
import Platform

/// The body of one answer; two are equal only when they are the same.
package final class BodyStream: Sendable, Equatable {
  /// Content-Length, and exactly what `next` gives in all.
  package let octets: Int
  private let next: @Sendable () async -> [UInt8]?

  /// `next`: the following 1...`HTTPServerLimits.pieceOctets` octets; nil after the last, and where
  /// it cannot go on, upon which the client gets no more and sees an incomplete message. It never
  /// runs on the loop thread, is asked only once there is room, and not again after a nil or once
  /// the client has gone; then it is released.
  package init(octets: Int, next: @escaping @Sendable () async -> [UInt8]?) {
    self.octets = octets
    self.next = next
  }

  package static func == (one: BodyStream, other: BodyStream) -> Bool { one === other }

  fileprivate func ask() async -> [UInt8]? {
    await withTaskExecutorPreference(globalConcurrentExecutor) { await next() }
  }
}

/// Why a streamed body was broken off; each is a fault of its source, none of the client.
package enum StreamFault: String, Sendable, Error, CaseIterable {
  /// `next` ended before the announced octets were there.
  case short
  /// `next` has more than announced.
  case long
  /// A piece without octets, or larger than the limit.
  case badPiece
  /// `next` took longer than the time for an answer.
  case late
}

/// Between the loop, which says when there is room, and the task that asks the source.
final class Feed: @unchecked Sendable {
  // SAFETY: `connection`, `isAsked`, `head` and `deadline` are touched on the loop thread only; the
  // rest is locked or never changes.
  private weak var connection: Connection?
  private(set) var isAsked = false
  private var head: [UInt8] = []
  /// When all must be out.
  private(set) var deadline = ContinuousClock.now
  private let body: BodyStream

  struct Piece: Sendable {
    let octets: [UInt8]
    let isLast: Bool
  }
  private struct State {
    var waiting: CheckedContinuation<Bool, Never>?
    var isWanted = false
    var isEnded = false
  }
  private let state = Locked(State())

  init(_ body: BodyStream) { self.body = body }

  // MARK: The loop's side

  func begin(
    _ connection: Connection, head: [UInt8], until deadline: ContinuousClock.Instant
  ) {
    self.connection = connection
    self.head = head
    self.deadline = deadline
    want()
  }

  /// There is room for a piece; while one is under way this asks for no other.
  func want() {
    guard !isAsked else { return }
    isAsked = true
    change { $0.isWanted = true }
  }

  /// Nobody wants more.
  func end() { change { $0.isEnded = true } }

  fileprivate func deliver(_ piece: Result<Piece, StreamFault>) {
    isAsked = false
    // With the first piece, which may be empty: a client that has a whole answer asks again.
    connection?.take(piece.map { Piece(octets: head + $0.octets, isLast: $0.isLast) }, of: self)
    head = []
  }

  private func change(_ body: (inout State) -> Void) {
    let (waiting, goesOn) = state.withLock {
      state -> (CheckedContinuation<Bool, Never>?, Bool) in
      body(&state)
      guard let waiting = state.waiting else { return (nil, false) }
      state.waiting = nil
      state.isWanted = false
      return (waiting, !state.isEnded)
    }
    waiting?.resume(returning: goesOn)
  }

  // MARK: The task's side

  /// Until the body is out, its source has failed, or nobody wants more.
  func run(_ loop: EventLoop) async {
    var sent = 0
    while await wanted() {
      let piece = await piece(after: sent)
      if case .success(let piece) = piece { sent += piece.octets.count }
      loop.call { [self] in deliver(piece) }
    }
  }

  /// False once nobody wants more.
  private func wanted() async -> Bool {
    await withCheckedContinuation { continuation in
      let now = state.withLock { state -> Bool? in
        if state.isEnded { return false }
        guard state.isWanted else {
          state.waiting = continuation
          return nil
        }
        state.isWanted = false
        return true
      }
      if let now { continuation.resume(returning: now) }
    }
  }

  private func piece(after sent: Int) async -> Result<Piece, StreamFault> {
    var octets: [UInt8] = []
    if sent < body.octets {
      guard let piece = await body.ask() else { return .failure(.short) }
      guard (1...HTTPServerLimits.pieceOctets).contains(piece.count) else {
        return .failure(.badPiece)
      }
      guard piece.count <= body.octets - sent else { return .failure(.long) }
      octets = piece
    }
    let isLast = sent + octets.count == body.octets
    // Before the last octets are sent: what is longer than announced must not look whole.
    if isLast, !state.withLock({ $0.isEnded }), await body.ask() != nil { return .failure(.long) }
    return .success(Piece(octets: octets, isLast: isLast))
  }
}
