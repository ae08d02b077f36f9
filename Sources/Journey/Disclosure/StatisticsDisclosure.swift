/// The same promise for numbers: what one partner may see of a quarter, and nothing of a person.
// SPDX-License-Identifier: Apache-2.0
package import Digest
package import JSON
package import Platform
package import Referrals
package import Register
package import Statistics

package struct StatisticsSituation: Sendable {
  package let partner: Addressee
  package let policy: Policy
  /// Of the partner's policy before its first day there is none in force.
  package let policyIsInForce: Bool
  /// 16 random octets; the batch's id.
  package let batchOctets: [UInt8]

  package init(
    partner: Addressee, policy: Policy, policyIsInForce: Bool, batchOctets: [UInt8]
  ) {
    self.partner = partner
    self.policy = policy
    self.policyIsInForce = policyIsInForce
    self.batchOctets = batchOctets
  }
}

/// Why a partner gets no statistics. The raw value stands in answers.
package enum StatisticsRefusal: String, Sendable, CaseIterable {
  /// Its file has no [statistics].
  case notTaken = "statistics-not-taken"
  /// Its policy has no [statistics], or is not in force yet.
  case notAgreed = "statistics-not-agreed"
  /// R22: a test identity gets exercises only.
  case exercise = "R22"
}

/// What became of each table. Which cell was small is said to nobody: it could be told further.
package struct StatisticsReport: Sendable {
  package enum Effect: String, Sendable {
    case told
    /// Some cells are held back.
    case suppressed
    /// Nothing of it is told.
    case withheld
    /// The policy does not give it.
    case left = "left-out"
  }

  package struct Line: Sendable {
    package let table: StatisticsTable
    package let effect: Effect
    /// Of docs/statistics.md.
    package let rule: String
    package let reason: String
    /// Cells told, and cells of the table.
    package let told: Int, cells: Int
  }

  package let lines: [Line]
  package var ruleIDs: [String] { Set(lines.map(\.rule)).sorted() }
}

/// Numbers of a quarter as one partner may see them. Only `disclose` makes one, and no other can be
/// encoded, signed or stored.
package struct DisclosedStatistics: Sendable {
  package let partner: Addressee
  /// Identity of the addressee, a URN.
  package let recipient: String
  package let quarter: Quarter
  /// Made for this batch; nothing joins it to another.
  package let batchID: UniversalID
  /// The `data` member of the document.
  package let data: JSONObject
  package let exercise: Bool
  package let ruleIDs: [String]
  package let legalBasis: [String]
  package let policyDigest: SHA256Digest

  fileprivate init(
    _ count: QuarterCount, _ situation: StatisticsSituation, _ terms: Policy.Statistics,
    data: JSONObject, report: StatisticsReport
  ) {
    partner = situation.partner
    recipient = situation.partner.identity.organisationURI
    quarter = count.quarter
    batchID = UniversalID.v4(random: situation.batchOctets)
    self.data = data
    exercise = count.exercise
    ruleIDs = report.ruleIDs
    legalBasis = terms.legalBasis
    policyDigest = situation.policy.digest
  }
}

package enum StatisticsDecision: Sendable {
  case disclosed(DisclosedStatistics, StatisticsReport)
  case refused(StatisticsRefusal)
}

/// Decides for one partner: pure, and every table accounted for in the report.
package func disclose(_ count: QuarterCount, in situation: StatisticsSituation)
  -> StatisticsDecision
{
  guard situation.partner.statistics != nil else { return .refused(.notTaken) }
  guard situation.policyIsInForce, let terms = situation.policy.statistics else {
    return .refused(.notAgreed)
  }
  guard count.exercise || situation.partner.identity.oin?.isTest != true else {
    return .refused(.exercise)
  }
  let told = count.tallies.filter { terms.tables.contains($0.table) }
    .map { Suppression.told($0) }
  let report = StatisticsReport(
    lines: count.tallies.map { tally in
      told.first { $0.table == tally.table }.map(StatisticsReport.Line.init)
        ?? StatisticsReport.Line(leftOut: tally.table)
    })
  let data: JSONObject = [
    "period": .string(count.quarter.description),
    "threshold": .number(JSONNumber(Int64(StatisticsLimits.smallestGroupMembers))),
    "complete": .bool(count.isComplete),
    "handling": [
      "purpose": "statistics", "legalBasis": .array(terms.legalBasis.map { .string($0) }),
    ],
    "tables": .array(told.map { .object($0.members) }),
  ]
  return .disclosed(
    DisclosedStatistics(count, situation, terms, data: data, report: report), report)
}

extension StatisticsReport.Line {
  fileprivate init(_ told: ToldTable) {
    let cells = told.table.codes.count
    switch told.content {
    case .withheld:
      self.init(
        table: told.table, effect: .withheld, rule: "S01",
        reason: "fewer members in all than the threshold", told: 0, cells: cells)
    case .cells(_, let numbers):
      let count = numbers.count { $0 != nil }
      guard count < cells else {
        self.init(
          table: told.table, effect: .told, rule: "S00",
          reason: "no number is below the threshold", told: count, cells: cells)
        return
      }
      self.init(
        table: told.table, effect: .suppressed,
        rule: told.table.cellsOverlap ? "S02" : "S03",
        reason: told.table.cellsOverlap
          ? "cells with too few members, or with too few outside, are held back"
          : "cells below the threshold are held back, with further ones that would tell them",
        told: count, cells: cells)
    }
  }

  fileprivate init(leftOut table: StatisticsTable) {
    self.init(
      table: table, effect: .left, rule: "S04", reason: "the policy does not give this table",
      told: 0, cells: table.codes.count)
  }
}

extension ToldTable {
  /// As schemas/statistics has it.
  fileprivate var members: JSONObject {
    var object: JSONObject = [
      "name": .string(table.rawValue), "unit": .string(table.unit.rawValue),
      "cellsOverlap": .bool(table.cellsOverlap),
    ]
    switch content {
    case .withheld: object["withheld"] = true
    case .cells(let total, let numbers):
      if let total { object["total"] = .number(JSONNumber(Int64(total))) }
      object["cells"] = .array(
        zip(table.codes, numbers).map { code, number in
          number.map { ["code": .string(code), "count": .number(JSONNumber(Int64($0)))] }
            ?? ["code": .string(code), "suppressed": true]
        })
    }
    return object
  }
}
