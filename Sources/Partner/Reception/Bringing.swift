/// Brings what the partner has to say to the sender, again and again until it is taken.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Fetch
import HTTPServer
import JSON
import Log
package import OpenSSL
package import Platform
package import Register
import Referrals
import SQLite
import Signing
import Wire

/// How the sender's door for acknowledgements is reached.
package struct GatewayRoad: Sendable {
  package let endpoint: ServiceURL
  package let identity: TLSClientIdentity
  /// After so long, corrections and withdrawals are said to be executed; nil: nobody says so.
  package let changesExecutedAfterSeconds: Int?
  /// The files that documents name are fetched by themselves.
  package let fetchesAttachments: Bool

  package init(
    endpoint: ServiceURL, identity: TLSClientIdentity, changesExecutedAfterSeconds: Int?,
    fetchesAttachments: Bool
  ) {
    self.endpoint = endpoint
    self.identity = identity
    self.changesExecutedAfterSeconds = changesExecutedAfterSeconds
    self.fetchesAttachments = fetchesAttachments
  }

  private static let acknowledgements = "/v1/acknowledgements"

  /// Files stand beside the door for acknowledgements (docs/wire.md); nil where the address is none
  /// of that form.
  package func address(of attachment: String, in document: UniversalID) -> String? {
    guard endpoint.text.hasSuffix(GatewayRoad.acknowledgements) else { return nil }
    let base = endpoint.text.dropLast(GatewayRoad.acknowledgements.count)
    return "\(base)/v1/referrals/\(document)/attachments/\(attachment)"
  }
}

/// Something to say about a document, as the partner's people give it.
struct StatementOrder {
  let document: UniversalID
  let kind: AcknowledgementKind
  /// Of the kind, by its schema.
  let members: JSONObject

  /// `{"documentId":…,"kind":…,"members":{…}}`
  init?(_ octets: [UInt8]) {
    guard let value = try? JSONReader.read(octets),
      let document = value["documentId"]?.text.flatMap(UniversalID.init),
      let kind = value["kind"]?.text.flatMap(AcknowledgementKind.init)
    else { return nil }
    self.document = document
    self.kind = kind
    members = value["members"]?.members ?? [:]
  }

  init(document: UniversalID, kind: AcknowledgementKind, members: JSONObject) {
    self.document = document
    self.kind = kind
    self.members = members
  }
}

final class Bringing: Sendable {
  private let road: GatewayRoad
  private let identity: PartnerIdentity
  private let signing: SigningIdentity
  private let schemas: WireSchemas
  private let store: ReceptionStore
  private let now: @Sendable () -> Instant
  private let log: EventLog
  private let fetcher = Fetcher()
  private let stopping = Locked(false)

  init(
    _ road: GatewayRoad, _ settings: ReceptionSettings, store: ReceptionStore,
    now: @escaping @Sendable () -> Instant, log: EventLog
  ) {
    self.road = road
    identity = settings.identity
    signing = settings.signing
    schemas = settings.schemas
    self.store = store
    self.now = now
    self.log = log
  }

  enum Outcome {
    case brought(WaitingStatement, SaidState, status: Int?, problem: String?)
    case unknownDocument
    /// Where it breaks the schema of its kind.
    case unfit(String)
    case cannotSign
  }

  /// Signs, keeps, and brings it once; what does not arrive is brought later by `run`.
  func say(_ order: StatementOrder) async throws(StoreError) -> Outcome {
    guard let document = try await store.document(order.document) else { return .unknownDocument }
    let time = now()
    var members = order.members
    if order.kind == .receipt, members["receivedAt"] == nil {
      members["receivedAt"] = .string(document.receivedAt.description)
    }
    let encoded = WireAcknowledgement.encode(
      order.kind, members, about: document.message, source: identity.uri, at: time,
      idOctets: SecureRandom.octets(16), nonceOctets: SecureRandom.octets(16),
      exercise: document.exercise, schemas: schemas)
    let acknowledgement: WireAcknowledgement
    switch encoded {
    case .success(let fit): acknowledgement = fit
    case .failure(.schema(let pointer, let keyword)): return .unfit("\(pointer): \(keyword)")
    case .failure: return .unfit("it is no acknowledgement")
    }
    guard let signed = try? sign(acknowledgement, with: signing, style: SignatureStyle()) else {
      return .cannotSign
    }
    let statement = try await store.keep(
      SignedAnswer(signed), acknowledgement.id, order.kind, about: order.document, at: time,
      nextAt: time.adding(seconds: Limits.bringAgainSeconds))
    return try await bring(statement)
  }

  /// One attempt. 2xx: taken; what may change: again later; anything else is the last word.
  private func bring(_ statement: WaitingStatement) async throws(StoreError) -> Outcome {
    var request = FetchRequest(
      .post, road.endpoint.text, fields: statement.answer.fields, body: statement.answer.octets,
      identity: road.identity)
    request.maxAnswerOctets = WireLimits.acknowledgementOctets
    var state = SaidState.waiting
    var status: Int?
    var problem: String?
    switch await fetcher.push(request) {
    case .answer(let answer):
      status = answer.status
      problem = answer.problemWord
      let asksAgain = answer.values(of: "retry-after").first != nil
      switch answer.status {
      case 200..<300: state = .taken
      case 408, 425, 429, 500...599: state = .waiting
      default: state = asksAgain ? .waiting : .refused  // OPEN: status codes are integers
      }
    case .failure(let failure):
      problem = failure.kind.rawValue
    }
    let again = now().adding(seconds: Limits.bringAgain(after: statement.attempts))
    try await store.note(statement, state, status: status, problem: problem, nextAt: again)
    log.write(.brought(statement.id, state, status: status ?? 0))
    return .brought(statement, state, status: status, problem: problem)
  }

  /// Until `stop`: what waits, and what is to be said by itself.
  func run() async {
    while !stopping.withLock({ $0 }) {
      do throws(StoreError) {
        try await confirmChanges()
        for statement in try await store.statements(due: now()) {
          guard !stopping.withLock({ $0 }) else { break }
          _ = try await bring(statement)
        }
      } catch {
        log.write(.storeFailed(error))
      }
      try? await Task.sleep(for: .milliseconds(Limits.bringLookMilliseconds))
    }
    await fetcher.close()
  }

  func stop() { stopping.withLock { $0 = true } }

  private func confirmChanges() async throws(StoreError) {
    guard let after = road.changesExecutedAfterSeconds else { return }
    let ripe = now().adding(seconds: -Int64(after))
    for document in try await store.changesToConfirm(before: ripe) {
      let result = document.operation == .withdraw ? "erased" : "replaced"
      _ = try await say(
        StatementOrder(
          document: document.message.id, kind: .changeExecuted,
          members: ["result": .string(result)]))
    }
  }
}

extension SignedAnswer {
  fileprivate var fields: [(String, String)] {
    [
      ("Content-Type", "application/cloudevents+json"),
      ("Accept", "application/problem+json"),
      ("Digest", SHA256Digest(of: octets).field), (headerName, signature),
    ]
  }
}

extension FetchAnswer {
  /// A word that we know; the rest of a problem document is somebody else's text.
  var problemWord: String? {
    let type = (try? JSONReader.read(body))?["type"]?.text?.split(separator: "/").last
    return type.flatMap { ProblemType(rawValue: String($0)) }?.rawValue
  }
}

extension Bringing.Outcome {
  /// What the partner's people are told over the admin socket.
  var response: Response {
    func answer(_ status: Int, _ value: JSONObject) -> Response {
      Response(
        status: status, fields: [HTTPField("Content-Type", "application/json")],
        body: JSONWriter.write(.object(value)))
    }
    switch self {
    case .unknownDocument: return Response(status: 404)
    case .unfit(let place): return answer(422, ["unfit": .string(place)])
    case .cannotSign: return Response(status: 503)
    case .brought(let statement, let state, let status, let problem):
      var value: JSONObject = [
        "id": .string(statement.id.description), "kind": .string(statement.kind),
        "state": .string(state.rawValue),
      ]
      if let status { value["status"] = .number(JSONNumber(Int64(status))) }
      if let problem { value["problem"] = .string(problem) }
      return answer(200, value)
    }
  }
}
