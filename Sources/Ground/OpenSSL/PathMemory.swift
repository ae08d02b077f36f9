/// Paths that were found good, each for the stretch of time in which nothing else can come out.
// SPDX-License-Identifier: Apache-2.0
import Platform

/// A verdict depends on the time only through the begin and end of certificates and lists. Between
/// two such moments, whosever they are, it stays what it was; at such a moment itself it is asked
/// for anew. Building and checking a path costs several signatures, and a partner signs all day
/// with one certificate.
final class PathMemory: Sendable {
  /// Everything that differs between two questions to one validation, by SHA-256.
  private struct Question: Hashable {
    let leaf: [UInt8]
    let intermediates: [[UInt8]]
  }
  private struct Answer {
    let chain: [Certificate]
    let after: Int64
    let before: Int64
  }

  /// Of anchors and lists, which are the same for every question; in seconds.
  private let moments: [Int64]
  private let answers = Locked<[Question: Answer]>([:])

  init(_ anchors: [Certificate], _ lists: [RevocationList]) {
    moments =
      anchors.flatMap(PathMemory.moments)
      + lists.flatMap { [$0.thisUpdate, $0.nextUpdate].compactMap { $0?.seconds } }
  }

  /// The chain of a path that is known to be good at this time.
  func chain(_ leaf: Certificate, _ intermediates: [Certificate], at time: Instant)
    -> [Certificate]?
  {
    let question = Question(leaf: leaf.sha256, intermediates: intermediates.map(\.sha256))
    let second = time.seconds
    return answers.withLock { answers in
      answers[question].flatMap {
        $0.after < second && second < $0.before ? $0.chain : nil
      }
    }
  }

  func keep(
    _ chain: [Certificate], _ leaf: Certificate, _ intermediates: [Certificate], at time: Instant
  ) {
    let second = time.seconds
    let all = moments + ([leaf] + intermediates).flatMap(PathMemory.moments)
    let after = all.filter { $0 <= second }.max() ?? .min
    let before = all.filter { $0 >= second }.min() ?? .max
    let question = Question(leaf: leaf.sha256, intermediates: intermediates.map(\.sha256))
    let answer = Answer(chain: chain, after: after, before: before)
    answers.withLock { answers in
      if answers.count >= OpenSSLLimits.knownPaths { answers.removeAll() }
      answers[question] = answer
    }
  }

  private static func moments(_ certificate: Certificate) -> [Int64] {
    [certificate.notBefore.seconds, certificate.notAfter.seconds]
  }
}
