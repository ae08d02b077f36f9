/// Schema documents by name and version, from a folder or from inside the program, compiled as one.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Embedded
package import JSON
package import JSONSchema

struct SchemaDocuments {
  /// Named in errors.
  let place: String
  private var documents: [(uri: String, schema: JSONValue)] = []
  private(set) var digests: [String: SHA256Digest] = [:]

  init(place: String) { self.place = place }

  var all: [JSONValue] { documents.map(\.schema) }

  mutating func add(_ name: String, _ version: String, _ octets: [UInt8], _ path: String)
    throws(SchemaFolderError)
  {
    documents.append((SchemaURI.of(name, version), try SchemaDocuments.parse(octets, path)))
    digests["\(name)/\(version)"] = SHA256Digest(of: octets)
  }

  static func parse(_ octets: [UInt8], _ path: String) throws(SchemaFolderError) -> JSONValue {
    do {
      return try JSONReader.read(octets)
    } catch {
      throw SchemaFolderError(path: path, reason: error.description)
    }
  }

  func compiled() throws(SchemaFolderError) -> CompiledDocuments {
    do {
      let set = try SchemaSet(documents: documents, options: SchemaOptions(strictKeywords: true))
      return CompiledDocuments(set: set, place: place, names: digests.keys.sorted())
    } catch {
      throw SchemaFolderError(path: place, reason: "\(error.location): \(error.reason)")
    }
  }
}

struct CompiledDocuments {
  fileprivate let set: SchemaSet
  fileprivate let place: String
  /// "referral/1.0.0".
  fileprivate let names: [String]

  func schema(_ name: String, _ version: String) throws(SchemaFolderError) -> Schema {
    do {
      return try set.schema(SchemaURI.of(name, version))
    } catch {
      throw SchemaFolderError(
        path: "\(place)/\(name)/\(version)", reason: "\(error.location): \(error.reason)")
    }
  }

  func newest(_ name: String) throws(SchemaFolderError) -> Schema {
    guard let version = versions(of: name).max(by: SemanticVersion.precedes) else {
      throw SchemaFolderError(path: "\(place)/\(name)", reason: "there is no version of it")
    }
    return try schema(name, version)
  }

  private func versions(of name: String) -> [String] {
    names.filter { $0.hasPrefix("\(name)/") }.map { String($0.dropFirst(name.count + 1)) }
  }

  func wire() throws(SchemaFolderError) -> WireSchemas {
    return WireSchemas(
      envelope: try schema("envelope", "1.0.0"),
      acknowledgement: try schema("acknowledgement", "1.0.0"),
      referrals: try all(of: "referral"),
      statisticsEnvelope: try schema("statistics-envelope", "1.0.0"),
      statistics: try all(of: "statistics"))
  }

  private func all(of name: String) throws(SchemaFolderError) -> [String: Schema] {
    var found: [String: Schema] = [:]
    for version in versions(of: name) { found[version] = try schema(name, version) }
    return found
  }
}

/// The schemas that this program was built with: for checks where no folder of them is.
package struct BuiltInSchemas: Sendable {
  package let wire: WireSchemas
  package let submission: Schema
  /// As they were read; each has its `$id`.
  package let documents: [JSONValue]
  /// Those that the rules about a referral read, by name.
  package let codeLists: [String: JSONValue]

  package static func load() throws(SchemaFolderError) -> BuiltInSchemas {
    var documents = SchemaDocuments(place: "built in")
    var lists: [String: JSONValue] = [:]
    for file in EmbeddedFile.all {
      let parts = file.path.split(separator: "/").map(String.init)
      if parts.count == 4, parts[3] == "schema.json" {
        try documents.add(parts[1], parts[2], file.octets, file.path)
      } else if parts.count == 3, parts[1] == "codelists" {
        let name = String(parts[2].dropLast(".json".count))
        lists[name] = try SchemaDocuments.parse(file.octets, file.path)
      }
    }
    let compiled = try documents.compiled()
    return BuiltInSchemas(
      wire: try compiled.wire(), submission: try compiled.newest("submission"),
      documents: documents.all, codeLists: lists)
  }
}

extension WireSchemas {
  package static func builtIn() throws(SchemaFolderError) -> WireSchemas {
    try BuiltInSchemas.load().wire
  }
}
