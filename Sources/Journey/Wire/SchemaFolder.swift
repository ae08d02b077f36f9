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
  package let submission: Schema
  /// The code lists that rules read, by name.
  package let codeLists: [String: JSONValue]
  /// By name and version, "referral/1.0.0": of the file's octets.
  package let digests: [String: SHA256Digest]

  private static let names = ["submission", "envelope", "referral", "acknowledgement"]
  private static let listNames = ["provisions", "reflection-limits", "residence-grounds"]
  private static let fileOctets = 4_194_304

  /// Expects `<name>/<version>/schema.json` for every name and `codelists/<name>.json` for every
  /// list that rules read.
  package static func load(_ folder: String) throws(SchemaFolderError) -> SchemaFolder {
    var documents: [(uri: String, schema: JSONValue)] = []
    var digests: [String: SHA256Digest] = [:]
    for name in names {
      for version in try list("\(folder)/\(name)") where SemanticVersion.isOne(version) {
        let path = "\(folder)/\(name)/\(version)/schema.json"
        let octets = try read(path)
        documents.append((SchemaURI.of(name, version), try parse(octets, path)))
        digests["\(name)/\(version)"] = SHA256Digest(of: octets)
      }
    }
    let set: SchemaSet
    do {
      set = try SchemaSet(documents: documents, options: SchemaOptions(strictKeywords: true))
    } catch {
      throw SchemaFolderError(path: folder, reason: "\(error.location): \(error.reason)")
    }
    var referrals: [String: Schema] = [:]
    for key in digests.keys where key.hasPrefix("referral/") {
      let version = String(key.dropFirst("referral/".count))
      referrals[version] = try schema(set, "referral", version, folder)
    }
    var codeLists: [String: JSONValue] = [:]
    for name in listNames {
      let path = "\(folder)/codelists/\(name).json"
      codeLists[name] = try parse(try read(path), path)
    }
    return SchemaFolder(
      wire: WireSchemas(
        envelope: try schema(set, "envelope", "1.0.0", folder),
        acknowledgement: try schema(set, "acknowledgement", "1.0.0", folder),
        referrals: referrals),
      submission: try schema(set, "submission", "1.0.0", folder),
      codeLists: codeLists, digests: digests)
  }

  private static func schema(
    _ set: SchemaSet, _ name: String, _ version: String, _ folder: String
  ) throws(SchemaFolderError) -> Schema {
    do {
      return try set.schema(SchemaURI.of(name, version))
    } catch {
      throw SchemaFolderError(
        path: "\(folder)/\(name)/\(version)", reason: "\(error.location): \(error.reason)")
    }
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

  private static func parse(_ octets: [UInt8], _ path: String) throws(SchemaFolderError)
    -> JSONValue
  {
    do {
      return try JSONReader.read(octets)
    } catch {
      throw SchemaFolderError(path: path, reason: error.description)
    }
  }
}

private enum SemanticVersion {
  /// Three numbers with full stops between them; other folders are no versions.
  static func isOne(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3 && parts.allSatisfy { Int($0) != nil }
  }
}
