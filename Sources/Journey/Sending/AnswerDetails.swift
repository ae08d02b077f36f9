/// What an unsigned answer tells beside its status: words of a closed list, a clock, versions.
// SPDX-License-Identifier: Apache-2.0
package import Fetch
import JSON
package import Platform
package import Register
package import Wire

/// The last part of a problem document's `type`.
package enum ProblemWord: Sendable, Equatable {
  case known(ProblemType)
  /// Whatever else the partner wrote: it is kept sealed and shown to nobody.
  case other

  /// In the record and in `show`.
  package var text: String {
    switch self {
    case .known(let type): type.rawValue
    case .other: "other-problem"
    }
  }
}

extension FetchAnswer {
  /// The first value of a field; names are lower case.
  package func field(_ name: String) -> String? { values(of: name).first }

  /// Nil without a problem document (RFC 9457).
  package var problem: ProblemWord? {
    guard let document = problemDocument else { return nil }
    let word = document["type"]?.text?.split(separator: "/").last.map(String.init)
    return word.flatMap(ProblemType.init).map(ProblemWord.known) ?? .other
  }

  /// What the partner's clock shows, by its Date field.
  package var clock: Instant? { field("date").flatMap(Instant.init(httpDate:)) }

  /// The member `supported` of a problem document, as far as it holds versions.
  package var supportedVersions: [SchemaVersion] {
    let listed = problemDocument?["supported"]?.elements ?? []
    return listed.prefix(SendingLimits.supportedVersions).compactMap { entry in
      entry.text.flatMap(SchemaVersion.init)
    }
  }

  private var problemDocument: JSONValue? {
    guard field("content-type")?.hasPrefix("application/problem+json") == true else { return nil }
    return try? JSONReader.read(body)
  }
}
