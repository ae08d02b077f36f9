/// A message as it came: header fields in order, and octets.
// SPDX-License-Identifier: Apache-2.0

package struct ReceivedMessage: Sendable {
  /// Names in lower case.
  package let fields: [(name: String, value: String)]
  package let body: [UInt8]

  package init(fields: [(name: String, value: String)], body: [UInt8]) {
    self.fields = fields.map { (name: $0.name.lowercased(), value: $0.value) }
    self.body = body
  }

  /// From what was kept; nil when it is not of that form.
  package init?(storedForm octets: [UInt8]) {
    var fields: [(name: String, value: String)] = []
    var rest = octets[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty {
        self.init(fields: fields, body: Array(rest))
        return
      }
      // A name has no colon, so the first one ends it.
      guard let colon = line.firstIndex(of: 0x3A), line[(colon + 1)...].first == 0x20 else {
        return nil
      }
      fields.append(
        (
          name: String(decoding: line[..<colon], as: UTF8.self),
          value: String(decoding: line[(colon + 2)...], as: UTF8.self)
        ))
    }
    return nil
  }

  package func values(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// Whether the body says that it is a CloudEvent in structured JSON; parameters do not matter.
  package var isCloudEvent: Bool {
    values("content-type").allSatisfy { value in
      value.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased()
        == "application/cloudevents+json"
    }
  }

  /// What is kept as evidence: `name: value` lines, an empty line, the body as it came.
  package var storedForm: [UInt8] {
    fields.flatMap { Array("\($0.name): \($0.value)\n".utf8) } + [0x0A] + body
  }
}
