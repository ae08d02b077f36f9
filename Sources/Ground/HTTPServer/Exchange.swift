/// Hands requests from the loop to the task that starts their handlers, and answers back.
// SPDX-License-Identifier: Apache-2.0
import Platform

struct Exchange: Sendable {
  let id: Int
  let request: Request
  let listener: Listener

  /// Until the answer is given; a streamed one until its source is no longer needed.
  func run(_ handler: HTTPServer.Handler) async {
    let response = await handler(request).sendable
    let feed = response.stream.map { Feed($0) }
    listener.loop.call { [id, listener] in listener.answer(id, response, feed) }
    await feed?.run(listener.loop)
  }
}

/// One sender (the loop), one receiver (the task in `HTTPServer.serve`).
final class Channel: Sendable {
  private struct State {
    var waiting: CheckedContinuation<[Exchange]?, Never>?
    var ready: [Exchange] = []
    var isClosed = false
  }
  private let state = Locked(State())

  func push(_ exchange: Exchange) {
    let waiting = state.withLock { state -> CheckedContinuation<[Exchange]?, Never>? in
      guard let waiting = state.waiting else {
        state.ready.append(exchange)
        return nil
      }
      state.waiting = nil
      return waiting
    }
    waiting?.resume(returning: [exchange])
  }

  func close() {
    let waiting = state.withLock { state -> CheckedContinuation<[Exchange]?, Never>? in
      state.isClosed = true
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: nil)
  }

  /// What has come since the last call; nil once closed and empty.
  func next() async -> [Exchange]? {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> [Exchange]?? in
        if !state.ready.isEmpty {
          defer { state.ready = [] }
          return .some(state.ready)
        }
        if state.isClosed { return .some(nil) }
        state.waiting = continuation
        return .none
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }
}
