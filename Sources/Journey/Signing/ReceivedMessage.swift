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

  package func values(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// What is kept as evidence: `name: value` lines, an empty line, the body as it came.
  package var storedForm: [UInt8] {
    fields.flatMap { Array("\($0.name): \($0.value)\n".utf8) } + [0x0A] + body
  }
}
