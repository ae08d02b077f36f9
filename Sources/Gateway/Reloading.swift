/// Reads the configuration again while the gateway runs; a bad one leaves the old one in force.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import JSON
import Log
import OpenSSL
import Platform
package import Register
import Wire

/// What became of a reload.
package enum ReloadOutcome: Sendable {
  case done(generation: Int, partners: Int)
  /// Nothing has changed; each text says where and what to do.
  case refused([String])
}

/// Reads the configuration folder; the argument counts loads since the start.
package typealias ConfigurationLoader =
  @Sendable (_ generation: Int) -> Result<Configuration, ConfigurationErrors>

actor Reloading {
  private let inForce: InForce
  private let load: ConfigurationLoader
  private let schemas: WireSchemas
  private let sender: Sender
  private let fetcher: Fetcher
  private let door: CallbackDoor
  private let log: EventLog
  private let clock: GatewayClock

  init(
    inForce: InForce, load: @escaping ConfigurationLoader, schemas: WireSchemas, sender: Sender,
    fetcher: Fetcher, door: CallbackDoor, log: EventLog, clock: GatewayClock
  ) {
    self.inForce = inForce
    self.load = load
    self.schemas = schemas
    self.sender = sender
    self.fetcher = fetcher
    self.door = door
    self.log = log
    self.clock = clock
  }

  func reload() async -> ReloadOutcome {
    Systemd.notify("RELOADING=1")
    defer { Systemd.notify("READY=1") }
    switch next() {
    case .failure(let refusal):
      log.write(.reloadRefused(errors: refusal.reasons.count))
      return .refused(refusal.reasons)
    case .success(let (generation, tls)):
      inForce.put(generation)
      if let tls { door.use(tls) }
      fetcher.retire(generationsBelow: PartnerLink.firstRenewal(of: generation.configuration))
      await sender.reloaded()
      let (number, partners) = (generation.configuration.generation, generation.links.count)
      log.write(.reloaded(generation: number, partners: partners))
      return .done(generation: number, partners: partners)
    }
  }

  private struct Refusal: Error { let reasons: [String] }

  private func next() -> Result<(Generation, TLSServerContext?), Refusal> {
    let old = inForce.now
    switch load(old.configuration.generation + 1) {
    case .failure(let errors):
      return .failure(Refusal(reasons: errors.errors.map(\.description)))
    case .success(let configuration):
      let fixed = old.configuration.fixedParts(otherThan: configuration)
      guard fixed.isEmpty else {
        return .failure(
          Refusal(
            reasons: fixed.map {
              "gateway.toml: \($0) has changed, and a reload cannot change it: restart the gateway"
            }))
      }
      do throws(GatewayError) {
        let next = try Generation(
          configuration, schemas: schemas, startedAt: clock.now(), after: old)
        return .success((next, try CallbackDoor.tls(configuration)))
      } catch {
        return .failure(Refusal(reasons: [error.reason]))
      }
    }
  }
}

extension Configuration {
  /// Sections of gateway.toml that only a start can take in, where they differ.
  fileprivate func fixedParts(otherThan other: Configuration) -> [String] {
    let parts = [
      ("profile", profile == other.profile), ("[identity]", identity == other.identity),
      ("[store]", store == other.store), ("[admin]", admin == other.admin),
      ("[spool]", spool == other.spool), ("[schemas]", schemas == other.schemas),
      ("inbound.listen", inbound.map(\.listen) == other.inbound.map(\.listen)),
      ("[delivery]", (retryScale, answerScale) == (other.retryScale, other.answerScale)),
    ]
    return parts.filter { !$0.1 }.map(\.0)
  }
}

extension ReloadOutcome {
  var answer: AdminAnswer {
    switch self {
    case .done(let generation, let partners):
      AdminAnswer(
        200,
        [
          [
            "v": 1, "kind": "reload", "generation": .integer(generation),
            "partners": .integer(partners),
          ]
        ])
    case .refused(let reasons):
      .error(
        .badConfiguration,
        before: reasons.map { ["v": 1, "kind": "finding", "message": .string($0)] })
    }
  }
}
