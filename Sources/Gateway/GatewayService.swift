/// The daemon as one value: opens the store, runs the sending loop and the admin socket, and stops.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import HTTPServer
import Intake
import Log
import OpenSSL
import Outbox
import Outcome
import Platform
import Referrals
package import Register
import Seal
import Sending
import Signing
import Wire

/// Why the daemon does not start or did not go on. The exit status says which kind it is.
package struct GatewayError: Error, Sendable {
  package enum Code: String, Sendable {
    case configuration, store, listener, selfTest, failed
    case storeInUse = "store-in-use"
  }
  package let code: Code
  /// For people; no content.
  package let reason: String

  /// sysexits.h: 78 for what an administrator must change, 75 for what may be over at the next
  /// start, 70 for what broke.
  package var exitStatus: Int32 {
    switch code {
    case .configuration: 78
    case .storeInUse: 75
    case .store, .listener, .selfTest, .failed: 70
    }
  }
}

package final class GatewayService: Sendable {
  package static let version = "0.1.0"

  private let outbox: OutboxStore
  private let sender: Sender
  private let spool: Spool
  private let awaiting: AwaitingReceipts
  private let erasing: Erasing
  private let fetching: ListFetching
  private let server: HTTPServer
  private let door: CallbackDoor
  private let callbacks: Callbacks
  private let api: AdminAPI
  private let jobs: JobWorker
  private let reloading: Reloading
  private let fetcher: Fetcher
  private let log: EventLog
  private let clock: GatewayClock

  /// Opens everything; nothing is sent before `run`. `onBroken` is called on the store's thread
  /// after an I/O error, and must end the process: nothing that it says after that is certain.
  /// - Parameter load: reads the configuration again, for `reload`.
  package init(
    _ configuration: Configuration, load: @escaping ConfigurationLoader,
    onBroken: @escaping @Sendable () -> Void
  ) async throws(GatewayError) {
    let log = EventLog(
      now: SystemClock.now, context: [.code("profile", configuration.profile)])
    let clock = GatewayClock(log: log)
    let schemas = try GatewayService.schemas(configuration)
    let startedAt = clock.now()
    let inForce = InForce(
      try Generation(configuration, schemas: schemas.wire, startedAt: startedAt))
    let key = try GatewayService.storeKey(configuration)
    outbox = try await GatewayService.openStore(configuration, key, log, onBroken: onBroken)
    let sockets = Systemd.inheritedSockets()
    do throws(GatewayError) {
      server = try GatewayService.listen(configuration, sockets, log)
      door = try CallbackDoor(configuration, sockets, log, clock)
    } catch {
      await outbox.close()
      throw error
    }
    fetcher = Fetcher()
    let doorbell = Doorbell()
    let counts = Counts()
    let backoff = Backoff(scale: configuration.retryScale)
    let intake = Intake(
      schema: schemas.submission,
      reference: ReferenceData(codeLists: schemas.codeLists))
    let submissions = Submissions(
      inForce: inForce, schemas: schemas, intake: intake, outbox: outbox, log: log, clock: clock)
    sender = Sender(
      outbox: outbox, inForce: inForce, courier: Courier(fetcher), submissions: submissions,
      log: log, counts: counts, backoff: backoff, doorbell: doorbell, clock: clock)
    awaiting = AwaitingReceipts(
      outbox: outbox, inForce: inForce, log: log, counts: counts, backoff: backoff,
      doorbell: doorbell, clock: clock)
    erasing = Erasing(outbox: outbox, clock: clock)
    fetching = ListFetching(inForce, fetcher, awaiting.watch, log, counts, clock)
    jobs = JobWorker(
      outbox: outbox, sending: doorbell, log: log, backoff: backoff, clock: clock)
    spool = Spool(
      folder: try GatewayService.spoolFolder(configuration), submissions: submissions,
      outbox: outbox, labels: CaseLabels(schemas.codeLists),
      contacts: { inForce.contacts }, log: log, doorbell: doorbell, clock: clock)
    reloading = Reloading(
      inForce: inForce, load: load, schemas: schemas.wire, sender: sender, fetcher: fetcher,
      door: door, log: log, clock: clock)
    api = AdminAPI(
      submissions: submissions,
      inspection: Inspection(
        inForce: inForce, schemas: schemas, outbox: outbox, sender: sender, fetching: fetching,
        clock: clock, startedAt: startedAt),
      health: Health(
        inForce: inForce, schemaVersions: schemas.wire.documentVersions, outbox: outbox,
        sender: sender, fetcher: fetcher, fetching: fetching, clock: clock),
      monitoring: Monitoring(
        inForce: inForce, outbox: outbox, sender: sender, fetching: fetching, counts: counts,
        clock: clock, startedAt: startedAt),
      outbox: outbox, doorbell: doorbell, clock: clock, jobs: jobs, reloading: reloading,
      rights: AdminRights(configuration.admin.groups, log), log: log)
    callbacks = Callbacks(
      inForce: inForce, outbox: outbox, log: log, counts: counts, backoff: backoff,
      doorbell: doorbell, clock: clock)
    self.log = log
    self.clock = clock
  }

  /// Recovers, reports ready, sends and answers until `stop`.
  package func run() async throws(GatewayError) {
    let now = clock.now()
    let failure = Locked<OutboxError?>(nil)
    do throws(OutboxError) {
      let recovered = try await outbox.recover(at: now) { progress in
        var machine = DeliveryMachine(
          progress, priority: .routine, expires: now, backoff: Backoff())
        _ = machine.on(.restarted, now: now)
        return machine.record
      }
      log.write(.started(recovered: recovered))
    } catch {
      throw GatewayError(code: .store, reason: "store: \(error.code.rawValue)")
    }
    await fetching.recover()
    Systemd.notify("READY=1\nSTATUS=sending")
    await withDiscardingTaskGroup { group in
      group.addTask { [sender, spool, awaiting, erasing, fetching, server, door, jobs] in
        do throws(OutboxError) {
          try await sender.run()
        } catch {
          failure.withLock { $0 = error }
        }
        awaiting.stop()
        erasing.stop()
        await fetching.stop()
        await spool.stop()
        server.stop()
        door.stop()
        await jobs.stop()
      }
      for loop in [jobs.run, spool.run, awaiting.run, erasing.run] as [StoreLoop] {
        group.addTask { [sender] in
          do throws(OutboxError) {
            try await loop()
          } catch {
            failure.withLock { $0 = error }
            await sender.stop()
          }
        }
      }
      group.addTask { [fetching] in await fetching.run() }
      group.addTask { [server, api] in await server.serve { await api.handle($0) } }
      group.addTask { [door, callbacks] in await door.serve { await callbacks.handle($0) } }
    }
    await fetcher.close()
    await outbox.close()
    if let error = failure.withLock({ $0 }) {
      throw GatewayError(code: .failed, reason: "store: \(error.code.rawValue)")
    }
  }

  /// Takes in what has changed in the configuration's files; a bad one changes nothing.
  package func reload() async -> ReloadOutcome { await reloading.reload() }

  /// Deliveries under way are finished; what waits goes on at the next start.
  package func stop() async {
    Systemd.notify("STOPPING=1")
    log.write(.stopping)
    server.stop()
    door.stop()
    await jobs.stop()
    await spool.stop()
    await sender.stop()
  }
}

/// Ends by itself only when the store breaks.
private typealias StoreLoop = @Sendable () async throws(OutboxError) -> Void

extension GatewayService {
  /// Everything that `--check-config` can find out without a store: schemas compile, keys sign.
  package static func check(_ configuration: Configuration, needsStoreKey: Bool = true)
    throws(GatewayError)
  {
    _ = try Generation(
      configuration, schemas: try schemas(configuration).wire, startedAt: SystemClock.now())
    if needsStoreKey { _ = try storeKey(configuration) }
    _ = try CallbackDoor.tls(configuration)
  }

  fileprivate static func schemas(_ configuration: Configuration) throws(GatewayError)
    -> SchemaFolder
  {
    do {
      return try SchemaFolder.load(configuration.schemas)
    } catch {
      throw GatewayError(code: .configuration, reason: "\(error.path): \(error.reason)")
    }
  }

  fileprivate static func openStore(
    _ configuration: Configuration, _ key: StoreKey, _ log: EventLog,
    onBroken: @escaping @Sendable () -> Void
  ) async throws(GatewayError) -> OutboxStore {
    do {
      return try await OutboxStore(
        folder: configuration.store.folder, profile: configuration.profile.rawValue, key: key,
        reserveOctets: configuration.profile == .development
          ? OutboxLimits.developmentReserveOctets : OutboxLimits.reserveOctets
      ) { error in
        log.write(.storeFailed(error.code))
        onBroken()
      }
    } catch {
      if error.code == .inUse {
        throw GatewayError(
          code: .storeInUse,
          reason: "another gateway has the store \(configuration.store.folder); end that one "
            + "first (systemctl status referral-gateway), or give this one a folder of its own "
            + "in [store]")
      }
      let kind: GatewayError.Code =
        error.code == .otherProfile || error.code == .foreign ? .configuration : .store
      throw GatewayError(code: kind, reason: "store: \(error.code.rawValue): \(error.place)")
    }
  }

  fileprivate static func spoolFolder(_ configuration: Configuration) throws(GatewayError)
    -> SpoolFolder?
  {
    guard let path = configuration.spool else { return nil }
    let folder = SpoolFolder(path: path)
    do {
      try folder.make()
    } catch {
      throw GatewayError(code: .configuration, reason: "spool \(error.path): \(error.reason)")
    }
    return folder
  }

  fileprivate static func storeKey(_ configuration: Configuration) throws(GatewayError)
    -> StoreKey
  {
    do {
      return try StoreKey(file: configuration.store.keyFile)
    } catch {
      throw GatewayError(
        code: .configuration,
        reason: "\(configuration.store.keyFile): \(error.code.rawValue); "
          + "it must hold 32 octets and have mode 0600")
    }
  }

  fileprivate static func listen(
    _ configuration: Configuration, _ sockets: [(name: String, fd: Int32)], _ log: EventLog
  ) throws(GatewayError) -> HTTPServer {
    var options = HTTPServer.Options()
    options.report = { if $0 == .acceptFailed { log.write(.connectionWaits) } }
    do {
      let socket = try adminSocket(configuration, sockets)
      return try HTTPServer(socket: socket, tls: nil, options: options)
    } catch {
      throw GatewayError(
        code: .listener, reason: "admin socket \(configuration.admin.socket): \(error.reason)")
    }
  }

  fileprivate static func adminSocket(
    _ configuration: Configuration, _ sockets: [(name: String, fd: Int32)]
  ) throws(ListenError) -> ListeningSocket {
    if let inherited = sockets.first(where: { $0.name == "admin" }) {
      return try .inherited(inherited.fd)
    }
    return try .unix(path: configuration.admin.socket, mode: configuration.admin.mode)
  }
}
