/// policy lint and policy test: what is wrong with policies, and whether they do what they promise.
// SPDX-License-Identifier: Apache-2.0
import Arguments
import JSON
import Platform
import PolicyReview
import Register
import Wire

extension Session {
  func policyLint() -> ExitCode {
    guard let model = model() else { return .failed }
    let read: ReadPolicies
    switch policies(at: policyPath) {
    case .failure(let exit): return exit
    case .success(let found): read = found
    }
    var findings = read.all.flatMap { policy, partner in
      PolicyLint(policy, for: partner, model: model.fields).findings()
        + verdicts(policy, partner, model.schemas, read).compactMap(\.finding)
    }
    for project in read.projects {
      findings += ProjectLint(project, in: read.folder, model: model.fields, on: today).findings()
      for code in project.partners.map(\.text) {
        guard let policy = project.policies[code] else { continue }
        findings += verdicts(policy, read.folder.addressees[code], model.schemas, read)
          .compactMap(\.finding)
      }
    }
    if output.asJSON {
      output.lines(findings.map { .object($0.line(prefix: read.prefix)) })
    } else {
      for finding in findings {
        output.text(
          Printable.text("\(read.prefix)\(finding)", limitCharacters: 1_000) + "\n")
      }
      let many = findings.count == 1 ? "1 finding" : "\(findings.count) findings"
      let count = read.all.count + read.projects.count
      output.text(
        "\(count) policies read, \(findings.isEmpty ? "nothing found" : many)\n")
    }
    return findings.isEmpty ? .done : .negative
  }

  func policyTest() -> ExitCode {
    guard let model = model() else { return .failed }
    let read: ReadPolicies
    switch policies(at: policyPath) {
    case .failure(let exit): return exit
    case .success(let found): read = found
    }
    let tried = read.all.flatMap { policy, partner in
      verdicts(policy, partner, model.schemas, read).map { (policy: policy, verdict: $0) }
    }
    if arguments.has("--markdown") {
      output.text("| question | answer |\n|---|---|\n")
      for one in tried {
        output.text("| \(one.verdict.question) | \(one.verdict.answer ?? "as expected") |\n")
      }
    } else if output.asJSON {
      output.lines(tried.map { .object($0.verdict.line(of: $0.policy, prefix: read.prefix)) })
    } else {
      show(tried, read)
    }
    return tried.allSatisfy(\.verdict.passed) ? .done : .negative
  }

  private func show(_ tried: [(policy: Policy, verdict: ExampleVerdict)], _ read: ReadPolicies) {
    for (policy, verdict) in tried {
      let question = Printable.text(verdict.question, limitCharacters: 200)
      output.text("\(verdict.passed ? "ok  " : "FAIL")  \(policy.partner): \(question)\n")
      for failure in verdict.failures {
        output.text(
          Printable.text(
            "      \(read.prefix)\(verdict.place): \(failure)", limitCharacters: 1_000) + "\n")
      }
    }
    let failed = tried.count { !$0.verdict.passed }
    output.text("\(tried.count) examples, \(failed == 0 ? "all as expected" : "\(failed) not")\n")
  }

  /// Each example tried; of a partner without a file that is a failure, for nobody can say.
  private func verdicts(
    _ policy: Policy, _ partner: Addressee?, _ schemas: BuiltInSchemas, _ read: ReadPolicies
  ) -> [ExampleVerdict] {
    policy.examples.map { example in
      guard let partner else {
        return ExampleVerdict(
          failing: example, because: "partners.d/\(policy.partner).toml is not beside it")
      }
      let isAbsolute = example.referral.hasPrefix("/")
      let path = isAbsolute ? example.referral : "\(read.base)/\(example.referral)"
      let octets = try? Files.read(path, limit: Limits.fileOctets)
      let submission = octets.flatMap { try? JSONReader.read($0) }
      return PolicyTrial(policy, for: partner, schemas: schemas).run(example, on: submission)
    }
  }
}

extension ExampleVerdict {
  fileprivate var finding: PolicyFinding? {
    failures.first.map {
      PolicyFinding(
        code: .failedExample, place: place, problem: "an example fails: \($0)",
        remedy: "correct the lines or the example; see: referralctl policy test")
    }
  }

  fileprivate func line(of policy: Policy, prefix: String) -> JSONObject {
    [
      "v": 1, "kind": "example", "partner": .string(policy.partner.text),
      "version": .string(policy.version), "question": .string(question), "passed": .bool(passed),
      "failures": .array(failures.map { .string($0) }), "file": .string(prefix + place.file),
      "line": .number(JSONNumber(Int64(place.line))),
    ]
  }
}

extension PolicyFinding {
  fileprivate func line(prefix: String) -> JSONObject {
    [
      "v": 1, "kind": "finding", "code": .string(code.rawValue), "message": .string(problem),
      "hint": .string(remedy), "file": .string(prefix + place.file),
      "line": .number(JSONNumber(Int64(place.line))),
      "column": .number(JSONNumber(Int64(place.column))),
    ]
  }
}
