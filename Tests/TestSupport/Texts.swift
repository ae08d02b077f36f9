/// The corpus of awkward texts in schemas/vectors/texts.json.
// SPDX-License-Identifier: Apache-2.0
package import JSON

package struct AwkwardText: Sendable, CustomStringConvertible {
  package let name: String
  /// A JSON string as it stands in a JSON text, with its quotation marks.
  package let json: [UInt8]
  /// "kept", or the rule that refuses it.
  package let verdict: String
  /// UTF-8 of what it means; nil where it means nothing.
  package let octets: [UInt8]?
  /// UTF-8 of its form NFC, where it is refused for not having it.
  package let nfc: [UInt8]?

  package var description: String { name }

  package static let all: [AwkwardText] = (try? read()) ?? []

  private static func read() throws -> [AwkwardText] {
    let corpus = try JSONReader.read(try PackageFolder.read("schemas/vectors/texts.json"))
    return (corpus["texts"]?.elements ?? []).compactMap(AwkwardText.init)
  }

  private init?(_ line: JSONValue) {
    guard let name = line["name"]?.text, let json = line["json"]?.text,
      let verdict = line["verdict"]?.text
    else { return nil }
    let times = Int(line["times"]?.integer ?? 1)
    let quote = [UInt8(ascii: "\"")]
    self.name = name
    self.verdict = verdict
    self.json =
      quote
      + [[UInt8]](repeating: Array(json.utf8.dropFirst().dropLast()), count: times)
      .flatMap(\.self) + quote
    octets = AwkwardText.octets(line["codePoints"], times)
    nfc = AwkwardText.octets(line["nfc"], 1)
  }

  private static func octets(_ codePoints: JSONValue?, _ times: Int) -> [UInt8]? {
    guard let numbers = codePoints?.elements else { return nil }
    var scalars = String.UnicodeScalarView()
    for number in numbers {
      if let scalar = number.integer.flatMap({ Unicode.Scalar(UInt32($0)) }) {
        scalars.append(scalar)
      }
    }
    return [[UInt8]](repeating: Array(String(scalars).utf8), count: times).flatMap(\.self)
  }

  /// An example in which this text stands, octet for octet, in the first statement.
  package func submission(from example: String) throws -> [UInt8] {
    try submission(from: Examples.submission(example))
  }

  package func submission(from submission: JSONValue) throws -> [UInt8] {
    let mark = "PLACE-OF-THE-TEXT"
    let octets = JSONWriter.write(
      submission.with("/referral/case/statements/0/text", .string(mark)))
    let text = String(decoding: octets, as: UTF8.self)
    let parts = text.split(separator: "\"\(mark)\"", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw BrokenTestSupport(description: "no place for the text") }
    return Array(parts[0].utf8) + json + Array(parts[1].utf8)
  }
}
