/// config show: what the files of a folder come to, defaults and all; secrets are named only.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Digest
import JSON
import OpenSSL
import Platform
import Referrals
import Register

extension Session {
  func configShow() -> ExitCode {
    switch loadConfiguration() {
    case .failure(let exit): return exit
    case .success(let configuration):
      let line = configuration.effective
      if output.asJSON {
        output.lines([.object(line)])
      } else {
        let pretty = String(decoding: JSONWriter.writePretty(.object(line)), as: UTF8.self)
        for line in pretty.split(separator: "\n") {
          output.text(Printable.text(String(line)) + "\n")
        }
      }
      return .done
    }
  }
}

extension Configuration {
  fileprivate var effective: JSONObject {
    [
      "v": 1, "kind": "effective-config", "profile": .string(profile.rawValue),
      "identity": [
        "oin": .string(identity.oin.text), "system": .string(identity.system),
        "organisation": .string(identity.organisation),
      ],
      "store": ["path": .string(store.folder), "keyFile": .string(store.keyFile)],
      "admin": [
        "socket": .string(admin.socket),
        "mode": .string("0" + String(admin.mode, radix: 8)),
        "groups": .object(
          JSONObject(
            AdminRole.allCases.map {
              JSONMember($0.rawValue, .string(admin.groups[$0] ?? $0.standardGroup))
            })),
      ],
      "inbound": inbound.map { inbound in
        [
          "listen": .string(
            inbound.listen.map { "\($0.host) port \($0.port)" } ?? "the socket of systemd"),
          "certificate": inbound.server.certificates.line,
        ]
      } ?? .null,
      "schemas": .string(schemas), "retryScale": .string("\(retryScale)"),
      "answerScale": .string("\(answerScale)"),
      "tlsClient": tlsClient.certificates.line,
      "signingKeys": .array(
        signingKeys.map { key in
          .object([
            "name": .string(key.name), "algorithm": .string(key.algorithm.rawValue),
            "certificates": key.certificates.line, "key": "(not shown)",
          ])
        }),
      "partners": .array(partners.map { .object($0.effective(policies[$0.code.text])) }),
      "routes": .array(
        routes.map { route in
          .object([
            "name": .string(route.name), "partners": route.partners.line,
            "asks": route.conditions.line,
            "unless": .array(route.unless.map { .string($0) }), "reason": .string(route.reason),
          ])
        }),
      "projects": .array(
        projects.map { project in
          .object([
            "name": .string(project.name), "partners": project.partners.line,
            "from": .string(project.from.description), "to": .string(project.to.description),
            "routed": .bool(project.isRouted), "asks": project.conditions.line,
          ])
        }),
    ]
  }
}

extension [PartnerCode] {
  fileprivate var line: JSONValue { .array(map { .string($0.text) }) }
}

extension RouteConditions {
  fileprivate var line: JSONValue {
    func list(_ words: Set<String>) -> JSONValue { .array(words.sorted().map { .string($0) }) }
    var asked: JSONObject = [:]
    for question in RouteQuestion.allCases {
      if let words = words[question] { asked[question.rawValue] = list(words) }
    }
    if let place {
      asked["place"] = [
        "countries": list(place.countries), "regions": list(place.regions),
        "localities": list(place.localities), "events": list(place.events),
      ]
    }
    return .object(asked)
  }
}

extension Partner {
  fileprivate func effective(_ policies: PolicyVersions?) -> JSONObject {
    var line: JSONObject = [
      "code": .string(code.text), "name": .string(name), "identity": .string(identity.uri),
      "enabled": .bool(isEnabled), "endpoint": .string(endpoint.text), "route": route.line,
      "languages": .array(languages.map { .string($0) }),
      "traits": .array(traits.map(\.rawValue).sorted().map { .string($0) }),
      "tls": [
        "anchors": tls.anchors.line,
        "pins": .array(tls.pins.map { .string(Hex.encode($0)) }),
        "addresses": .array(tls.addresses.map { .string($0.description) }),
        "client": tls.client.map(\.certificates.line) ?? "the gateway's own",
      ],
      "signing": [
        "key": .string(signing.key.name), "algorithm": .string(signing.algorithm.rawValue),
        "binding": .string(signing.binding.rawValue), "header": .string(signing.headerName),
        "x5c": .string(signing.x5c.rawValue),
        "accept": .array(signing.accept.map { .string($0.rawValue) }),
      ],
      "trust": [
        "mode": .string(trust.mode.rawValue), "anchors": trust.anchors.line,
        "intermediates": trust.intermediates.line, "pinned": trust.pinned.line,
        "extendedKeyUsages": .array(trust.extendedKeyUsages.map { .string($0) }),
      ],
      "revocation": [
        "mode": .string(revocation.mode.rawValue),
        "sources": .array(revocation.sources.map { .string($0.text) }),
        "lists": .array(
          revocation.lists.map { list in
            .object([
              "issuer": .string(list.issuer),
              "nextUpdate": list.nextUpdate.map { .string($0.description) } ?? .null,
            ])
          }), "graceHours": .number(JSONNumber(Int64(revocation.graceHours))),
      ],
      "schema": [.string(schema.lowerBound.description), .string(schema.upperBound.description)],
      "acknowledgements": [
        "requested": .array(acknowledgements.requested.map { .string($0.rawValue) }),
        "asynchronous": .bool(acknowledgements.asynchronous),
        "windowInitial": .number(JSONNumber(Int64(acknowledgements.windowInitial))),
        "windowLimit": .number(JSONNumber(Int64(acknowledgements.windowLimit))),
      ], "sha256": .string(digest.hex),
    ]
    if let dutyPhone { line["dutyPhone"] = .string(dutyPhone) }
    if let range = statistics {
      line["statistics"] = [
        .string(range.lowerBound.description), .string(range.upperBound.description),
      ]
    }
    line["policies"] = .array(
      (policies?.all ?? []).map { policy in
        .object([
          "version": .string(policy.version), "validFrom": .string(policy.validFrom.description),
          "detail": .string(policy.detail.rawValue),
          "kinds": .array(policy.kinds.sorted().map { .string($0) }),
          "statistics": .array(
            (policy.statistics?.tables ?? []).map { .string($0.rawValue) }),
          "sha256": .string(policy.digest.hex),
        ])
      })
    return line
  }
}

extension Partner.Route {
  fileprivate var line: JSONValue {
    switch self {
    case .direct: ["kind": "direct"]
    case .proxy(let url): ["kind": "proxy", "url": .string(url.text)]
    case .fscOutway(let outway, _):
      ["kind": "fsc-outway", "url": .string(outway.text), "grantHash": "(not shown)"]
    }
  }
}

extension [Certificate] {
  fileprivate var line: JSONValue {
    .array(
      map { certificate in
        .object([
          "subject": .string(certificate.subject),
          "notAfter": .string(certificate.notAfter.description),
        ])
      })
  }
}
