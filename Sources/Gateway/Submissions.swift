/// The way of a submission, written once: read, disclose, encode, sign, keep, answer.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Intake
import JSON
import JSONSchema
import Log
import OpenSSL
import Outbox
import Platform
import Referrals
import Register
import Sending
import Signing
import Wire

/// What one submission is judged by.
struct Circumstances {
  let generation: Generation
  let origin: SubmissionOrigin
  let now: Instant

  var configuration: Configuration { generation.configuration }
}

struct Submissions: Sendable {
  let inForce: InForce
  let schemas: SchemaFolder
  let intake: Intake
  let outbox: OutboxStore
  let log: EventLog
  let clock: GatewayClock

  /// Another submission of the same referral may come between look and write this often.
  private static let tries = 5

  /// - Parameter bundle: of the files that were handed in for it.
  func submit(
    _ octets: [UInt8], with bundle: UniversalID? = nil, by actor: String,
    as origin: SubmissionOrigin = .caseSystem
  ) async throws(OutboxError) -> SubmissionAnswer {
    let answer = try await accept(octets, with: bundle, by: actor, as: origin)
    // What was taken is in no bundle any more; the rest need not wait for its hour.
    if let bundle { try await outbox.forget(bundle: bundle, of: actor) }
    return answer
  }

  private func accept(
    _ octets: [UInt8], with bundle: UniversalID?, by actor: String, as origin: SubmissionOrigin
  ) async throws(OutboxError) -> SubmissionAnswer {
    let (submission, files): (ReadSubmission, [SubmittedFile])
    switch try await read(octets, with: bundle, by: actor) {
    case .success(let found): (submission, files) = found
    case .failure(let refusals): return refuse(refusals.reasons)
    }
    for _ in 0..<Submissions.tries {
      do throws(OutboxError) {
        if let answer = try await attempt(submission, files, by: actor, as: origin) {
          return answer
        }
      } catch {
        guard error.code == .full else { throw error }
        return .unavailable(.storeFull)
      }
    }
    return .unavailable(.busy)
  }

  func preview(
    _ octets: [UInt8], for partner: String, as origin: SubmissionOrigin = .caseSystem
  ) async throws(OutboxError) -> Result<Preview, Refusals> {
    // A preview needs the description of its files only.
    switch intake.read(octets, files: nil) {
    case .refused(let reasons): return .failure(Refusals(reasons: reasons))
    case .read(let submission):
      let header = submission.referral.header
      let earlier = try await outbox.earlier(header.referralID, revision: header.revision)
      return try await compose(
        submission.referral, for: partner, of: submission.recipients, earlier,
        by: Circumstances(generation: inForce.now, origin: origin, now: clock.now()))
    }
  }

  private func refuse(_ reasons: [Reason]) -> SubmissionAnswer {
    log.write(.refused(reasons: reasons.count))
    return .refused(reasons)
  }

  /// Nil when the store changed meanwhile.
  private func attempt(
    _ submission: ReadSubmission, _ files: [SubmittedFile], by actor: String,
    as origin: SubmissionOrigin
  ) async throws(OutboxError) -> SubmissionAnswer? {
    guard !clock.isInDoubt else { return .unavailable(.clockSuspect) }
    // One configuration for the whole submission, whatever a reload brings meanwhile.
    let circumstances = Circumstances(
      generation: inForce.now, origin: origin, now: clock.now())
    let main = SubmissionPart(
      read: submission.main, recipients: submission.recipients, member: "referral", files: files)
    var parts = [main]
    // A reclassification: both are kept in one commit, or neither.
    if let withdrawal = submission.withdrawal {
      parts.append(SubmissionPart(read: withdrawal, recipients: [], member: "withdraws"))
    }
    var new: [NewSubmission] = []
    var notSent: [Destinations.NotSent] = []
    var reasons: [Reason] = []
    for part in parts {
      switch try await prepare(part, from: actor, by: circumstances) {
      case .success(let prepared):
        if let submission = prepared.submission { new.append(submission) }
        notSent += prepared.destinations.notSent
      case .failure(let refusals):
        reasons += refusals.reasons.map { $0.moved(to: part.member) }
      }
    }
    guard reasons.isEmpty else { return refuse(reasons) }
    if !new.isEmpty {
      guard try await keep(new) else { return nil }
      for one in new {
        log.write(.accepted(one.header.referralID, deliveries: one.deliveries.count))
        for partner in one.destinations.gone {
          log.write(.recipientGone(one.header.referralID, partner))
        }
      }
    }
    return .accepted(
      try await answer(parts, repeated: new.isEmpty, notSent, advice: submission.advice))
  }

  /// As the store has it, so that the same submission is answered the same another time.
  private func answer(
    _ parts: [SubmissionPart], repeated: Bool, _ found: [Destinations.NotSent], advice: [Advice]
  ) async throws(OutboxError) -> AcceptedSubmission {
    var deliveries: [(delivery: DeliverySummary, routes: [String])] = []
    var notSent: [Destinations.NotSent] = []
    for part in parts {
      let (id, revision) = (part.header.referralID, part.header.revision)
      let kept = try await outbox.destinations(of: id, revision: revision)
      let sent = try await outbox.deliveries(of: id, revision: revision)
      // Who was out of reach then may have been brought in since.
      notSent += kept.notSent.filter { one in !sent.contains { $0.partner == one.partner } }
      deliveries += sent.map { ($0, kept.chosen[$0.partner] ?? []) }
    }
    notSent += found.filter { !notSent.contains($0) }
    return AcceptedSubmission(
      referralID: parts[0].header.referralID, revision: parts[0].header.revision,
      repeated: repeated, deliveries: deliveries, notSent: notSent, advice: advice)
  }

  /// T0.
  private func keep(_ submissions: [NewSubmission]) async throws(OutboxError) -> Bool {
    #if DEBUG
      if PlantedFault.current == .answerBeforeCommit {
        Task {
          try await Task.sleep(for: .milliseconds(100))
          return try await outbox.accept(submissions)
        }
        return true
      }
    #endif
    return try await outbox.accept(submissions)
  }
}
