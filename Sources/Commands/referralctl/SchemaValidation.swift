/// schema validate: documents checked against any JSON Schema, without the daemon.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import JSONSchema
import Platform

extension Session {
  /// Done when every document fits; bad data when one does not, or is not strict JSON, or when the
  /// schema is none.
  func schemaValidate() -> ExitCode {
    let schemas = arguments.values("--schema") + arguments.values("--with")
    guard (schemas + arguments.operands).filter({ $0 == "-" }).count <= 1 else {
      return usage("standard input is given twice", "give '-' once")
    }
    guard let schema = compiledSchema(schemas) else { return .badData }
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

  /// The first file's schema, with the others to refer to; nil after saying what is wrong.
  private func compiledSchema(_ files: [String]) -> Schema? {
    var documents: [(uri: String, schema: JSONValue)] = []
    for file in files {
      guard let document = parsed(file) else { return nil }
      documents.append((uri(of: file), document))
    }
    do {
      let set = try SchemaSet(documents: documents)
      let schema = try set.schema(documents[0].uri)
      var isSound = true
      for (file, document) in zip(files, documents) {
        for mistake in try set.mistakes(in: document.uri) {
          isSound = false
          complain(
            "not-a-schema", "\(mistake.pointer): \(mistake.message) (\(mistake.keyword))", file)
        }
      }
      return isSound ? schema : nil
    } catch {
      complain(error.code.rawValue, "\(error.location): \(error.reason)", files[0])
      return nil
    }
  }

  private func complain(_ code: String, _ message: String, _ file: String) {
    output.complain(
      Complaint(
        exit: .badData, code: code, message: Printable.text(message, limitCharacters: 400),
        hint: "correct the schema, or name those that it refers to with --with"),
      about: .file(file))
  }

  /// Where a schema was found: what its relative references start from.
  private func uri(of file: String) -> String {
    guard file != "-" else { return "urn:referralctl:standard-input" }
    let path = file.hasPrefix("/") ? file : "\(Files.workingFolder)/\(file)"
    return "file://\(PercentEncoding.path(path))"
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
