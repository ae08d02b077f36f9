/// Brings fresh revocation lists into force, from files and from the network, without a restart.
// SPDX-License-Identifier: Apache-2.0
import Log
import OpenSSL
import Platform
import Register

/// How a list stands, or all of a partner's: then the worst of them.
enum RevocationStanding: String, Sendable, CaseIterable, Comparable {
  case fresh
  /// Past the next update: receipts wait, connections are still made.
  case grace
  /// An authority that we know has no list: receipts wait, connections are made for a while.
  case missing
  /// Past the grace too: nothing is sent.
  case ended

  static func < (a: RevocationStanding, b: RevocationStanding) -> Bool { a.rank < b.rank }
  private var rank: Int { RevocationStanding.allCases.firstIndex(of: self) ?? 0 }

  init(_ list: RevocationList, graceHours: Int, at now: Instant) {
    if let end = list.nextUpdate, now < end {
      self = .fresh
      return
    }
    let holds = ServerRevocation.holds(
      until: list.nextUpdate, graceSeconds: Int64(graceHours) * 3_600, at: now)
    self = holds ? .grace : .ended
  }

  /// Lists of authorities that have nothing to do with the partner say nothing.
  init(_ lists: [RevocationList], of partner: Partner, at now: Instant) {
    let issuers = Set(partner.knownIssuers.map(\.subject))
    let known = lists.filter { issuers.contains($0.issuer) }
    let isComplete = issuers.isSubset(of: known.map(\.issuer))
    let standings = known.map {
      RevocationStanding($0, graceHours: partner.revocation.graceHours, at: now)
    }
    self = (standings + [isComplete ? .fresh : .missing]).max() ?? .missing
  }
}

actor RevocationWatch {
  private let inForce: InForce
  private let log: EventLog
  /// What was found of each file when it was last read.
  private var marks: [RevocationFiles: [String: FileMark]] = [:]
  private var lists: [String: [RevocationList]] = [:]
  /// What the gateway fetched itself, of all authorities.
  private var fetched: [RevocationList] = []
  private var standings: [String: RevocationStanding] = [:]
  /// Partners whose receipts that wait are to be judged again.
  private var renewed: Set<String> = []
  /// Lists by partner that somebody else signed in an authority's name; told of once.
  private var incredible: [String: Set<[UInt8]>] = [:]

  init(inForce: InForce, log: EventLog) {
    self.inForce = inForce
    self.log = log
  }

  /// In force from the next look on, for partners whose files name sources.
  func offer(_ lists: [RevocationList]) { fetched = lists }

  /// The partners for whom other lists are in force than at the look before.
  func look(at now: Instant) -> Set<String> {
    renew(at: now)
    defer { renewed = [] }
    return renewed
  }

  /// Brings into force what there is; the next look tells of it.
  func renew(at now: Instant) {
    let watched = inForce.links.values.filter { $0.partner.isEnabled }
    for files in Set(watched.compactMap(\.partner.revocation.files)) { read(files) }
    for link in watched where renew(link, at: now) { renewed.insert(link.partner.code.text) }
  }

  /// A file that is half-written or no list says so in the log, and what it held before stays.
  private func read(_ files: RevocationFiles) {
    let found = files.marks
    let before = marks[files] ?? [:]
    guard found != before else { return }
    marks[files] = found
    for file in before.keys where found[file] == nil { lists[file] = nil }
    for (file, mark) in found where before[file] != mark {
      if let read = RevocationFiles.lists(in: file) {
        lists[file] = read
      } else {
        report(LogEvent.revocationListUnusable, for: files)
      }
    }
  }

  /// True when the lists changed, or what they allow.
  private func renew(_ link: PartnerLink, at now: Instant) -> Bool {
    guard link.partner.revocation.mode == .crl else { return false }
    let code = link.partner.code.text
    let issuers = link.partner.knownIssuers
    let found = read(for: link.partner)
    let inForce = link.revocationLists
    let next = inForce.renewed(by: found, issuers: issuers)
    let refused = Set(found.filter { !$0.isCredible(issuers) }.map(\.der))
    if !refused.isSubset(of: incredible[code] ?? []), let label = link.partner.code.logLabel {
      log.write(.revocationListUnusable(label))
    }
    incredible[code] = refused
    let isOther = Set(next.map(\.der)) != Set(inForce.map(\.der))
    let standing = RevocationStanding(next, of: link.partner, at: now)
    let before = standings[code]
    standings[code] = standing
    guard isOther || before != nil && before != standing else {
      if before == nil { tell(link, standing, next.count) }
      return false
    }
    link.use(next)
    tell(link, standing, next.count)
    return true
  }

  private func read(for partner: Partner) -> [RevocationList] {
    let paths = partner.revocation.files.flatMap { marks[$0] }?.keys.sorted() ?? []
    let own = paths.flatMap { lists[$0] ?? [] }
    guard !partner.revocation.sources.isEmpty else { return own }
    let names = Set(partner.knownIssuers.map(\.subject))
    return own + fetched.filter { names.contains($0.issuer) }
  }

  private func tell(_ link: PartnerLink, _ standing: RevocationStanding, _ count: Int) {
    guard let label = link.partner.code.logLabel else { return }
    log.write(.revocationLists(label, standing, count: count))
  }

  private func report(_ event: (PartnerLabel) -> LogEvent, for files: RevocationFiles) {
    for link in inForce.links.values where link.partner.revocation.files == files {
      if let label = link.partner.code.logLabel { log.write(event(label)) }
    }
  }
}
