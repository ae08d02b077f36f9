/// The files and values of a command line, or what is wrong with them.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Register
import Signing

/// A file that cannot be used leaves the question open: it says nothing against the message.
enum Inputs {
  static func octets(_ file: String, limit: Int) throws(Complaint) -> [UInt8] {
    do {
      return try Files.read(file, limit: limit)
    } catch {
      throw unusable(file, error.name, error.reason, hint(error.code))
    }
  }

  /// Nil when there are more octets than `limit`: that is for the first step to refuse.
  static func octets(_ file: String, atMost limit: Int) throws(Complaint) -> [UInt8]? {
    do {
      return try Files.read(file, limit: limit)
    } catch {
      guard error.code != .tooLarge else { return nil }
      throw unusable(file, error.name, error.reason, hint(error.code))
    }
  }

  static func certificates(_ file: String) throws(Complaint) -> [Certificate] {
    let octets = try octets(file, limit: OpenSSLLimits.pemOctets)
    guard let all = try? Certificate.all(pem: octets) else {
      throw unusable(
        file, "no-certificate", "is not a list of certificates in PEM",
        "give roots and intermediates, each between BEGIN CERTIFICATE and END CERTIFICATE")
    }
    guard all.count <= Limits.certificates else {
      throw unusable(
        file, "too-many-certificates", "holds more than \(Limits.certificates) certificates",
        "leave those that this signer needs")
    }
    return all
  }

  /// Of a folder every file that does not begin with a full stop.
  static func revocationLists(_ paths: [String]) throws(Complaint) -> [RevocationList] {
    var lists: [RevocationList] = []
    var files: [String] = []
    for path in paths { files += try inside(path) }
    for file in files {
      let octets = try octets(file, limit: OpenSSLLimits.revocationListOctets)
      let isText = octets.starts(with: Array("-----BEGIN ".utf8)) || octets.first != 0x30
      guard
        let found = isText
          ? try? RevocationList.all(pem: octets) : (try? RevocationList(der: octets)).map({ [$0] })
      else {
        throw unusable(
          file, "no-revocation-list", "is not a revocation list",
          "give lists in PEM or DER; a folder must hold nothing else")
      }
      lists += found
      guard lists.count <= Limits.revocationLists else {
        throw unusable(
          file, "too-many-lists", "is beyond \(Limits.revocationLists) revocation lists",
          "give those of the authorities in the chain")
      }
    }
    return lists
  }

  private static func inside(_ path: String) throws(Complaint) -> [String] {
    guard Files.isFolder(path) else { return [path] }
    do {
      return try Files.list(path).filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }
    } catch {
      throw unusable(path, error.name, error.reason, hint(error.code))
    }
  }

  /// `TIME` or `iat`.
  static func moment(_ text: String?) throws(Complaint) -> JudgedAt {
    guard let text else { return .moment(SystemClock.now()) }
    if text == "iat" { return .signingTime }
    guard let instant = Instant(rfc3339: text) else {
      throw usage(
        "--at is not a time", "give it as 2026-11-23T12:00:00Z, or iat for the signing time")
    }
    return .moment(instant)
  }

  static func identity(_ option: String, _ text: String?) throws(Complaint) -> PartnerIdentity? {
    guard let text else { return nil }
    guard let identity = PartnerIdentity(text) else {
      throw usage(
        "\(option) is not an identity",
        "give urn:nld:oin: and 20 positions, or https://referral-gateway.example/id/eidas/ and an"
          + " organizationIdentifier")
    }
    return identity
  }

  static func fieldName(_ text: String?) throws(Complaint) -> String? {
    guard let text else { return nil }
    guard let field = try? ReceivedMessage.fields(lines: Array("\(text): x".utf8)).get(),
      field.count == 1, text.utf8.count <= Limits.fieldNameOctets
    else { throw usage("--header-name is not the name of a header field", "give it without ':'") }
    return text
  }

  static func usage(_ message: String, _ hint: String) -> Complaint {
    Complaint(exit: .usage, code: "usage", message: message, hint: hint)
  }

  static func unusable(_ file: String, _ code: String, _ message: String, _ hint: String)
    -> Complaint
  {
    Complaint(exit: .undecided, code: code, message: message, hint: hint, file: file)
  }

  static func hint(_ code: FileError.Code) -> String {
    switch code {
    case .notFound: "check the name and the folder you are in"
    case .isDirectory: "give a file; only --crl takes a folder"
    case .isSymbolicLink: "the link leads in a circle"
    case .isSpecial: "give a regular file"
    case .tooLarge: "give the file that holds this and nothing else"
    case .unreadable, .unwritable: "give a file that you may read; see: ls -l"
    }
  }
}

/// What this tool takes at most, beside the limits of what it reads.
enum Limits {
  static let certificates = 500
  static let revocationLists = 500
  static let fieldNameOctets = 128
}
