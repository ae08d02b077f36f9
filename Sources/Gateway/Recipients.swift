/// Who is to get a document of one revision, on what ground, and what a refusal does to the rest.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Log
import Outbox
import Referrals
import Register

struct Recipients {
  struct Wanted {
    let partner: String
    let ground: Ground
  }

  enum Ground {
    /// By the submission itself: all of these, or nothing is accepted.
    case named
    /// By these routes: one that its policy keeps out is listed.
    case routed([String])
    /// It has an earlier revision.
    case earlier
  }

  /// By partner code; without those that have a delivery of this revision.
  let wanted: [Wanted]
  /// Withdrawals of something that no attempt can have brought there.
  let notSent: [Destinations.NotSent]

  var chosen: [String: [String]] {
    let routed = wanted.compactMap { one in
      if case .routed(let routes) = one.ground { (one.partner, routes) } else { nil }
    }
    return Dictionary(routed, uniquingKeysWith: { first, _ in first })
  }

  /// - Parameter routing: asked only for a new revision that names nobody; routes by partner.
  init(
    of part: SubmissionPart, _ earlier: EarlierRevisions, routing: () -> [String: [String]]
  ) {
    let operation = part.header.operation
    // The revision that was accepted keeps its recipients, whatever the routes say today.
    let routes =
      part.recipients == nil && operation != .withdraw && earlier.digest == nil ? routing() : [:]
    var grounds: [String: Ground] = [:]
    if operation != .create { for code in earlier.recipients { grounds[code] = .earlier } }
    for (code, names) in routes { grounds[code] = .routed(names) }
    for code in part.recipients ?? [] { grounds[code] = .named }
    let missing = grounds.filter { earlier.deliveries[$0.key] == nil }
      .map { Wanted(partner: $0.key, ground: $0.value) }
      .sorted { $0.partner < $1.partner }
    guard operation == .withdraw else {
      (wanted, notSent) = (missing, [])
      return
    }
    wanted = missing.filter { earlier.reached[$0.partner] != nil }
    notSent = missing.filter { earlier.reached[$0.partner] == nil }.map {
      Destinations.NotSent(partner: $0.partner, code: NotSentGround.neverReached.rawValue)
    }
  }
}

/// What refusals leave of a submission.
struct LeftOut {
  private(set) var notSent: [Destinations.NotSent]
  private var ofNamed: [Reason] = []
  private var ofOthers: [Reason] = []
  /// Of partners that nothing can be sent to. The others do not wait for them: whoever hands it in
  /// is told who must hear of it in another way.
  private var ofGone: [Reason] = []

  init(notSent: [Destinations.NotSent]) { self.notSent = notSent }

  mutating func add(_ reasons: [Reason], for wanted: Recipients.Wanted) {
    switch wanted.ground {
    case .named: ofNamed += reasons
    case .earlier where reasons.allSatisfy({ LeftOut.gone.contains($0.rule) }):
      ofGone += reasons
      notSent.append(
        Destinations.NotSent(
          partner: wanted.partner, code: NotSentGround.partnerGone.rawValue))
    case .routed, .earlier:
      ofOthers += reasons
      for code in reasons.map(\.rule.rawValue) {
        let one = Destinations.NotSent(partner: wanted.partner, code: code)
        if !notSent.contains(one) { notSent.append(one) }
      }
    }
  }

  private static let gone: Set<Rule> = [.unknownPartner, .partnerDisabled]

  /// Nil when the submission is accepted.
  func refusals(of part: SubmissionPart, documents: Int, hasRoutes: Bool) -> Refusals? {
    guard ofNamed.isEmpty else { return Refusals(reasons: ofNamed + ofOthers + ofGone) }
    switch part.header.operation {
    // What a partner has been told wrongly is put right there, or somebody must look.
    case .correct: if !ofOthers.isEmpty { return Refusals(reasons: ofOthers) }
    case .withdraw: return ofOthers.isEmpty ? nil : Refusals(reasons: ofOthers)
    case .create, .update: break
    }
    guard documents == 0, part.recipients == nil else { return nil }
    let place = JSONPointer(tokens: ["recipients"])
    let ground = Reason(hasRoutes ? .noRoute : .noRecipient, at: place)
    return Refusals(reasons: [ground] + ofOthers + ofGone)
  }
}

extension Destinations {
  /// Who must hear of it in another way.
  var gone: [PartnerLabel] {
    notSent.filter { $0.code == NotSentGround.partnerGone.rawValue }
      .compactMap { PartnerLabel($0.partner) }
  }
}

extension Configuration {
  var hasRoutes: Bool { !routes.isEmpty || projects.contains(where: \.isRouted) }
}
