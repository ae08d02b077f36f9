/// What is found out about a file that passes by in pieces.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Intake
import Testing

private func facts(_ pieces: [[UInt8]]) -> FileFacts {
  var inspection = FileInspection()
  for piece in pieces { inspection.take(piece) }
  return inspection.finish()
}

private func form(_ octets: [UInt8]) -> FileForm? { facts([octets]).form }

@Test func `refuses a form to a file that is none of those carried`() {
  // A fingerprint (ISO 19794-2), a face image (ISO 19794-5), a passport's image (JPEG 2000), a
  // program, an archive, UTF-16, a text with a zero octet, octets that are no UTF-8.
  for octets: [UInt8] in [
    Array("FMR\0 20\0".utf8), Array("FAC\0010\0".utf8), [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20],
    [0x7F] + Array("ELF".utf8), Array("PK\u{3}\u{4}".utf8), [0xFF, 0xFE, 0x61, 0],
    Array("a\0b".utf8), [0x61, 0xC3], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0x80],
  ] {
    #expect(form(octets) == nil, "\(octets)")
  }
}

@Test func `knows a form by its first octets, whatever follows`() {
  #expect(form(Array("%PDF-1.7\n".utf8) + [0, 0xFF]) == .pdf)
  #expect(form([0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
  #expect(form([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]) == .png)
  #expect(form(Array("Zij zei: \u{1F600}\r\n\tnee".utf8)) == .text)
  // What begins as a PDF is never taken for text.
  #expect(form(Array("%PDF-".utf8)) == .pdf)
  #expect(form(Array("%PD".utf8)) == .text)
}

@Test func `finds the same however a file is cut into pieces`() {
  let octets = Array("Verklaring van de arts: ዘውዲቱ, Nguyễn, 👩🏽‍⚕️.\n".utf8)
  let whole = facts([octets])
  #expect(whole.form == .text)
  #expect(whole.size == octets.count)
  #expect(whole.sha256 == SHA256Digest(of: octets).hex)
  for cut in 0...octets.count {
    #expect(facts([Array(octets[..<cut]), Array(octets[cut...])]) == whole, "cut at \(cut)")
  }
  #expect(facts(octets.map { [$0] }) == whole)
  let broken = Array(octets.dropLast(3)) + [0xF0, 0x9F]
  for cut in 0...broken.count {
    #expect(facts([Array(broken[..<cut]), Array(broken[cut...])]).form == nil)
  }
}
