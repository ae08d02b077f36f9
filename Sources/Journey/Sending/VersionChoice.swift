/// Which schema version to try once a partner says that it does not know the one it got.
// SPDX-License-Identifier: Apache-2.0
package import Register

package struct VersionChoice: Sendable, Equatable {
  private let sent: String
  /// What we can write within the partner's range.
  private let possible: [SchemaVersion]
  /// The document is one that was made after such an answer; a partner is believed once.
  private let isReissue: Bool

  package init(sent: String, possible: [SchemaVersion], isReissue: Bool) {
    self.sent = sent
    self.possible = possible
    self.isReissue = isReissue
  }

  /// The newest that both know; nil where a person must look.
  package func next(supported: [SchemaVersion]) -> SchemaVersion? {
    guard !isReissue else { return nil }
    return possible.filter { $0.description != sent && supported.contains($0) }.max()
  }
}
