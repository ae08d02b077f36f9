/// Somebody at the other end of a unix socket who is not the gateway, or not in his right mind.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// Answers each connection with fixed octets, on a thread of its own, until it is let go.
final class RawDaemon: @unchecked Sendable {
  // SAFETY: the descriptor is set once; the rest is constant.
  enum Ending: Sendable {
    case closes
    /// Says nothing more and keeps the connection.
    case hangs
    /// Says the last octets again and again.
    case repeats(Int)
  }

  private let descriptor: Int32
  private let answer: [UInt8]
  private let ending: Ending

  init(_ path: String, says answer: String, then ending: Ending = .closes) throws {
    self.answer = Array(answer.utf8)
    self.ending = ending
    descriptor = try RawDaemon.bound(path, Int32(SOCK_STREAM.rawValue))
    guard listen(descriptor, 16) == 0 else { throw CocoaError(.fileWriteUnknown) }
    Thread { [self] in acceptAll() }.start()
  }

  /// Ends the accepting; the thread goes with the last reference.
  func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  deinit { close(descriptor) }

  /// A socket that nobody listens on; the caller closes it.
  static func bound(_ path: String, _ type: Int32) throws -> Int32 {
    let descriptor = socket(AF_UNIX, type, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) {
      unsafe $0.copyBytes(from: path.utf8.prefix($0.count - 1))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isBound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size) == 0
      }
    }
    guard isBound else { throw CocoaError(.fileWriteUnknown) }
    return descriptor
  }

  private func acceptAll() {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { return }
      Thread { [self] in serve(connection) }.start()
    }
  }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var request = [UInt8](repeating: 0, count: 65_536)
    guard unsafe recv(connection, &request, request.count, 0) > 0, say(answer, on: connection)
    else { return }
    switch ending {
    case .closes: shutdown(connection, Int32(SHUT_WR))
    case .hangs: break
    case .repeats(let count):
      let last = Array(answer.suffix(count))
      while say(last, on: connection) { usleep(20_000) }
    }
    // Until the other side has enough: a close with unread octets would be a reset.
    while unsafe recv(connection, &request, request.count, 0) > 0 {}
  }

  private func say(_ octets: [UInt8], on connection: Int32) -> Bool {
    guard !octets.isEmpty else { return true }
    return unsafe send(connection, octets, octets.count, Int32(MSG_NOSIGNAL)) == octets.count
  }
}
