/// A small HTTP/1.1 server with mutual TLS: strict requests, total deadlines, caps, async handlers.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
import Platform

/// How often what has happened since the start.
package struct Counters: Sendable, Equatable {
  package var accepted = 0
  package var refusedByCap = 0
  package var acceptErrors = 0
  package var handshakesFailed = 0
  /// Handed to the handler.
  package var requests = 0
  /// Answered by the server itself.
  package var refused = 0
  /// OpenSSL's reason for the last failed handshake; empty when there was none.
  package var lastHandshakeFailure = ""
}

/// What the operator may want to read in a log; never octets of a request.
package enum ServerEvent: Sendable, Equatable {
  case acceptFailed
  /// A cap was reached.
  case connectionRefused(address: String)
  /// OpenSSL's reason, and the X509_V_ERR code for a certificate that was not accepted (else 0).
  case handshakeFailed(address: String, reason: String, verifyCode: Int)
  case requestRefused(address: String, RequestRefusal)
  /// The source of a streamed body failed; the connection was ended in the middle of the answer.
  case streamBroken(address: String, StreamFault)
}

package final class HTTPServer: Sendable {
  package typealias Handler = @Sendable (Request) async -> Response

  package struct Options: Sendable {
    package var limits = HTTPServerLimits()
    package var deadlines = Deadlines()
    /// The Date field (IMF-fixdate) for answers that have none; the server reads no clock.
    package var date: @Sendable () -> String? = { nil }
    /// Called on the loop thread: must be quick.
    package var report: @Sendable (ServerEvent) -> Void = { _ in }

    package init() {}
  }

  /// The port listened on; 0 for a unix socket.
  package let port: UInt16
  private let loop: EventLoop
  private let listener: Listener
  private let hasServed = Locked(false)

  /// Clients are accepted from `serve` on; until then the system queues them. Makes the process
  /// ignore SIGPIPE.
  package init(
    socket: consuming ListeningSocket, tls: TLSServerContext?, options: Options = Options()
  ) throws(ListenError) {
    // A client that resets its connection would end the process otherwise.
    Signals.ignorePipe()
    loop = try EventLoop()
    port = socket.port
    listener = Listener(loop: loop, fd: socket.release(), tls: tls, options: options)
  }

  package var counters: Counters { listener.counters.withLock { $0 } }

  /// Serves until `stop`, or until the task is cancelled; its thread is joined at the return. The
  /// handler starts on the loop thread and must not block. A server serves once.
  package func serve(_ handler: @escaping Handler) async {
    let isFirst = hasServed.withLock { served in
      defer { served = true }
      return !served
    }
    guard isFirst else { return }
    loop.start()
    loop.call { [listener] in listener.listen() }
    await withTaskCancellationHandler {
      await withTaskExecutorPreference(loop) { await handleAll(handler) }
    } onCancel: {
      stop(gracefully: false)
    }
    loop.stop()
    await loop.join()
  }

  private func handleAll(_ handler: @escaping Handler) async {
    let channel = listener.channel
    await withDiscardingTaskGroup { group in
      while let exchanges = await channel.next() {
        for exchange in exchanges {
          group.addImmediateTask { await exchange.run(handler) }
        }
      }
      group.cancelAll()
    }
  }

  /// Other certificates and anchors, for connections from now on; only where there was TLS before.
  package func use(_ tls: TLSServerContext) { loop.call { [listener] in listener.use(tls) } }

  /// Accepts nothing more. Gracefully, requests in handling are answered, at most for
  /// `deadlines.stop`; else every connection ends at once and running handlers are cancelled.
  package func stop(gracefully: Bool = true) {
    loop.call { [listener] in listener.stop(gracefully: gracefully) }
  }
}
