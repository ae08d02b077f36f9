/// Randomness, and octets that leave no copy behind.
// SPDX-License-Identifier: Apache-2.0
import COpenSSL

package enum SecureRandom {
  /// From libcrypto's generator, seeded by the kernel. Without randomness nothing here is safe,
  /// so the process ends rather than go on.
  package static func octets(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      let result = RAND_bytes(buffer.baseAddress, Int32(count))
      precondition(count == 0 || result == 1, "libcrypto has no randomness")
      used = count
    }
  }
}

/// Octets at one place in memory, wiped when they go. Swift arrays copy silently.
package final class SecretOctets: @unchecked Sendable {
  // SAFETY: the memory is written in init only and freed in deinit only.
  private let memory: UnsafeMutableBufferPointer<UInt8>

  /// `count` random octets.
  package init(count: Int) {
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0)
    let result = RAND_priv_bytes(memory.baseAddress, Int32(count))
    precondition(count == 0 || result == 1, "libcrypto has no randomness")
  }

  package init(copying octets: [UInt8]) {
    memory = .allocate(capacity: octets.count)
    _ = memory.initialize(from: octets)
  }

  /// `fill` writes all `count` octets, or returns false and there is no secret.
  init?(count: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Bool) {
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0)
    guard fill(memory) else { return nil }
  }

  deinit {
    OPENSSL_cleanse(memory.baseAddress, memory.count)
    memory.deallocate()
  }

  package var count: Int { memory.count }

  /// Lends the octets; whoever copies them out answers for the copy.
  package func withOctets<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(memory).span)
  }
}
