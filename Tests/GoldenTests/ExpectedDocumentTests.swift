/// Every example for every partner again: what leaves, or which rule stops it.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import TestSupport
import Testing

@Suite struct ExpectedDocumentTests {
  private static let made = Task { try make() }

  /// Once for all tests; nothing where nobody asked (scripts/make-vectors).
  private func expected() async throws -> [String: [UInt8]] {
    if ProcessInfo.processInfo.environment["REFERRAL_MAKE_VECTORS"] != nil {
      try await ExpectedDocumentTests.made.value
    }
    return try ExpectedDocuments().files
  }

  private static func make() throws {
    let folder = "\(PackageFolder.path)/\(ExpectedDocuments.folder)"
    let made = try ExpectedDocuments().files
    for name in try found() where name != "README.md" && made[name] == nil {
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
    for (name, octets) in made {
      let path = "\(folder)/\(name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Files.write(octets, to: path, mode: 0o644)
    }
  }

  /// Every file below the folder.
  private static func found() throws -> [String] {
    let folder = "\(PackageFolder.path)/\(ExpectedDocuments.folder)"
    return try Files.list(folder).flatMap { name in
      name.contains(".")
        ? [name] : try Files.list("\(folder)/\(name)").map { "\(name)/\($0)" }
    }
  }

  @Test func `composes every expected document again, octet for octet`() async throws {
    let expected = try await expected()
    for (name, octets) in expected {
      let kept = try PackageFolder.read("\(ExpectedDocuments.folder)/\(name)")
      #expect(difference(octets, kept) == nil, "\(name)")
    }
    let found = Set(try ExpectedDocumentTests.found()).subtracting(["README.md"])
    #expect(found == Set(expected.keys), "run scripts/make-vectors --documents")
  }

  /// A set in which nothing leaves, or everything does, would prove little.
  @Test func `has documents and refusals, at more than one detail level`() async throws {
    _ = try await expected()
    let index = try JSONReader.read(
      PackageFolder.read("\(ExpectedDocuments.folder)/index.json"))
    let cases = index["cases"]?.elements ?? []
    func count(_ member: String, _ word: String) -> Int {
      cases.filter { $0[member]?.text == word }.count
    }
    #expect(count("outcome", "document") > 40)
    #expect(count("outcome", "refused") > 20)
    #expect(count("detailLevel", "full") > 20)
    #expect(count("detailLevel", "deidentified") > 2)
    #expect(count("schemaVersion", "1.0.0") > 5 && count("schemaVersion", "1.1.0") > 5)
    let partners = index["partners"]?.elements ?? []
    #expect(Set(cases.compactMap { $0["partner"]?.text }).count == partners.count)
  }
}
