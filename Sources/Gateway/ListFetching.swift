/// Fetches revocation lists from where the partners' files say, keeps them and hands them over.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Log
import OpenSSL
import Platform
import Register
import Renewal

/// A source and how it does.
struct SourceStanding: Sendable {
  let url: ServiceURL
  let schedule: RenewalSchedule
}

actor ListFetching {
  private let inForce: InForce
  private let fetcher: Fetcher
  private let watch: RevocationWatch
  private let log: EventLog
  private let counts: Counts
  private let clock: GatewayClock
  private let scale: Double
  private var kept: KeptLists
  /// What several partners name is asked once for all of them.
  private var schedules: [ServiceURL: RenewalSchedule] = [:]
  /// Next update of the list that each source gave last.
  private var ends: [ServiceURL: Instant] = [:]
  private var stopping = false
  private let bell = Doorbell()
  private static let lookMilliseconds: Int64 = 1_000
  private static let shortWaitMilliseconds = 20

  init(
    _ inForce: InForce, _ fetcher: Fetcher, _ watch: RevocationWatch, _ log: EventLog,
    _ counts: Counts, _ clock: GatewayClock
  ) {
    self.inForce = inForce
    self.fetcher = fetcher
    self.watch = watch
    self.log = log
    self.counts = counts
    self.clock = clock
    // A reload changes neither.
    scale = inForce.configuration.retryScale
    kept = KeptLists(folder: inForce.configuration.store.folder + "/revocation-lists")
  }

  /// What was fetched before the restart is in force before anything is sent.
  func recover() async {
    let unusable = kept.read()
    if unusable > 0 { log.write(.keptListsUnusable(count: unusable)) }
    await watch.offer(kept.lists)
    await watch.renew(at: clock.now())
  }

  /// Runs until `stop`; a fetch under way is given up then.
  func run() async {
    await withDiscardingTaskGroup { group in
      while !stopping {
        let now = clock.now()
        follow(at: now)
        var room = RenewalLimits.parallelFetches - schedules.values.count(where: \.isUnderWay)
        for (url, schedule) in schedules where schedule.isDue(at: now) && room > 0 {
          room -= 1
          schedules[url]?.begin(at: now)
          group.addTask {
            await self.ask(url, milliseconds: RenewalLimits.totalMilliseconds)
          }
        }
        await bell.wait(milliseconds: ListFetching.lookMilliseconds)
      }
      group.cancelAll()
    }
  }

  func stop() {
    stopping = true
    bell.ring()
  }

  /// The sources that the configuration in force names, no other.
  private func follow(at now: Instant) {
    let named = Set(users.keys)
    schedules = schedules.filter { named.contains($0.key) }
    for url in named where schedules[url] == nil {
      schedules[url] = RenewalSchedule(now: now, scale: scale)
    }
  }

  func sources(of partner: Partner) -> [SourceStanding] {
    partner.revocation.sources.compactMap { url in
      schedules[url].map { SourceStanding(url: url, schedule: $0) }
    }
  }

  /// Asks the partner's sources at once and waits for what comes of it.
  func fetchNow(for partner: Partner) async {
    let begun = clock.now()
    follow(at: begun)
    let sources = partner.revocation.sources
    await withDiscardingTaskGroup { group in
      for url in sources where schedules[url]?.isUnderWay == false {
        schedules[url]?.begin(at: begun)
        group.addTask {
          await self.ask(url, milliseconds: RenewalLimits.orderedMilliseconds)
        }
      }
    }
    // One may have been asked by the schedule just before: its answer will do.
    let latest = begun.adding(milliseconds: Int64(RenewalLimits.orderedMilliseconds))
    while sources.contains(where: { schedules[$0]?.isUnderWay == true }), clock.now() < latest {
      try? await Task.sleep(for: .milliseconds(ListFetching.shortWaitMilliseconds))
    }
    // In force for whoever asks next.
    await watch.renew(at: clock.now())
  }

  private var users: [ServiceURL: [Partner]] {
    var users: [ServiceURL: [Partner]] = [:]
    for link in inForce.links.values where link.partner.isEnabled {
      for url in link.partner.revocation.sources { users[url, default: []].append(link.partner) }
    }
    return users
  }

  private func question(_ url: ServiceURL, for partners: [Partner]) -> ListQuestion {
    let links = inForce.links
    let used = partners.compactMap { links[$0.code.text] }.flatMap(\.revocationLists)
    return ListQuestion(
      url: url, anchors: partners.flatMap(\.revocation.sourceAnchors),
      issuers: partners.flatMap(\.knownIssuers), known: kept.lists + used)
  }

  private func ask(_ url: ServiceURL, milliseconds: Int) async {
    let before = question(url, for: users[url] ?? [])
    let result = await fetcher.get(before.request(totalMilliseconds: milliseconds))
    let partners = users[url] ?? []
    guard !stopping, !partners.isEmpty else {
      schedules[url]?.abandon()
      return
    }
    let now = clock.now()
    let (outcome, list) = question(url, for: partners).judge(result, at: now)
    if let list { await use(list, from: url) }
    schedules[url]?.finish(
      outcome, listEnds: ends[url], at: now, jitter: Double.random(in: 0...1))
    tell(outcome, schedules[url]?.failures ?? 0, partners)
  }

  private func use(_ fetched: FetchedList, from url: ServiceURL) async {
    ends[url] = fetched.list.nextUpdate
    do throws(FileError) {
      try kept.keep(fetched)
    } catch {
      log.write(.listNotKept)
    }
    await watch.offer(kept.lists)
  }

  private func tell(_ outcome: FetchOutcome, _ failures: Int, _ partners: [Partner]) {
    for partner in partners {
      counts.fetch(partner.code.text, outcome)
      guard let label = partner.code.logLabel, outcome != .unchanged else { continue }
      log.write(.listFetched(label, outcome, failures: failures))
    }
  }
}
