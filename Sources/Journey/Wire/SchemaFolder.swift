/// The published schemas and code lists, read from their folder and compiled once.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import JSONSchema
import Platform

package struct SchemaFolderError: Error, Sendable, Equatable {
  /// The file that could not be read or compiled.
  package let path: String
  package let reason: String
}

package struct SchemaFolder: Sendable {
  package let wire: WireSchemas
  /// The newest: what was right for an older one is right for it too.
  package let submission: Schema
  /// The code lists that rules and events read, by name.
  package let codeLists: [String: JSONValue]
  /// By name and version, "referral/1.0.0": of the file's octets.
  package let digests: [String: SHA256Digest]

  private static let names = [
    "submission", "envelope", "referral", "acknowledgement", "statistics", "statistics-envelope",
  ]
  private static let listNames = [
    "provisions", "reflection-limits", "residence-grounds", "event-kinds", "delivery-reasons",
    "submission-refusals", "rules",
  ]
  private static let fileOctets = 4_194_304

  /// Expects `<name>/<version>/schema.json` for every name and `codelists/<name>.json` for every
  /// list that rules and events read.
  package static func load(_ folder: String) throws(SchemaFolderError) -> SchemaFolder {
    var documents = SchemaDocuments(place: folder)
    for name in names {
      for version in try list("\(folder)/\(name)") where SemanticVersion.isOne(version) {
        let path = "\(folder)/\(name)/\(version)/schema.json"
        try documents.add(name, version, try read(path), path)
      }
    }
    let compiled = try documents.compiled()
    var codeLists: [String: JSONValue] = [:]
    for name in listNames {
      let path = "\(folder)/codelists/\(name).json"
      codeLists[name] = try SchemaDocuments.parse(try read(path), path)
    }
    return SchemaFolder(
      wire: try compiled.wire(), submission: try compiled.newest("submission"),
      codeLists: codeLists, digests: documents.digests)
  }

  private static func list(_ path: String) throws(SchemaFolderError) -> [String] {
    do {
      return try Files.list(path)
    } catch {
      throw SchemaFolderError(path: path, reason: error.reason)
    }
  }

  private static func read(_ path: String) throws(SchemaFolderError) -> [UInt8] {
    do {
      return try Files.read(path, limit: fileOctets)
    } catch {
      throw SchemaFolderError(path: path, reason: error.reason)
    }
  }
}

enum SemanticVersion {
  /// Three numbers with full stops between them; other folders are no versions.
  static func isOne(_ text: String) -> Bool { numbers(text) != nil }

  static func precedes(_ a: String, _ b: String) -> Bool {
    (numbers(a) ?? []).lexicographicallyPrecedes(numbers(b) ?? [])
  }

  private static func numbers(_ text: String) -> [Int]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    return parts.count == 3 && numbers.count == 3 ? numbers : nil
  }
}
