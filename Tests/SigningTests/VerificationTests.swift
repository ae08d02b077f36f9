/// Each step of verification by its name, with a message that is wrong in exactly that respect.
// SPDX-License-Identifier: Apache-2.0
import DeliverySupport
import JSON
import OpenSSL
import Platform
import Signing
import Testing

private let now = SystemClock.now()
private let politie = "politie-avim-sign"
private let body = Array("{\"kind\":\"receipt\"}".utf8)

private func trust(
  algorithms: [SignatureAlgorithm] = [.ps256, .es256], lists: String = "crls",
  oin: String = "00000099000000010000", pinned: [Certificate]? = nil, usages: [String] = []
) throws -> SignerTrust {
  SignerTrust(
    algorithms: algorithms, mode: pinned.map { .pinned($0) } ?? .chain,
    anchors: try SamplePKIFile.certificates("anchors.pem"),
    intermediates: try SamplePKIFile.certificates("intermediates.pem"),
    identity: pinned == nil ? .oin(oin) : .pin,
    revocationLists: try SamplePKIFile.lists(lists), checksRevocation: pinned == nil,
    extendedKeyUsages: usages, headerNames: SignerTrust.defaultHeaderNames)
}

private func draft(
  _ signer: String = politie, _ algorithm: SignatureAlgorithm = .ps256, at time: Instant = now
) throws -> MessageDraft {
  try MessageDraft(body: body, by: SampleKey(signer), algorithm, issuedAt: time)
}

/// Step and code of the refusal; nil when the signature is valid.
private func refusal(
  _ draft: MessageDraft, trust given: SignerTrust? = nil, limit: Int = 65_536
) throws -> VerificationFailure? {
  switch verify(
    try draft.message(), trust: try given ?? trust(), bodyLimitOctets: limit, now: now)
  {
  case .valid: nil
  case .invalid(let failure, let report): failed(failure, report)
  case .undecided(let failure, _, let report): failed(failure, report)
  }
}

private func failed(_ failure: VerificationFailure, _ report: VerificationReport)
  -> VerificationFailure
{
  let bad = report.lines.filter { $0.outcome == .failed || $0.outcome == .undecided }
  #expect(bad.map(\.step) == [failure.step])
  #expect(bad.map(\.code) == [failure.code])
  return failure
}

private func expect(
  _ step: VerificationStep, _ code: VerificationCode, trust: SignerTrust? = nil,
  limit: Int = 65_536, signer: String = politie, _ algorithm: SignatureAlgorithm = .ps256,
  at time: Instant = now, sourceLocation: SourceLocation = #_sourceLocation,
  _ change: (inout MessageDraft) throws -> Void = { _ in }
) throws {
  var draft = try draft(signer, algorithm, at: time)
  try change(&draft)
  let found = try refusal(draft, trust: trust, limit: limit)
  #expect(found?.step == step, sourceLocation: sourceLocation)
  #expect(found?.code == code, sourceLocation: sourceLocation)
}

@Test(arguments: [(politie, SignatureAlgorithm.ps256), ("emm-sign", .es256)])
func `a right message passes steps 1 to 12`(_ signer: String, _ algorithm: SignatureAlgorithm)
  throws
{
  let oin = signer == politie ? "00000099000000010000" : "00000099000000020000"
  let verdict = verify(
    try draft(signer, algorithm).message(), trust: try trust(oin: oin),
    bodyLimitOctets: body.count, now: now)
  guard case .valid(let signature, let report) = verdict else {
    Issue.record("\(verdict)")
    return
  }
  #expect(signature.algorithm == algorithm)
  #expect(signature.signedAt == Instant(seconds: now.seconds))
  #expect(report.lines.map(\.step.rawValue) == Array(1...12))
}

@Test func `step 1 limits: sizes, and each deciding field exactly once`() throws {
  try expect(.limits, .bodyTooLarge, limit: body.count - 1)
  try expect(.limits, .fieldsTooLarge) {
    $0.moreFields = [("x", String(repeating: "a", count: 16_384))]
  }
  try expect(.limits, .fieldsTooLarge) { draft in
    draft.moreFields = (0..<3).map { ("x\($0)", String(repeating: "a", count: 12_000)) }
  }
  for coding in ["gzip", "identity", ""] {
    try expect(.limits, .contentEncoding) { $0.moreFields = [("Content-Encoding", coding)] }
  }
  try expect(.limits, .signatureRepeated) { $0.moreFields = [("Payload-Signature", "x")] }
  try expect(.limits, .signatureRepeated) { $0.moreFields = [("nlgov-adr-payload-sig", "x")] }
  try expect(.limits, .signatureMissing) { $0.headerName = "X-Signature" }
  try expect(.limits, .digestRepeated) { $0.moreFields = [("digest", "SHA-256=x")] }
  try expect(.limits, .contentTypeRepeated) { $0.moreFields = [("content-type", "text/a")] }
  try expect(.limits, .contentTypeMissing) { $0.contentType = nil }
}

@Test func `step 1 limits: a message without Digest is refused before anything is read`() throws {
  let whole = try draft().message()
  let message = ReceivedMessage(
    fields: whole.fields.filter { $0.name != "digest" }, body: whole.body)
  let verdict = verify(message, trust: try trust(), bodyLimitOctets: 65_536, now: now)
  guard case .invalid(let failure, _) = verdict else {
    Issue.record("\(verdict)")
    return
  }
  #expect(failure.step == .limits)
  #expect(failure.code == .digestMissing)
}

@Test func `step 3 split: three parts, an empty middle, canonical base64url`() throws {
  try expect(.split, .partsWrong) { $0.mangle = { $0 + ".x" } }
  try expect(.split, .partsWrong) { $0.mangle = { $0.replacing("..", with: ".") } }
  try expect(.split, .partsWrong) { $0.mangle = { $0.replacing("..", with: ".AAAA.") } }
  try expect(.split, .notCanonical) { $0.mangle = { $0 + "=" } }
  try expect(.split, .notCanonical) { $0.mangle = { $0 + " " } }
}

@Test func `step 4 header JSON: strict, no name twice, not deep`() throws {
  func header(_ text: String) throws {
    try expect(.headerJSON, .headerNotJSON) { $0.headerOctets = Array(text.utf8) }
  }
  try header("{\"alg\":\"PS256\",\"alg\":\"PS256\"}")
  try header("{\"alg\":\"PS256\",}")
  try header("\u{FEFF}{\"alg\":\"PS256\"}")
  try header("{\"a\":[[[[[[[[[[1]]]]]]]]]]}")
  try header("[]")
}

@Test func `step 5 header grammar: nothing that lets the header choose`() throws {
  let changes: [(String, JSONValue?)] = [
    ("b64", true), ("b64", nil), ("sigD", nil), ("crit", nil), ("crit", ["b64"]),
    ("crit", ["b64", "sigD", "exp"]), ("crit", ["b64", "b64"]), ("typ", "jwt"),
    ("jku", "https://x.example"), ("jwk", [:]), ("x5u", "https://x.example"), ("x5t", "x"),
    ("zip", "DEF"), ("alg", nil), ("sigD", ["mId": "x", "pars": ["digest"]]),
    ("iat", .number(JSONNumber(Int64.max))),
    (
      "sigD",
      ["mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["digest", "content-type"]]
    ),
  ]
  for (name, value) in changes {
    try expect(.headerGrammar, .headerForm) { $0.header[name] = value }
  }
  for algorithm: JSONValue in ["none", "HS256", "RS256"] {
    try expect(.headerGrammar, .algorithmNotAllowed) { $0.header["alg"] = algorithm }
  }
  try expect(.headerGrammar, .algorithmNotAllowed, trust: trust(algorithms: [.es256]))
}

@Test func `step 5 header grammar: a time beyond the calendar ends nothing but the check`() throws {
  for seconds: Int64 in [.max, .max / 1_000, 253_402_300_800, -1, .min] {
    try expect(.headerGrammar, .headerForm) { $0.header["iat"] = .number(JSONNumber(seconds)) }
  }
  for text in ["1.5", "1e9", "9223372036854775808", "-0.0"] {
    let number = try #require(JSONNumber(text: text))
    try expect(.headerGrammar, .headerForm) { $0.header["iat"] = .number(number) }
  }
  try expect(.path, .pathInvalid) { $0.header["iat"] = 253_402_300_799 }
  try expect(.path, .pathInvalid) { $0.header["iat"] = 0 }
}

@Test func `step 5 lets pass what has no effect`() throws {
  var draft = try draft()
  draft.header["kid"] = "../../etc/passwd"
  draft.header["typ"] = "JOSE"
  draft.header["crit"] = ["sigD", "b64"]
  #expect(try refusal(draft) == nil)
}

@Test func `step 6 signer: named, by names that agree, and known`() throws {
  try expect(.signer, .signerNotNamed) {
    $0.header["x5c"] = nil
    $0.header["x5t#S256"] = nil
  }
  try expect(.signer, .signerNamesDiffer) {
    let other = try SampleKey("emm-sign").certificate
    $0.header["x5c"] = [.string(Base64.text(other.der, .standard))]
  }
  try expect(.signer, .signerUnknown) { $0.header["x5c"] = nil }
  try expect(.signer, .signerUnknown, trust: trust(pinned: [SampleKey("emm-sign").certificate]))
}

@Test func `step 6 takes a pinned certificate by its digest alone`() throws {
  var draft = try draft()
  draft.header["x5c"] = nil
  let pinned = try trust(pinned: [SampleKey(politie).certificate])
  #expect(try refusal(draft, trust: pinned) == nil)
}

@Test func `step 7 key fit: the algorithm is for this kind of key`() throws {
  try expect(.keyFit, .keyUnfit, signer: "emm-sign", .es256) { $0.header["alg"] = "PS256" }
  try expect(.keyFit, .keyUnfit) { $0.header["alg"] = "ES256" }
}

@Test func `step 8 digest: of the octets received, in its one form`() throws {
  try expect(.digest, .digestMismatch) {
    $0.digestField = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  }
  try expect(.digest, .digestMismatch) { $0.digestField = "sha-256=x" }
  var message = try draft().message()
  message = ReceivedMessage(fields: message.fields, body: body + [0x20])
  let verdict = verify(message, trust: try trust(), bodyLimitOctets: 65_536, now: now)
  guard case .invalid(let failure, _) = verdict else {
    Issue.record("an added octet was accepted")
    return
  }
  #expect(failure.step == .digest)
}

@Test func `step 9 signature: by the named key over this header and digest`() throws {
  try expect(.signature, .signatureInvalid) {
    $0.signingKey = try SampleKey("comensha-sign").key
  }
  try expect(.signature, .signatureInvalid) { draft in
    draft.mangle = { String($0.dropLast(8)) + "AAAAAAAA" }
  }
  try expect(.signature, .signatureInvalid) { draft in
    draft.mangle = { String($0.dropLast(4)) }
  }
}

@Test func `step 10 path: to the partner's anchors, now and when it was signed`() throws {
  try expect(.path, .pathInvalid, signer: "expired-sign")
  try expect(.path, .pathInvalid, signer: "rogue-sign")
  try expect(.path, .pathInvalid, at: now.adding(seconds: -10 * 365 * 86_400))
  try expect(
    .path, .extendedKeyUsage, trust: trust(usages: ["1.2.3.4"]), signer: "politie-avim-server")
  let pinned = try trust(pinned: [SampleKey("expired-sign").certificate])
  try expect(.path, .certificateTime, trust: pinned, signer: "expired-sign")
}

@Test func `step 11 revocation: revoked is refused, an old list leaves it undecided`() throws {
  try expect(.revocation, .revoked, signer: "revoked-sign")
  try expect(.revocation, .revoked, trust: trust(lists: "crls"), signer: "revoked-sign")
  try expect(.revocation, .revocationUnknown, trust: trust(lists: "crls-expired"))
  let verdict = verify(
    try draft().message(), trust: try trust(lists: "crls-expired"), bodyLimitOctets: 65_536,
    now: now)
  guard case .undecided = verdict else {
    Issue.record("\(verdict)")
    return
  }
}

@Test func `what was kept of a message reads back as it came`() throws {
  let message = try draft().message()
  let back = try #require(ReceivedMessage(storedForm: message.storedForm))
  #expect(back.body == message.body)
  #expect(back.fields.map(\.name) == message.fields.map(\.name))
  #expect(back.fields.map(\.value) == message.fields.map(\.value))
  let odd = ReceivedMessage(
    fields: [("a", ""), ("b", "x: y"), ("c", " z")], body: Array("\n\nq: r\n".utf8))
  let again = try #require(ReceivedMessage(storedForm: odd.storedForm))
  #expect(again.fields.map(\.value) == ["", "x: y", " z"])
  #expect(again.body == odd.body)
  for text in ["", "a: b", "a: b\n", "ab\n\n", "a:b\n\n"] {
    #expect(ReceivedMessage(storedForm: Array(text.utf8)) == nil, "\(text)")
  }
}

@Test func `step 12 identity: the certificate is this partner's`() throws {
  try expect(.identity, .identityMismatch, trust: trust(oin: "00000099000000020000"))
  try expect(.identity, .identityMismatch, signer: "comensha-sign")
}
