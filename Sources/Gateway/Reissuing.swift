/// A document that its partner could not read, made again in a version that it knows.
// SPDX-License-Identifier: Apache-2.0
import Intake
import Outbox
import Platform
import Referrals
import Register
import Signing

/// What a document written again keeps of the one before it.
struct Reissue: Sendable {
  let version: SchemaVersion
  /// The document that it stands for.
  let causation: UniversalID
}

extension Submissions {
  /// Disclosed anew by the policy in force and signed, ready to be kept in the commit that ends the
  /// old one (docs/states.md). Nil where a person must look: the content is erased, a rule refuses
  /// it now, or the version cannot say what must be understood.
  func reissue(_ delivery: StoredDelivery, in version: SchemaVersion, at now: Instant)
    async throws(OutboxError) -> NewDelivery?
  {
    let (referralID, revision) = (delivery.referralID, delivery.revision)
    // An exercise between real identities was let through as the shipped one, or not at all.
    let circumstances = Circumstances(
      generation: inForce.now, origin: delivery.exercise ? .shippedExercise : .caseSystem, now: now)
    guard let link = circumstances.generation.links[delivery.partner],
      let octets = try await outbox.keptRevision(referralID, revision),
      let referral = intake.reopen(octets, exercise: delivery.exercise)
    else { return nil }
    let earlier = try await outbox.earlier(referralID, revision: revision)
    let composed = try await compose(
      referral, for: delivery.partner, of: [delivery.partner], earlier, by: circumstances,
      again: Reissue(version: version, causation: delivery.document.id))
    switch composed {
    case .success(let preview):
      return try? seal([(link, preview.document)], by: circumstances).get().first
    case .failure: return nil
    }
  }
}
