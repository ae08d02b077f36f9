/// From the version in which documents are made to one that a partner knows, step by step.
// SPDX-License-Identifier: Apache-2.0
package import JSON

/// What an older version cannot say. A place, never a value.
package struct ConversionLoss: Sendable, Equatable {
  /// In the document's `data`, as the newest version writes it.
  package let pointer: JSONPointer
  /// The version that cannot say it.
  package let version: String
  /// Without it the document misleads, so it must not go.
  package let misleads: Bool
}

/// The steps, newest first; each is written for its pair of versions (docs/schema-versions.md).
package enum DownConversion {
  package struct Converted: Sendable, Equatable {
    package let data: JSONObject
    package let losses: [ConversionLoss]
  }

  private struct Step: Sendable {
    let from: String
    let to: String
    let convert: @Sendable (inout JSONObject) -> [ConversionLoss]
  }

  private static let steps = [Step(from: "1.1.0", to: "1.0.0", convert: withoutAttachments)]

  /// What a document can be written in, newest first; Disclosure makes it in the first.
  package static let versions = [steps[0].from] + steps.map(\.to)

  /// Nil where no step leads to that version.
  package static func convert(_ data: JSONObject, to version: String) -> Converted? {
    guard versions.contains(version) else { return nil }
    var data = data
    var losses: [ConversionLoss] = []
    for step in steps.prefix(while: { $0.from != version }) { losses += step.convert(&data) }
    return Converted(data: data, losses: losses)
  }

  /// 1.0.0 has no attachments; what is said of their contents elsewhere stays.
  @Sendable private static func withoutAttachments(_ data: inout JSONObject) -> [ConversionLoss] {
    let attachments = data["attachments"]?.elements ?? []
    data["attachments"] = nil
    return attachments.enumerated().map { index, attachment in
      ConversionLoss(
        pointer: JSONPointer(tokens: ["attachments", String(index)]), version: "1.0.0",
        misleads: attachment["mustUnderstand"]?.flag == true)
    }
  }
}
