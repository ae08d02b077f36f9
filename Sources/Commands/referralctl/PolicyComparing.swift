/// policy diff, at and table: what changes, what is in force, who sees what.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import Digest
import JSON
import Platform
import PolicyReview
import Referrals
import Register

extension Session {
  func policyDiff() -> ExitCode {
    guard let model = model() else { return .failed }
    guard let day = day(arguments.value("--on")) else { return .usage }
    var sides: [ReadPolicies] = []
    for path in arguments.operands {
      switch policies(at: path) {
      case .failure(let exit): return exit
      case .success(let read): sides.append(read)
      }
    }
    let changes = PolicyDiff(model: model.fields)
      .changes(from: sides[0].folder, to: sides[1].folder, on: day)
    if output.asJSON {
      output.lines(changes.map { .object($0.line) })
    } else if changes.isEmpty {
      output.text("nothing changes for anybody\n")
    } else {
      for change in changes {
        let words = "\(change.direction.sign) \(change.partner): \(change.text)"
        output.text(Printable.text(words, limitCharacters: 1_000) + "\n")
      }
      let more = changes.count { $0.direction == .more }
      let less = changes.count { $0.direction == .less }
      output.text("\n+ \(more) show more, - \(less) show less, "
        + "~ \(changes.count - more - less) neither\n")
    }
    return changes.isEmpty ? .done : .negative
  }

  func policyAt() -> ExitCode {
    guard let given = day(arguments.operands[0]), let day = given else { return .usage }
    let folder = arguments.operands.count > 1 ? arguments.operands[1] : "/etc/referral-gateway"
    let read: ReadPolicies
    switch policies(at: folder) {
    case .failure(let exit): return exit
    case .success(let found): read = found
    }
    let wanted = arguments.value("--partner")
    let chosen = read.folder.policies.filter { wanted == nil || $0.key == wanted }
      .sorted { $0.key < $1.key }
    guard !chosen.isEmpty else {
      output.complain(
        Complaint(
          exit: .notFound, code: "no-policy", message: "there is no policy of that partner",
          hint: "see \(Printable.text(folder))/policies.d"))
      return .notFound
    }
    let rows = chosen.map { InForce(partner: $0.key, versions: $0.value, day: day) }
    if output.asJSON {
      output.lines(rows.map { .object($0.line(prefix: read.prefix)) })
    } else {
      output.table(
        [
          .init("PARTNER"), .init("VERSION"), .init("FROM"), .init("UNTIL"), .init("NEXT"),
          .init("FILE"),
        ], rows.map { $0.cells(prefix: read.prefix) })
    }
    return rows.allSatisfy { $0.policy != nil } ? .done : .negative
  }

  func policyTable() -> ExitCode {
    guard let model = model() else { return .failed }
    guard let day = day(arguments.value("--on")) else { return .usage }
    switch policies(at: policyPath) {
    case .failure(let exit): return exit
    case .success(let read):
      let table = DisclosureTable(read.folder, model: model.fields, on: day ?? today)
      if arguments.has("--markdown") {
        output.text(table.markdown())
      } else if output.asJSON {
        output.lines(table.lines)
      } else {
        output.table(
          [.init("")] + table.columns.map { .init($0.plainTitle) },
          table.rows.map { [$0.group.name] + $0.cells.map(\.rawValue) })
      }
      return .done
    }
  }
}

/// One row of `policy at`.
private struct InForce {
  let partner: String
  let policy: Policy?
  let next: Policy?

  init(partner: String, versions: PolicyVersions, day: CivilDate) {
    self.partner = partner
    policy = versions.inForce(on: day)
    next = versions.next(after: day)
  }

  func cells(prefix: String) -> [String] {
    [
      partner, policy.map { Printable.text($0.version) } ?? "none",
      policy.map { "\($0.validFrom)" } ?? "-",
      next.map { "\(CivilDate(daysSince1970: $0.validFrom.daysSince1970 - 1))" } ?? "-",
      next.map { Printable.text($0.version) } ?? "-",
      policy.map { Printable.text(prefix + $0.file, limitCharacters: 400) } ?? "-",
    ]
  }

  func line(prefix: String) -> JSONObject {
    var line: JSONObject = ["v": 1, "kind": "policy-in-force", "partner": .string(partner)]
    if let policy {
      line["version"] = .string(policy.version)
      line["validFrom"] = .string("\(policy.validFrom)")
      line["file"] = .string(prefix + policy.file)
      line["sha256"] = .string(policy.digest.hex)
      line["author"] = .string(policy.author)
      line["approver"] = .string(policy.approver)
      line["reason"] = .string(policy.reason)
    }
    if let next {
      line["next"] = [
        "version": .string(next.version), "validFrom": .string("\(next.validFrom)"),
        "file": .string(prefix + next.file),
      ]
    }
    return line
  }
}

extension PolicyChange {
  fileprivate var line: JSONObject {
    [
      "v": 1, "kind": "policy-change", "partner": .string(partner),
      "direction": .string(direction.rawValue), "text": .string(text),
    ]
  }
}

extension PolicyChange.Direction {
  fileprivate var sign: String {
    switch self {
    case .more: "+"
    case .less: "-"
    case .other: "~"
    }
  }
}

extension DisclosureTable {
  fileprivate var lines: [JSONValue] {
    rows.flatMap { row in
      zip(columns, row.cells).map { column, cell in
        [
          "v": 1, "kind": "disclosure", "partner": .string(column.partner),
          "level": .string(column.level.rawValue), "fields": .string(row.group.name),
          "shown": .string(cell == .nothing ? "nothing" : cell.rawValue),
        ]
      }
    }
  }
}

extension DisclosureTable.Column {
  fileprivate var plainTitle: String { title.filter { $0 != "`" }.uppercased() }
}
