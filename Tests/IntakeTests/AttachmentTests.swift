/// R24: what must be true of an attachment and its file.
// SPDX-License-Identifier: Apache-2.0
import Intake
import JSON
import Referrals
import TestSupport
import Testing
import Wire

private let hash = String(repeating: "0f", count: 32)

/// One file of ten octets, as it is described.
private let described: JSONValue = [
  "id": "a1", "fileName": "verklaring.pdf", "mediaType": "application/pdf", "size": 10,
  "sha256": .string(hash), "title": "Verklaring van de huisarts", "language": "nld",
  "personRefs": ["p1"], "classification": "unmarked", "mustUnderstand": true,
]
private let handed = FileFacts(size: 10, sha256: hash, form: .pdf)

private func reasons(
  _ attachments: [JSONValue] = [described], files: [String: FileFacts]? = ["a1": handed],
  to example: String = "22-mononym"
) throws -> [String] {
  let submission = try Examples.submission(example).with(
    "/referral/attachments", .array(attachments))
  let intake = Intake(
    schema: try PublishedSchemas.folder().submission, reference: try PublishedSchemas.reference())
  switch intake.read(JSONWriter.write(submission), files: files) {
  case .read(let read):
    #expect(JSONValue.object(read.referral.content)["attachments"] == .array(attachments))
    return []
  case .refused(let reasons):
    return reasons.map { "\($0.rule.rawValue) \($0.pointer): \($0.detail ?? "")" }
  }
}

private let place = "/referral/attachments"

@Test(arguments: ["22-mononym", "05-reflection-started", "04-smuggling-route"])
func `keeps an attachment that is the file it says`(_ example: String) throws {
  #expect(try reasons(to: example) == [])
}

@Test func `keeps the description where nobody looks at files yet`() throws {
  #expect(try reasons(files: nil) == [])
}

@Test func `refuses a file that is not the one described`() throws {
  let other = FileFacts(size: 11, sha256: String(repeating: "00", count: 32), form: .png)
  #expect(
    try reasons(files: ["a1": other]) == [
      "R24 \(place)/0/size: the file has another size",
      "R24 \(place)/0/sha256: the file has another SHA-256",
      "R24 \(place)/0/mediaType: the file does not have this form",
    ])
  let unknown = FileFacts(size: 10, sha256: hash, form: nil)
  #expect(
    try reasons(files: ["a1": unknown]) == [
      "R24 \(place)/0/mediaType: the file does not have this form"
    ])
}

@Test func `refuses an attachment without its file, and a file without its attachment`() throws {
  #expect(try reasons(files: [:]) == ["R24 \(place)/0: its file was not handed in"])
  #expect(
    try reasons(files: ["a1": handed, "a2": handed]) == [
      "R24 \(place): a file was handed in that no attachment names"
    ])
}

@Test func `refuses two attachments with one id`() throws {
  #expect(
    try reasons([described, described]) == ["R24 \(place)/1/id: two attachments have this id"])
}

@Test func `refuses more than 64 MiB together, and 16 MiB alone`() throws {
  let large = described.with("/size", 16_777_216)
  let four = (1...4).map { large.with("/id", .string("a\($0)")) }
  #expect(try reasons(four, files: nil) == [])
  #expect(
    try reasons(four + [described.with("/id", "a5").with("/size", 1)], files: nil) == [
      "R24 \(place): the files are larger than 64 MiB together"
    ])
  let found = try reasons([described.with("/size", 16_777_217)], files: nil)
  #expect(found.count == 1 && found[0].hasPrefix("schema \(place)/0/size"))
  #expect(try !reasons([described.with("/size", .number(JSONNumber(.max)))], files: nil).isEmpty)
}

/// What face images and fingerprints come as.
@Test(arguments: [
  "image/jp2", "image/x-wsq", "application/vnd.iso.19794-5", "application/octet-stream",
  "IMAGE/JPEG", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
])
func `refuses every form that is not carried, and names the rule`(_ mediaType: String) throws {
  let found = try reasons([described.with("/mediaType", .string(mediaType))], files: nil)
  #expect(found.contains("R24 \(place)/0/mediaType: files of this form are not carried"))
  #expect(found.contains { $0.hasPrefix("schema \(place)/0/mediaType") })
}

@Test(arguments: [
  "../verklaring.pdf", "a/b.pdf", "a\\b.pdf", ".verborgen", "a\u{0}.pdf", "a:b", "a\u{202E}fdp",
])
func `refuses a file name that is a path or hides something`(_ name: String) throws {
  let found = try reasons([described.with("/fileName", .string(name))], files: nil)
  #expect(found.contains { $0.contains("\(place)/0/fileName") }, "\(found)")
}

@Test(arguments: ["fileName", "title", "mediaType", "size", "sha256", "id"])
func `refuses an attachment without what names and proves it`(_ member: String) throws {
  let found = try reasons([described.without("/\(member)")], files: nil)
  #expect(found.contains { $0.hasPrefix("schema \(place)/0") }, "\(found)")
}

@Test func `keeps the forms of the code list, in the schema, the list and the code`() throws {
  let schema = try JSONReader.read(PackageFolder.read("schemas/referral/1.1.0/schema.json"))
  let list = try JSONReader.read(
    PackageFolder.read("schemas/codelists/attachment-media-types.json"))
  let codes = list["codes"]?.elements ?? []
  let types = FileForm.allCases.map(\.rawValue)
  #expect(codes.compactMap { $0["code"]?.text } == types)
  let member = schema["$defs"]?["attachments"]?["items"]?["properties"]?["mediaType"]
  #expect(member?["enum"]?.elements?.compactMap(\.text) == types)
  for (form, code) in zip(FileForm.allCases, codes) {
    let magic = form.magic.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    #expect((code["magic"]?.elements ?? []).compactMap(\.text).joined() == magic.joined())
  }
}
