/// TOML 1.0 read into values that know the place they stand at.
// SPDX-License-Identifier: Apache-2.0
import CTOML

package struct TOMLValue: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case table([String: TOMLValue])
    case array([TOMLValue])
    case string(String)
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    /// A date, a time or both, as RFC 3339 writes them.
    case time(String)
  }
  package let kind: Kind
  /// Both from 1, of the value's first character; a table stands at its header.
  package let line: Int, column: Int

  package init(kind: Kind, line: Int, column: Int) {
    self.kind = kind
    self.line = line
    self.column = column
  }
}

package struct TOMLError: Error, Equatable, Sendable {
  package enum Code: String, Sendable { case syntax, tooLarge, outOfMemory }
  package let code: Code
  package let line: Int, column: Int
  /// The library's words for the syntax, at most 199 octets. They may quote the text read.
  package let reason: String
}

/// Reads a whole document; its root is a table.
package func readTOML(_ octets: [UInt8]) throws(TOMLError) -> TOMLValue {
  guard octets.count <= Limits.documentOctets else {
    let reason = "more than \(Limits.documentOctets) octets"
    throw TOMLError(code: .tooLarge, line: 1, column: 1, reason: reason)
  }
  let builder = Builder()
  var error = ctoml_error()
  let code = octets.withUnsafeBytes {
    ctoml_read(
      $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, onEvent,
      Unmanaged.passUnretained(builder).toOpaque(), &error)
  }
  if code == 0, let root = builder.root { return root }
  let reason = withUnsafeBytes(of: error.reason) {
    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
  }
  throw TOMLError(
    code: code == 1 ? .syntax : .outOfMemory, line: Int(error.line), column: Int(error.column),
    reason: code == 1 ? reason : "out of memory")
}

private func onEvent(_ context: UnsafeMutableRawPointer?, _ event: UnsafePointer<ctoml_event>?) {
  guard let context, let event else { return }
  Unmanaged<Builder>.fromOpaque(context).takeUnretainedValue().on(event.pointee)
}

/// Puts the walk's events together: a container is open from its own event to its end.
private final class Builder {
  private enum Members {
    case table([String: TOMLValue])
    case array([TOMLValue])
  }
  private struct Open {
    let key: String?
    var members: Members
    let line: Int, column: Int
  }
  private var open: [Open] = []
  private(set) var root: TOMLValue?

  func on(_ event: ctoml_event) {
    let key = event.key.map { text($0, event.key_length) }
    let line = Int(event.line)
    let column = Int(event.column)
    func leaf(_ kind: TOMLValue.Kind) {
      add(key, TOMLValue(kind: kind, line: line, column: column))
    }
    switch event.kind {
    case CTOML_TABLE: open.append(Open(key: key, members: .table([:]), line: line, column: column))
    case CTOML_ARRAY: open.append(Open(key: key, members: .array([]), line: line, column: column))
    case CTOML_END: close()
    case CTOML_STRING: leaf(.string(text(event.text, event.text_length)))
    case CTOML_INTEGER: leaf(.integer(event.integer))
    case CTOML_FLOAT: leaf(.real(event.real))
    case CTOML_BOOLEAN: leaf(.boolean(event.boolean))
    default: leaf(.time(text(event.text, event.text_length)))
    }
  }

  private func close() {
    guard let top = open.popLast() else { return }
    let kind: TOMLValue.Kind =
      switch top.members {
      case .table(let table): .table(table)
      case .array(let array): .array(array)
      }
    add(top.key, TOMLValue(kind: kind, line: top.line, column: top.column))
  }

  private func add(_ key: String?, _ value: TOMLValue) {
    guard var top = open.popLast() else {
      root = value
      return
    }
    switch top.members {
    case .table(var table):
      top.members = .array([])
      if let key { table[key] = value }
      top.members = .table(table)
    case .array(var array):
      top.members = .array([])
      array.append(value)
      top.members = .array(array)
    }
    open.append(top)
  }
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
  String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
}
