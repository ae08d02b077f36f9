/// One document as files, so that anyone can verify it offline.
// SPDX-License-Identifier: Apache-2.0
import Digest
import JSON
import Platform

struct Export {
  private let value: JSONValue

  /// The answer to `Inspection.document`.
  init(_ value: JSONValue) { self.value = value }

  func write(to folder: String) throws(FileError) {
    try Files.makeFolder(folder)
    if let body = octets("body") {
      try Files.write(body, to: "\(folder)/body.json")
      let headers = headers(body, "headerName", "signature")
      try Files.write(headers, to: "\(folder)/headers.txt")
      try Files.write(Array(SHA256Digest(of: body).field.utf8), to: "\(folder)/digest")
      try Files.write(Array((value["signature"]?.text ?? "").utf8), to: "\(folder)/signature")
    }
    if let receipt = octets("receipt") {
      try Files.write(receipt, to: "\(folder)/receipt.json")
      let headers = headers(receipt, "receiptHeaderName", "receiptSignature")
      try Files.write(headers, to: "\(folder)/receipt-headers.txt")
    }
    if let certificate = octets("certificate") {
      try Files.write(pem(certificate), to: "\(folder)/signer.pem")
    }
    for attachment in value["attachments"]?.elements ?? [] {
      guard let id = attachment["id"]?.text, let file = attachment["file"]?.text else { continue }
      try copy(file, to: "\(folder)/attachment-\(id)")
    }
  }

  private func copy(_ path: String, to target: String) throws(FileError) {
    var pieces = try FilePieces(path, links: .refuse)
    let file = try NewFile(target)
    while let piece = try pieces.next() {
      guard file.write(piece) else { throw FileError(unwritable: target) }
    }
    try file.keep()
  }

  private func octets(_ name: String) -> [UInt8]? {
    value[name]?.text.flatMap { Base64.decode($0, .standard) }
  }

  private func headers(_ body: [UInt8], _ name: String, _ signature: String) -> [UInt8] {
    let field = value[name]?.text ?? ""
    let isStandard = field.lowercased() == "payload-signature"
    let lines = [
      "Content-Type: application/cloudevents+json",
      "Digest: \(SHA256Digest(of: body).field)",
      "\(isStandard ? "Payload-Signature" : field): \(value[signature]?.text ?? "")",
    ]
    return lines.flatMap { Array(($0 + "\n").utf8) }
  }

  /// RFC 7468, section 5.
  private func pem(_ der: [UInt8]) -> [UInt8] {
    var rest = Base64.encode(der, .standard)[...]
    var out = Array("-----BEGIN CERTIFICATE-----\n".utf8)
    while !rest.isEmpty {
      out += rest.prefix(64) + [0x0A]
      rest = rest.dropFirst(64)
    }
    return out + Array("-----END CERTIFICATE-----\n".utf8)
  }
}
