/// The verbs that only look: status, list, show, partner.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform

extension Session {
  func status() async -> Int32 {
    await print(await daemon.get("/v1/status")) { lines in
      guard let status = lines.first else { return }
      let oldest = status["oldestOpenSeconds"]?.integer.map { "\($0) s" } ?? "none"
      output.text(
        """
        profile \(status.word("profile"))  version \(status.word("version"))  \
        accepting \(status.word("accepting"))
        \(status.word("organisation"))  \(status.word("identity"))
        running since \(status.word("started"))  oldest open delivery: \(oldest)

        """)
      let depths = status["depths"]?.elements ?? []
      output.table(
        [.init("PARTNER"), .init("STATE"), .init("COUNT", .right)],
        depths.map { [$0.word("partner"), $0.word("state"), $0.word("count")] })
      output.text("\n")
      output.table(
        [.init("PARTNER"), .init("LAST RECEIPT"), .init("SUSPENDED"), .init("NAME")],
        (status["partners"]?.elements ?? []).map { partner in
          [
            partner.word("code"), partner.word("lastReceipt"),
            partner["suspended"]?.word("cause") ?? "-", partner.word("name"),
          ]
        })
      output.text("\n")
      output.table(
        [.init("SIGNING KEY"), .init("ALGORITHM"), .init("DAYS LEFT", .right)],
        (status["signingKeys"]?.elements ?? []).map {
          [$0.word("name"), $0.word("algorithm"), $0.word("daysLeft")]
        })
    }
  }

  func list() async -> Int32 {
    var since: String?
    if let text = arguments.value("--since") {
      guard let moment = moment(text) else {
        return usage("--since takes a time such as 2h, 3d or 2026-11-23T12:00:00Z")
      }
      since = moment.description
    }
    let answer = await daemon.get(
      "/v1/deliveries",
      [
        ("partner", arguments.value("--partner")), ("state", arguments.value("--state")),
        ("since", since), ("kind", arguments.value("--kind")),
        ("limit", arguments.value("--limit")),
      ])
    return await print(answer) { lines in
      output.table(
        [
          .init("ID"), .init("PARTNER"), .init("STATE"), .init("REASON"), .init("ANSWER"),
          .init("TRIES", .right), .init("DETAIL"), .init("PRIORITY"), .init("ACCEPTED"),
        ],
        lines.map {
          [
            $0.word("id"), $0.word("partner"), $0.word("state"), $0.word("reason"),
            $0.word("answer"), $0.word("attempts"), $0.word("detailLevel"), $0.word("priority"),
            $0.word("acceptedAt"),
          ]
        })
    }
  }

  private func moment(_ text: String) -> Instant? {
    if let absolute = Instant(rfc3339: text) { return absolute }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()),
      (0...1_000_000).contains(count)
    else { return nil }
    return SystemClock.now().adding(seconds: -count * unit)
  }

  func show() async -> Int32 {
    await print(await daemon.get("/v1/deliveries/\(arguments.operands[0])")) { lines in
      guard let delivery = lines.first else { return }
      for name in [
        "id", "referralId", "revision", "partner", "referralKind", "operation", "detailLevel",
        "priority", "schemaVersion", "state", "reason", "answer", "acceptedAt", "nextAt",
        "expires", "deliveredAt",
      ] where delivery[name] != nil {
        output.text("\(name.padded(16))\(delivery.word(name))\n")
      }
      if let facts = delivery["facts"] {
        output.text("\("payload digest".padded(16))\(facts.word("payloadDigest"))\n")
        output.text("\("legal basis".padded(16))\(facts.words("legalBasis"))\n")
        output.text("\("rules".padded(16))\(facts.words("ruleIds"))\n")
      }
      output.text("\n")
      attempts(of: delivery)
      acknowledgements(of: delivery)
    }
  }

  private func attempts(of delivery: JSONValue) {
    output.table(
      [
        .init("TRY", .right), .init("BEGUN"), .init("OUTCOME"), .init("HTTP", .right),
        .init("ERROR"), .init("ADDRESS"), .init("BY"),
      ],
      (delivery["attemptList"]?.elements ?? []).map {
        [
          $0.word("number"), $0.word("begunAt"), $0.word("outcome"), $0.word("status"),
          $0.word("error"), $0.word("peer"), $0.word("actor"),
        ]
      })
  }

  private func acknowledgements(of delivery: JSONValue) {
    for acknowledgement in delivery["acknowledgements"]?.elements ?? [] {
      output.text(
        "\n\(acknowledgement.word("kindText")) received \(acknowledgement.word("receivedAt")), "
          + "signed \(acknowledgement.word("signedAt")): \(acknowledgement.word("verdict"))\n")
      output.table(
        [.init("STEP", .right), .init("WHAT"), .init("OUTCOME"), .init("CODE")],
        (acknowledgement["report"]?.elements ?? []).map {
          [$0.word("step"), $0.word("title"), $0.word("outcome"), $0.word("code")]
        })
    }
  }

  func partnerList() async -> Int32 {
    await print(await daemon.get("/v1/partners")) { lines in
      output.table(
        [
          .init("CODE"), .init("DETAIL"), .init("SIGNED WITH"), .init("ROUTE"), .init("ENABLED"),
          .init("SUSPENDED"), .init("NAME"),
        ],
        lines.map {
          [
            $0.word("code"), $0.word("detail"), $0.word("algorithm"), $0.word("route"),
            $0.word("enabled"), $0["suspended"]?.word("cause") ?? "-", $0.word("name"),
          ]
        })
    }
  }

  func partnerShow() async -> Int32 {
    await print(await daemon.get("/v1/partners/\(arguments.operands[0])")) { lines in
      guard let partner = lines.first else { return }
      for name in [
        "code", "name", "identity", "endpoint", "route", "enabled", "dutyPhone", "algorithm",
        "binding", "schemaMin", "schemaMax", "detail", "policyVersion", "policyDigest",
        "partnerDigest",
      ] where partner[name] != nil {
        output.text("\(name.padded(16))\(partner.word(name))\n")
      }
      for name in ["traits", "languages", "accept", "requested", "kinds"] {
        output.text("\(name.padded(16))\(partner.words(name))\n")
      }
      output.text("\n")
      output.table(
        [.init("CERTIFICATE"), .init("DAYS LEFT", .right), .init("SUBJECT")],
        (partner["certificates"]?.elements ?? []).map {
          [$0.word("use"), $0.word("daysLeft"), $0.word("subject")]
        })
    }
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - utf8.count))
  }
}
