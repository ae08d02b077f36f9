/// Files of sent documents, fetched by the partner that has the document (docs/wire.md).
// SPDX-License-Identifier: Apache-2.0
import Digest
import HTTPServer
import JSON
import Log
import Outbox
import Platform
import Register
import Sending
import Signing
import Wire

/// `/v1/referrals/DOCUMENT/attachments/ATTACHMENT`.
struct AttachmentRequest: Equatable {
  let document: UniversalID
  /// As the document calls it.
  let attachment: String

  private static let head = "/v1/referrals/"

  static func isMeant(by path: String) -> Bool { path.hasPrefix(head) }

  init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, AttachmentRequest.isMeant(by: path), parts[4] == "attachments",
      let document = UniversalID(parts[3]), !parts[5].isEmpty
    else { return nil }
    self.document = document
    attachment = parts[5]
  }
}

extension Callbacks {
  /// A document of another partner and one that never was look the same.
  /// - Parameter links: every partner that the caller is; a hub may be several.
  func attachment(_ wanted: AttachmentRequest?, to links: [PartnerLink]) async -> Response {
    do throws(OutboxError) {
      guard let wanted, let (link, sent) = try await sent(wanted.document, to: links),
        let named = NamedFile.all(in: (try? JSONReader.read(sent.document.octets))?["data"])
          .first(where: { $0.id == wanted.attachment })
      else {
        return refuse(
          Problem(.unknownEndpoint, "no such file of a document of yours"), links.first)
      }
      guard try await mayHave(link) else {
        return refuse(Problem(.temporarilyUnavailable, "nothing goes to you now"), link)
      }
      let partner = link.partner.code.text
      let now = clock.now()
      let end = sent.expires.adding(seconds: OutboxLimits.fileKeptSeconds)
      let files = try await outbox.files(of: sent.referralID, upTo: Int.max)
      guard now < end, let file = files[named.sha256], file.stored.octets == named.size else {
        return refuse(Problem(.erased, "the file is kept no longer"), link)
      }
      try await outbox.noteFetch(of: sent.row, place: named.place, at: now)
      counts.callback(partner, "file")
      if let label = link.partner.code.logLabel {
        log.write(.fileFetched(sent.document.id, label, place: named.place))
      }
      return answer(with: file.stored, named)
    } catch {
      log.write(.storeFailed(error.code))
    }
    return refuse(Problem(.temporarilyUnavailable, "the store does not answer"), links.first)
  }

  private func sent(_ id: UniversalID, to links: [PartnerLink]) async throws(OutboxError)
    -> (PartnerLink, StoredDelivery)?
  {
    for link in links {
      let partner = link.partner.code.text
      if let sent = try await outbox.sentDocument(id, to: partner) { return (link, sent) }
    }
    return nil
  }

  /// Not one that is switched off, and not one that an operator or a doubt about its security has
  /// suspended: a file is a disclosure like any other.
  private func mayHave(_ link: PartnerLink) async throws(OutboxError) -> Bool {
    guard link.partner.isEnabled, !clock.isInDoubt else { return false }
    let suspension = try await outbox.suspensions().first {
      $0.partner == link.partner.code.text
    }
    let closing: [SuspensionCause] = [.security, .paused]
    return suspension.map { found in !closing.contains { $0.rawValue == found.cause } } ?? true
  }

  private func answer(with file: StoredFile, _ named: NamedFile) -> Response {
    let next = Locked(0)
    let outbox = self.outbox
    let stream = BodyStream(octets: file.octets) {
      let number = next.withLock { number in
        defer { number += 1 }
        return number
      }
      guard number < file.parts else { return nil }
      return try? await outbox.part(number, of: file.id)
    }
    return Response(
      status: 200,
      fields: [
        HTTPField("Content-Type", named.mediaType), HTTPField("Digest", named.sha256.field),
        HTTPField("Content-Disposition", "attachment"),
      ] + standing, stream: stream)
  }
}
