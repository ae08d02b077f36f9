/// Fuzz target: a schema and a document, one after the other; both judgements agree and end.
// SPDX-License-Identifier: Apache-2.0
import FuzzSupport
import JSON
import JSONSchema

/// The input is `{"schema": S, "documents": [D...]}`, so that libFuzzer mutates both.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzSchema(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let input = try? JSONReader.read(octets(start, count)), let value = input["schema"] else {
    return 0
  }
  var documents = input["documents"]?.elements ?? []
  documents.append(value)
  do {
    let set = try SchemaSet(documents: [("urn:fuzz", value)])
    let schema = try set.schema("urn:fuzz")
    _ = try set.mistakes(in: "urn:fuzz")
    for document in documents.prefix(8) {
      judge(document, by: schema, .annotation)
      judge(document, by: schema, .assertion)
    }
  } catch {
    demand(!error.location.isEmpty && !error.reason.isEmpty, "a refusal says where and why")
  }
  for case .string(let text) in documents.prefix(8) {
    for format in Format.allCases { _ = format.accepts(text) }
    if let pattern = try? Pattern(text) { _ = pattern.matches(text) }
  }
  return 0
}

private func judge(_ document: JSONValue, by schema: Schema, _ format: FormatMode) {
  let violations = schema.violations(of: document, format: format, limit: 50)
  demand(violations.count <= 50, "the limit holds")
  demand(violations.isEmpty == schema.accepts(document, format: format), "both judge alike")
  for violation in violations {
    demand(document.at(violation.pointer) != nil, "a violation stands in the document")
  }
}
