/// The partner as a service: a listener with mutual TLS, a socket for its people, an orderly end.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import JSON
package import Log
package import OpenSSL
package import Platform
package import Register
package import SQLite
package import Signing
package import Wire

/// What a partner needs to know to receive from one sender.
package struct ReceptionSettings: Sendable {
  package struct Listener: Sendable {
    /// An IPv4 or IPv6 address.
    package let address: String
    /// 0 lets the system choose.
    package let port: UInt16
    package let tls: TLSServerContext

    package init(address: String, port: UInt16, tls: TLSServerContext) {
      self.address = address
      self.port = port
      self.tls = tls
    }
  }

  /// Our own, the `source` of our answers.
  package let identity: PartnerIdentity
  package let listener: Listener
  package let adminSocket: String?
  package let stateFolder: String
  package let signing: SigningIdentity
  package let sender: PartnerIdentity
  package let trust: SignerTrust
  package let schemas: WireSchemas
  package let exerciseOnly: Bool
  /// Nil: this partner says nothing after the receipt.
  package let gateway: GatewayRoad?

  package init(
    identity: PartnerIdentity, listener: Listener, adminSocket: String?, stateFolder: String,
    signing: SigningIdentity, sender: PartnerIdentity, trust: SignerTrust, schemas: WireSchemas,
    exerciseOnly: Bool, gateway: GatewayRoad?
  ) {
    self.identity = identity
    self.listener = listener
    self.adminSocket = adminSocket
    self.stateFolder = stateFolder
    self.signing = signing
    self.sender = sender
    self.trust = trust
    self.schemas = schemas
    self.exerciseOnly = exerciseOnly
    self.gateway = gateway
  }
}

/// Why the service cannot start.
package struct StartError: Error, Sendable {
  package let reason: String

  init(_ part: String, _ reason: String) { self.reason = "\(part): \(reason)" }
}

package final class ReceptionService: Sendable {
  private let reception: Reception
  private let exercise: Exercise?
  private let bringing: Bringing?
  private let fetching: AttachmentFetching?
  private let sender: PartnerIdentity
  private let store: ReceptionStore
  private let listener: HTTPServer
  private let admin: HTTPServer?
  private let log: EventLog

  /// Opens the store and listens; clients wait until `run`. `onBroken` is called once the store can
  /// keep nothing more: end the process, recovery happens at the restart. With an `exercise` it
  /// answers documents as that says.
  package init(
    _ settings: ReceptionSettings, exercise: PermittedExercise? = nil,
    now: @escaping @Sendable () -> Instant, log: EventLog,
    onBroken: @escaping @Sendable (StoreError) -> Void
  ) throws(StartError) {
    guard settings.signing.selfTest() else { throw StartError("signing", "the key cannot sign") }
    do {
      try Files.makeFolder(settings.stateFolder)
    } catch {
      throw StartError("state", error.reason)
    }
    let foreign: Signer?
    do {
      // Before anybody can connect and wait for it.
      foreign = try exercise.flatMap { (plan) throws(OpenSSLError) in
        try Exercise.foreignSigner(plan, settings.signing)
      }
    } catch {
      throw StartError("exercise", "no foreign key can be made")
    }
    (listener, admin) = try Self.listen(settings, now, exercise, log)
    do {
      store = try ReceptionStore(folder: settings.stateFolder) { error in
        log.write(.storeFailed(error))
        onBroken(error)
      }
    } catch {
      throw StartError("state", "\(error.code.rawValue) at \(error.place)")
    }
    sender = settings.sender
    self.log = log
    bringing = settings.gateway.map { [store] road in
      Bringing(road, settings, store: store, now: now, log: log)
    }
    fetching = bringing.flatMap { [store] bringing in
      guard let road = settings.gateway, road.fetchesAttachments else { return nil }
      return AttachmentFetching(road, bringing, store: store, now: now, log: log)
    }
    let check = DocumentCheck(
      identity: settings.identity, sender: settings.sender, trust: settings.trust,
      schemas: settings.schemas, exerciseOnly: settings.exerciseOnly)
    reception = Reception(
      identity: settings.identity, check: check, signing: settings.signing, store: store,
      now: now, log: log)
    self.exercise = exercise.map { [reception, store] exercise in
      Exercise(
        exercise, around: reception, check: check, signing: settings.signing, foreign: foreign,
        store: store, now: now, log: log)
    }
  }

  private static func listen(
    _ settings: ReceptionSettings, _ now: @escaping @Sendable () -> Instant,
    _ exercise: PermittedExercise?, _ log: EventLog
  ) throws(StartError) -> (HTTPServer, HTTPServer?) {
    var options = HTTPServer.Options()
    options.report = { log.write(.connection($0)) }
    // A sender compares it with its own clock when signatures seem to come from the future.
    options.date = { now().httpDate }
    if let exercise { options.deadlines.handler += .seconds(exercise.longestPauseSeconds) }
    let listener: HTTPServer
    do {
      let at = settings.listener
      listener = try HTTPServer(
        socket: try .tcp(address: at.address, port: at.port), tls: at.tls, options: options)
    } catch {
      throw StartError("listen", error.reason)
    }
    guard let path = settings.adminSocket else { return (listener, nil) }
    do {
      return (
        listener, try HTTPServer(socket: try .unix(path: path), tls: nil, options: options)
      )
    } catch {
      throw StartError("admin_socket", error.reason)
    }
  }

  /// The port listened on.
  package var port: UInt16 { listener.port }

  /// Serves until `stop`; requests in handling are answered, then the store is closed.
  package func run() async {
    log.write(.listening(port: port))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.listener.serve { await self.answer($0) } }
      if let admin { group.addTask { await admin.serve { await self.inspect($0) } } }
      if let bringing { group.addTask { await bringing.run() } }
      if let fetching { group.addTask { await fetching.run() } }
    }
    await store.close()
    log.write(.stopped)
  }

  package func stop() {
    listener.stop()
    admin?.stop()
    bringing?.stop()
    fetching?.stop()
  }

  private func answer(_ request: Request) async -> Response {
    // Checking and signing take milliseconds that the loop's thread must not lose.
    await withTaskExecutorPreference(globalConcurrentExecutor) { await route(request) }
  }

  private func route(_ request: Request) async -> Response {
    switch (request.method, request.path) {
    case (.get, "/v1/health"):
      return Response(
        status: 200,
        fields: [HTTPField("Content-Type", "application/json")] + Response.standingFields,
        body: JSONWriter.write(["status": "ok"]))
    case (.post, "/v1/referrals"):
      guard let client = request.peerCertificate, sender.isSubject(of: client) else {
        return reception.refuse(Problem(.clientCertificate, "it names another organisation"))
      }
      let message = ReceivedMessage(
        fields: request.fields.map { (name: $0.name, value: $0.value) }, body: request.body)
      guard let exercise else { return await reception.receive(message) }
      return await exercise.answer(message)
    case (.post, "/v1/health"):
      return reception.refuse(Problem(.methodNotAllowed, "see Allow"), methods: "GET")
    case (.get, "/v1/referrals"):
      return reception.refuse(Problem(.methodNotAllowed, "see Allow"), methods: "POST")
    case (.get, _), (.post, _):
      return reception.refuse(Problem(.unknownEndpoint, "see the partner guide"))
    }
  }

  private func say(_ request: Request) async -> Response {
    guard let bringing else { return Response(status: 409) }
    guard let order = StatementOrder(request.body) else { return Response(status: 400) }
    do {
      return try await bringing.say(order).response
    } catch {
      log.write(.storeFailed(error))
      return Response(status: 503)
    }
  }

  /// On the admin socket; its mode 0600 is what guards it.
  private func inspect(_ request: Request) async -> Response {
    if request.method == .post, request.path == "/acknowledgements" {
      return await withTaskExecutorPreference(globalConcurrentExecutor) { await say(request) }
    }
    guard let inspection = Inspection(request) else { return Response(status: 404) }
    do {
      guard let value = try await store.answer(inspection) else { return Response(status: 404) }
      return Response(
        status: 200, fields: [HTTPField("Content-Type", "application/json")],
        body: JSONWriter.write(value))
    } catch {
      log.write(.storeFailed(error))
      return Response(status: 503)
    }
  }
}
