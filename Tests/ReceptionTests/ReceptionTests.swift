/// What a partner answers to sound, repeated, late, foreign and forged documents.
// SPDX-License-Identifier: Apache-2.0
import Acknowledgement
import Digest
import HTTPServer
import JSON
import Platform
import Reception
import Referrals
import Register
import Signing
import TestSupport
import Testing
import Wire

@Suite struct ReceptionTests {
  @Test func `a new document gets 202 and a receipt that the gateway verifies`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    let answer = await partner.receive(document.message)
    #expect(answer.status == 202)
    #expect(answer.statement == "receipt")
    for name in [
      "API-Version", "Cache-Control", "X-Content-Type-Options", "Strict-Transport-Security",
    ] {
      #expect(answer.value(of: name) != nil, "\(name) is missing")
    }
    let configuration = try ExampleRegister.configuration()
    let check = AcknowledgementCheck(
      partner: try #require(configuration.partner(partner.identity)),
      ourIdentity: try #require(PartnerIdentity(configuration.identity.source)),
      schemas: try PublishedSchemas.folder().wire)
    let verdict = await check.judge(
      ReceivedMessage(
        fields: answer.fields.map { (name: $0.name, value: $0.value) }, body: answer.body),
      now: Sender.now,
      expected: { _ in
        ExpectedExchange(
          messageID: document.id, payloadDigest: document.digest,
          signatureDigest: document.signatureDigest, issuedAt: document.issuedAt)
      }, known: { _ in nil })
    guard case .verified(let receipt, _) = verdict else {
      Issue.record("not verified: \(verdict)")
      return
    }
    #expect(receipt.kind == .receipt)
    #expect(receipt.messageID == document.id)
  }

  @Test func `a version that is not known here gets 415 with those that are`() async throws {
    let partner = try PartnerUnderTest(schemaMax: "1.0.0")
    var sender = Sender()
    sender.version = "1.1.0"
    let answer = await partner.receive(try sender.document().message)
    #expect(answer.status == 415)
    let problem = try JSONReader.read(answer.body)
    #expect(problem["type"]?.text?.hasSuffix("/unsupported-schema-version") == true)
    #expect(problem["supported"] == ["1.0.0"])
    #expect(try await partner.effects("effects") == 0)
    sender.version = "1.0.0"
    #expect(await partner.receive(try sender.document().message).status == 202)
    sender.version = "1.1.0"
    sender.referralID = UniversalID.v4(random: [UInt8](repeating: 5, count: 16))
    #expect(await (try PartnerUnderTest()).receive(try sender.document().message).status == 202)
  }

  @Test func `the same document again gets 200 and the same octets`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    let first = await partner.receive(document.message)
    let second = await partner.receive(document.message)
    #expect(second.status == 200)
    #expect(second.body == first.body)
    #expect(second.fields == first.fields)
    #expect(try await partner.effects("effects") == 1)
    #expect(try await partner.effects("repeats") == 1)
  }

  @Test func `documents at the same time take effect once each`() async throws {
    let partner = try PartnerUnderTest()
    let messages = try (0..<8).map { _ in try Sender().document().message }
    let statuses = await withTaskGroup(of: Int.self) { group in
      for message in messages + messages {
        group.addTask { [reception = partner.reception] in await reception.receive(message).status }
      }
      return await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(statuses.filter { $0 == 202 }.count == 8)
    #expect(statuses.allSatisfy { [200, 202, 409].contains($0) })
    #expect(try await partner.effects("effects") == 8)
  }

  @Test func `other octets under a known id are refused with 422`() async throws {
    let partner = try PartnerUnderTest()
    let octets = [UInt8](repeating: 9, count: 16)
    let first = await partner.receive(try Sender().document(idOctets: octets).message)
    let second = await partner.receive(try Sender().document(idOctets: octets).message)
    #expect(first.status == 202)
    #expect(second.status == 422)
    #expect(second.problem == "idempotency-key-reused")
    #expect(try await partner.effects("effects") == 1)
  }

  @Test func `a lower revision is rejected as superseded`() async throws {
    let partner = try PartnerUnderTest()
    var sender = Sender(revision: 2, operation: "update")
    let later = await partner.receive(try sender.document().message)
    sender.revision = 1
    sender.operation = "create"
    let earlier = await partner.receive(try sender.document().message)
    #expect(later.status == 202)
    #expect(earlier.status == 200)
    #expect(earlier.statement == "rejection superseded")
  }

  @Test func `an equal revision needs to name the document that it replaces`() async throws {
    let partner = try PartnerUnderTest()
    var sender = Sender()
    let first = try sender.document()
    _ = await partner.receive(first.message)
    let double = await partner.receive(try sender.document().message)
    #expect(double.statement == "rejection duplicate-of")
    sender.cause = first.id
    let reissue = await partner.receive(try sender.document().message)
    #expect(reissue.status == 202)
    #expect(try await partner.effects("documents") == 2)
    #expect(try await partner.effects("effects") == 1)
  }

  @Test func `a withdrawal erases what came before it and stays as a tombstone`() async throws {
    let partner = try PartnerUnderTest()
    var sender = Sender()
    let first = try sender.document()
    _ = await partner.receive(first.message)
    #expect(try await partner.holds("persons"))
    sender.revision = 2
    sender.operation = "withdraw"
    let withdrawal = await partner.receive(try sender.document().message)
    #expect(withdrawal.status == 202)
    #expect(try await !partner.holds("persons"))
    let repeated = await partner.receive(first.message)
    #expect(repeated.statement == "receipt")
    #expect(try await partner.store.answer(.document(first.id))?["erased"]?.flag == true)
  }

  @Test func `a withdrawal of something unknown is taken and bars what comes late`() async throws {
    let partner = try PartnerUnderTest()
    var sender = Sender(revision: 2, operation: "withdraw")
    let withdrawal = await partner.receive(try sender.document().message)
    sender.revision = 1
    sender.operation = "create"
    let late = await partner.receive(try sender.document().message)
    #expect(withdrawal.status == 202)
    #expect(late.statement == "rejection superseded")
  }
}

@Suite struct RefusalTests {
  @Test func `a document for somebody else is rejected and not kept`() async throws {
    let partner = try PartnerUnderTest("comensha", oin: "00000099000000030000")
    let answer = await partner.receive(try Sender().document().message)
    #expect(answer.status == 200)
    #expect(answer.statement == "rejection not-addressee")
    #expect(try await partner.effects("documents") == 0)
  }

  @Test func `an expired document is rejected, with some grace`() async throws {
    let document = try Sender().document()
    let soon = try PartnerUnderTest(now: Sender.now.adding(seconds: 3_600 + 299))
    #expect(await soon.receive(document.message).status == 202)
    let late = try PartnerUnderTest(now: Sender.now.adding(seconds: 3_600 + 302))
    #expect(await late.receive(document.message).statement == "rejection message-expired")
  }

  @Test func `a document from the future is refused until its time has come`() async throws {
    let partner = try PartnerUnderTest()
    let answer = await partner.receive(
      try Sender(madeAt: Sender.now.adding(seconds: 302)).document().message)
    #expect(answer.status == 400)
    #expect(answer.problem == "clock-skew")
    #expect(answer.value(of: "Retry-After") != nil)
  }

  @Test func `changed octets and changed signatures are refused`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    var body = document.octets
    body[body.count / 2] ^= 1
    let changed = await partner.receive(ReceivedMessage(fields: document.requestFields, body: body))
    #expect(changed.status == 400)
    #expect(changed.problem == "digest-mismatch")
    let digest = SHA256Digest(of: body).field
    let redigested = await partner.receive(document.message("Digest", digest, body: body))
    #expect(redigested.problem == "signature-invalid")
    let foreign = try Sender().document().signature
    let swapped = await partner.receive(document.message("Payload-Signature", foreign))
    #expect(swapped.problem == "signature-invalid")
    #expect(try await partner.effects("documents") == 0)
  }

  @Test func `the Idempotency-Key is the signed id in quotes`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    let other = UniversalID.v4(random: [UInt8](repeating: 1, count: 16))
    for value in ["\"\(other)\"", "\(document.id)", "\"\"", "\""] {
      let answer = await partner.receive(document.message("Idempotency-Key", value))
      #expect(answer.status == 400)
      #expect(answer.problem == "malformed")
    }
  }

  @Test func `another media type is refused with 415`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    let answer = await partner.receive(document.message("Content-Type", "application/json"))
    #expect(answer.status == 415)
  }

  @Test func `a document that is too large is refused with 413`() async throws {
    let partner = try PartnerUnderTest()
    let document = try Sender().document()
    let padding = [UInt8](repeating: 0x20, count: WireLimits.documentOctets)
    let message = ReceivedMessage(fields: document.requestFields, body: document.octets + padding)
    #expect(await partner.receive(message).status == 413)
  }
}
