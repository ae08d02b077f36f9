/// Digests as values, store keys from files, and records that open in their own place only.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Foundation
import OpenSSL
import Seal
import Testing

@Suite struct SealTests {
  let place = SealPlace(record: "document", id: "1", partner: "police", schemaVersion: "1.0.0")
  let plain = Array("content".utf8)

  func key() throws -> StoreKey { try StoreKey(octets: SecureRandom.octets(32)) }

  @Test func `opens what it sealed`() throws {
    let key = try key()
    let sealed = try seal(plain, at: place, with: key)
    #expect(sealed.wrappedKey.count == 60)
    let opened = try unseal(sealed, at: place, with: key)
    #expect(opened.octets == plain)
    #expect(opened.place == place)
    let empty = try seal([], at: place, with: key)
    #expect(try unseal(empty, at: place, with: key).octets == [])
    #expect(try seal(plain, at: place, with: key) != sealed)
  }

  @Test func `opens in no other place and with no other key`() throws {
    let key = try key()
    let sealed = try seal(plain, at: place, with: key)
    let others = [
      SealPlace(record: "documen", id: "t1", partner: "police", schemaVersion: "1.0.0"),
      SealPlace(record: "document", id: "2", partner: "police", schemaVersion: "1.0.0"),
      SealPlace(record: "document", id: "1", partner: "ngo", schemaVersion: "1.0.0"),
      SealPlace(record: "document", id: "1", partner: "police", schemaVersion: "1.0.1"),
    ]
    for other in others {
      let error = #expect(throws: SealError.self) { try unseal(sealed, at: other, with: key) }
      #expect(error?.code == .broken)
    }
    #expect(throws: SealError.self) { try unseal(sealed, at: place, with: try self.key()) }
  }

  @Test func `opens no changed or mixed parts`() throws {
    let key = try key()
    let (a, b) = (try seal(plain, at: place, with: key), try seal(plain, at: place, with: key))
    let mixed = [
      Sealed(wrappedKey: a.wrappedKey, octets: b.octets),
      Sealed(wrappedKey: a.octets, octets: a.wrappedKey),
      Sealed(wrappedKey: [], octets: a.octets), Sealed(wrappedKey: a.wrappedKey, octets: []),
    ]
    for sealed in mixed {
      #expect(throws: SealError.self) { try unseal(sealed, at: place, with: key) }
    }
    for index in a.wrappedKey.indices {
      var other = a.wrappedKey
      other[index] ^= 1
      let sealed = Sealed(wrappedKey: other, octets: a.octets)
      #expect(throws: SealError.self) { try unseal(sealed, at: place, with: key) }
    }
  }

  @Test func `reads key files that nobody else can read`() throws {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("store-key-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let octets = SecureRandom.octets(32)
    let sealed = try seal(plain, at: place, with: try StoreKey(octets: octets))
    let digest = try #require(SHA256Digest(octets: octets))
    let forms: [[UInt8]] = [
      octets, Array(digest.hex.utf8), Array((digest.hex + "\n").utf8), Array(digest.base64.utf8),
      Array((digest.base64 + "\n").utf8),
    ]
    func write(_ content: [UInt8], _ mode: Int) {
      _ = FileManager.default.createFile(
        atPath: path, contents: Data(content), attributes: [.posixPermissions: mode])
    }
    for form in forms {
      write(form, 0o600)
      #expect(try unseal(sealed, at: place, with: try StoreKey(file: path)).octets == plain)
    }
    for mode in [0o640, 0o604, 0o644] {
      write(octets, mode)
      let error = #expect(throws: SealError.self) { try StoreKey(file: path) }
      #expect(error?.code == .keyFileMode)
    }
    for form in [[], Array(octets.dropLast()), octets + [0], Array("text\n".utf8)] {
      write(form, 0o600)
      let error = #expect(throws: SealError.self) { try StoreKey(file: path) }
      #expect(error?.code == .keyForm)
    }
    let missing = #expect(throws: SealError.self) { try StoreKey(file: path + "-none") }
    #expect(missing?.code == .keyFile)
    #expect(throws: SealError.self) { try StoreKey(octets: []) }
  }
}

@Suite struct DigestTests {
  // FIPS 180-4: "abc".
  let digest = SHA256Digest(of: Array("abc".utf8))
  let field = "SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

  @Test func `spells itself`() {
    #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(digest.field == field)
    #expect(digest.base64URL == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
  }

  @Test func `reads one form of the field only`() {
    #expect(SHA256Digest(field: field) == digest)
    let others = [
      "", "SHA-256=", "sha-256=" + field.dropFirst(8), field + " ", " " + field,
      String(field.dropLast()), field + "," + field, "SHA-512=" + field.dropFirst(8),
      field.replacingOccurrences(of: "0=", with: "1="), "SHA-256=" + digest.base64URL,
      "SHA-256=AAAA",
    ]
    for other in others { #expect(SHA256Digest(field: other) == nil, "\(other)") }
    #expect(SHA256Digest(octets: [1]) == nil)
  }
}
