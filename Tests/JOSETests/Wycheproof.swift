/// The files of C2SP Wycheproof, each read by what it says of itself.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform
import TestSupport

/// One object of a file: a group or a case. Members have other types in other schemas, so each is
/// looked at when it is needed.
struct WycheproofObject {
  private let members: [String: Any]

  init(_ members: [String: Any]) { self.members = members }

  func text(_ name: String) -> String? { members[name] as? String }
  func number(_ name: String) -> Int? { members[name] as? Int }
  func words(_ name: String) -> [String]? { members[name] as? [String] }
  func octets(_ name: String) -> [UInt8]? { text(name).flatMap(Hex.decode) }
  func object(_ name: String) -> WycheproofObject? {
    (members[name] as? [String: Any]).map(WycheproofObject.init)
  }
  func objects(_ name: String) -> [WycheproofObject] {
    (members[name] as? [[String: Any]] ?? []).map(WycheproofObject.init)
  }
}

struct WycheproofFile {
  let name: String
  let algorithm: String
  /// What the file says that it holds.
  let numberOfTests: Int
  let groups: [WycheproofObject]

  /// Every file of the suite that is there.
  static let names = Vectors.names("wycheproof", suffix: ".json")

  init(_ name: String) throws {
    let value = try JSONSerialization.jsonObject(
      with: Data(try Vectors.octets("wycheproof", name)))
    guard let members = value as? [String: Any] else {
      throw BrokenTestSupport(description: "\(name) is no object")
    }
    let file = WycheproofObject(members)
    self.name = name
    algorithm = file.text("algorithm") ?? ""
    numberOfTests = file.number("numberOfTests") ?? -1
    groups = file.objects("testGroups")
  }
}

/// What a case must come to.
enum WycheproofResult: String {
  case valid, invalid
  /// Legal, but with a weakness; either will do.
  case acceptable
}

/// SubjectPublicKeyInfo (RFC 5280, section 4.1) of a key written as a JWK (RFC 7517).
enum KeyInfo {
  static func der(of key: WycheproofObject) -> [UInt8]? {
    func number(_ name: String) -> [UInt8]? { key.text(name).flatMap { Base64.decode($0, .url) } }
    switch (key.text("kty"), key.text("crv")) {
    case ("EC", let curve?):
      let identifiers = ["P-256": "2a8648ce3d030107", "P-384": "2b81040022", "P-521": "2b81040023"]
      guard let identifier = identifiers[curve].flatMap(Hex.decode), let x = number("x"),
        let y = number("y")
      else { return nil }
      let algorithm = item(0x06, Hex.decode("2a8648ce3d0201") ?? []) + item(0x06, identifier)
      return item(0x30, item(0x30, algorithm) + item(0x03, [0x00, 0x04] + x + y))
    case ("RSA", _):
      guard let modulus = number("n"), let exponent = number("e") else { return nil }
      let algorithm = item(0x06, Hex.decode("2a864886f70d010101") ?? []) + [0x05, 0x00]
      let numbers = item(0x30, item(0x02, [0x00] + modulus) + item(0x02, exponent))
      return item(0x30, item(0x30, algorithm) + item(0x03, [0x00] + numbers))
    default: return nil
    }
  }

  /// Tag, length and value in DER.
  private static func item(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] {
    let count = value.count
    if count < 128 { return [tag, UInt8(count)] + value }
    if count < 256 { return [tag, 0x81, UInt8(count)] + value }
    return [tag, 0x82, UInt8(count >> 8), UInt8(count & 255)] + value
  }
}
