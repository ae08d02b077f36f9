/// schema validate: documents checked against any JSON Schema, without the daemon.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import JSONSchema
import Platform

extension Session {
  /// Done when every document fits; bad data when one does not, or is not strict JSON.
  func schemaValidate() -> ExitCode {
    let path = arguments.value("--schema") ?? ""
    var documents: [JSONValue] = []
    for file in [path] + arguments.values("--with") {
      guard let document = parsed(file) else { return .badData }
      documents.append(document)
    }
    let schema: Schema
    do {
      schema = try SchemaSet(documents: documents).schema(
        documents[0]["$id"]?.text ?? "urn:schema:0")
    } catch {
      output.complain(
        Complaint(
          exit: .badData, code: error.code.rawValue, message: "\(error.location): \(error.reason)",
          hint: "correct the schema, or name those that it refers to with --with"),
        about: .file(path))
      return .badData
    }
    let mode: FormatMode = arguments.has("--annotate-formats") ? .annotation : .assertion
    var worst = ExitCode.done
    for file in arguments.operands {
      guard let document = parsed(file) else {
        worst = .badData
        continue
      }
      let violations = schema.violations(of: document, format: mode)
      show(violations, of: file)
      if !violations.isEmpty { worst = .badData }
    }
    return worst
  }

  private func show(_ violations: [SchemaViolation], of file: String) {
    guard !output.asJSON else {
      return output.lines([
        .object([
          "v": 1, "kind": "validation", "file": .string(file), "valid": .bool(violations.isEmpty),
          "violations": .array(violations.map(\.line)),
        ])
      ])
    }
    let name = Printable.text(Subject.file(file).text, limitCharacters: 200)
    guard !violations.isEmpty else { return output.text("\(name): valid\n") }
    for violation in violations {
      let pointer = violation.pointer.description
      let place = pointer.isEmpty ? "the whole" : Printable.text(pointer, limitCharacters: 200)
      output.text("\(name): \(place): \(violation.message) (\(violation.keyword))\n")
    }
  }

  /// Nil after saying what is wrong with the file, and where.
  private func parsed(_ file: String) -> JSONValue? {
    switch SubmissionFile.read(file, tellsTerminal: !output.asJSON) {
    case .failure(let refusal):
      output.complain(refusal.complaint, about: .file(file))
      return nil
    case .success(let octets):
      do throws(JSONError) {
        return try JSONReader.read(octets)
      } catch {
        output.complain(
          Complaint(
            exit: .badData, code: error.code.rawValue,
            message: "\(error.code.rawValue) at line \(error.line), column \(error.column)",
            hint: error.hint), about: .file("\(file):\(error.line):\(error.column)"))
        return nil
      }
    }
  }
}

extension SchemaViolation {
  fileprivate var line: JSONValue {
    [
      "pointer": .string(pointer.description), "keyword": .string(keyword),
      "schemaLocation": .string(schemaLocation), "message": .string(message),
    ]
  }
}
