/// The promise: of a referral no text gets out that the partner's policy does not allow.
// SPDX-License-Identifier: Apache-2.0
import Digest
import Disclosure
import Foundation
import JSON
import Platform
import Referrals
import Register
import TestSupport
import Testing

private let partners: [String] = {
  let files = (try? Files.list(PackageFolder.path + "/partners/policies.d")) ?? []
  return files.filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(".toml".count)) }
}()

/// PROMISE_SEED repeats what one failure names; PROMISE_SEEDS tries more than every build does.
private let seeds: [UInt64] = {
  let environment = ProcessInfo.processInfo.environment
  if let one = environment["PROMISE_SEED"].flatMap(UInt64.init) { return [one] }
  return (1...(environment["PROMISE_SEEDS"].flatMap(UInt64.init) ?? 3)).map { $0 }
}()

/// One generated referral at one partner.
private struct Trial {
  let canary: CanaryReferral
  let copy: Copy
  let allowed: Set<String>
  /// What stands where the oracle does not allow it, and what lacks though it is allowed.
  let leaks: Set<String>
  let losses: Set<String>
}

/// Nil where the partner may get nothing.
private func tried(
  _ kind: ReferralKind, _ operation: Referrals.Operation, at partner: String, seed: UInt64,
  through gate: Gate, oracle: DisclosureOracle, under policy: Policy? = nil
) throws -> Result<Trial, Gate.Refused> {
  var wishes = CanaryReferral.Wishes()
  let purposes = oracle.purposes
  if !purposes.isEmpty { wishes.purpose = purposes[Int(seed) % purposes.count] }
  wishes.scope = oracle.scope ?? "registration"
  wishes.consent = [true, false, nil][Int(seed) % 3]
  let canary = try CanaryReferral.make(
    kind, operation, seed: seed &* 1_000 &+ UInt64(partners.firstIndex(of: partner) ?? 0), wishes)
  let referral = try gate.accepted(canary, for: partner)
  // What an earlier revision left: the level that the oracle finds for the same with its persons.
  var before: Predecessor?
  var earlier: String?
  if operation == .withdraw {
    let level = seed % 2 == 0 ? DetailLevel.full : .deidentified
    earlier = level.rawValue
    before = Predecessor(revision: 1, digest: SHA256Digest(of: [1]), detailLevel: level)
  }
  return try gate.copy(of: referral, for: partner, under: policy, before: before).map { copy in
    let level = oracle.level(of: canary.referral, withdrawing: earlier)
    #expect(copy.level == level, "seed \(seed)")
    let allowed = oracle.allowed(of: canary, at: level)
    let forbidden = CanarySearch(canary.canaries.keys.filter { !allowed.contains($0) })
    var leaks: Set<String> = []
    for trace in copy.traces {
      leaks.formUnion(forbidden.finds(in: trace.octets).map { "\($0) in \(trace.what)" })
    }
    let tree = (try? copy.document.tree()) ?? .null
    leaks.formUnion(forbidden.words(in: tree).map { "\($0) in the document" })
    let stands = Set(tree.leaves.compactMap(\.value.text))
    return Trial(
      canary: canary, copy: copy, allowed: allowed, leaks: leaks,
      losses: allowed.subtracting(stands))
  }
}

@Suite struct PromiseTests {
  @Test(arguments: partners)
  func `lets out what the policy allows and not one text more`(_ partner: String) throws {
    let gate = try Gate()
    let oracle = try DisclosureOracle(of: partner)
    var copies = 0
    for kind in ReferralKind.allCases where oracle.kinds.contains(kind.rawValue) {
      for operation in Referrals.Operation.allCases {
        for seed in seeds {
          let note: Comment = "\(partner) \(kind) \(operation) PROMISE_SEED=\(seed)"
          guard
            case .success(let trial) = try tried(
              kind, operation, at: partner, seed: seed, through: gate, oracle: oracle)
          else { continue }
          copies += 1
          #expect(trial.leaks == [], note)
          #expect(trial.losses == [], note)
          #expect(trial.canary.canaries.count > (operation == .withdraw ? 10 : 120), note)
        }
      }
    }
    #expect(copies >= seeds.count || oracle.kinds.isEmpty)
  }

  /// Every partner with every kind: what the policy does not agree to is refused.
  @Test func `refuses every kind that a policy does not name`() throws {
    let gate = try Gate()
    for partner in partners {
      let oracle = try DisclosureOracle(of: partner)
      for kind in ReferralKind.allCases where !oracle.kinds.contains(kind.rawValue) {
        let found = try tried(
          kind, .create, at: partner, seed: 7, through: gate, oracle: oracle)
        guard case .failure(let refused) = found else {
          Issue.record("\(partner) got \(kind)")
          continue
        }
        #expect(refused.grounds.contains("kind-not-agreed"))
      }
    }
  }

  /// One wrong allowance in the policy, and the oracle reads the right one: the leak must be seen.
  @Test(arguments: [
    ("comensha", "field", "/persons/*/identifiers/*/country", "/persons/*/identifiers", "passport"),
    ("comensha", "field", "/case/statements/*/text", "", ""),
    ("comensha", "field", "/persons/*/contact/address", "/persons/*/contact/address", ""),
    ("dtv", "field", "/persons/*/birth/place", "", ""),
    ("coa", "field", "/persons/*/contact/phone", "", ""),
    ("om", "field", "/persons/*/contact", "/persons/*/contact", ""),
    ("nidos", "field", "/case/caseNumbers", "", ""),
    ("europol", "field", "/persons/*/contact", "/persons/*/contact", ""),
    ("kmar", "field", "/consents/*/form", "/consents/*/form", ""),
    ("comensha", "deidentified", "/handling/legalBasis", "/handling/furtherUse", ""),
  ]) func `catches a policy with one wrong allowance`(
    _ partner: String, _ table: String, _ pointer: String, _ instead: String, _ scheme: String
  ) throws {
    var text = String(
      decoding: try PackageFolder.read("partners/policies.d/\(partner).toml"), as: UTF8.self)
    let right: String
    if table == "deidentified" {
      // The other way round, for here the schema lets nothing more through: the right policy holds
      // back what the one in use gives.
      right = text + "\n" + line(pointer + "/*/provision", "remove", in: table)
    } else {
      right = text
      if !instead.isEmpty { text = text.withoutLine(instead, in: table) }
      if !scheme.isEmpty {
        text = text.replacing("id_schemes = []", with: "id_schemes = [\"v-number\", \"bsn\", "
          + "\"skn\", \"passport\", \"residence-document\"]")
        text += "\n" + line("/persons/*/identifiers", "disclose", in: table)
      } else {
        text += "\n" + line(pointer, "disclose", in: table)
      }
    }
    let wrong = try Policy.read(
      Array(text.utf8), file: "\(partner).toml", knownKinds: ReferralKind.allCases.map(\.rawValue)
    ).get()
    let oracle = try DisclosureOracle(
      policy: right,
      partner: String(
        decoding: try PackageFolder.read("partners/partners.d/\(partner).toml"), as: UTF8.self))
    let gate = try Gate()
    var leaks: Set<String> = []
    for kind in ReferralKind.allCases where oracle.kinds.contains(kind.rawValue) {
      for seed in UInt64(1)...6 {
        guard
          case .success(let trial) = try tried(
            kind, .create, at: partner, seed: seed, through: gate, oracle: oracle, under: wrong)
        else { continue }
        leaks.formUnion(trial.leaks)
      }
    }
    #expect(leaks.contains { $0.hasSuffix("in the document") })
  }

  @Test func `finds a text in every form in which it could hide`() {
    let text = "ÅéGHJKMQVW"
    let search = CanarySearch([text, "2041-03-07"])
    let plain = Data(text.utf8)
    let hiding: [[UInt8]] = [
      Array(text.utf8), Array(text.decomposedStringWithCanonicalMapping.utf8),
      Array(text.lowercased().utf8), Array(text.uppercased().utf8),
      Array("x=%C3%85%C3%A9GHJKMQVW&".utf8), Array("%c3%85%c3%a9GHJKMQVW".utf8),
      Array(#""\u00c5\u00e9GHJKMQVW""#.utf8), Array(#""\u00C5\u00E9GHJKMQVW""#.utf8),
      Array(plain.base64EncodedString().utf8),
      Array((Data("a".utf8) + plain + Data("bc".utf8)).base64EncodedString().utf8),
      Array((Data("ab".utf8) + plain + Data("c".utf8)).base64EncodedString().utf8),
      Array("geboren 7-3-2041".utf8), Array("20410307".utf8), Array("07/03/2041".utf8),
    ]
    for octets in hiding {
      let padded = Array("before ".utf8) + octets + Array(" after".utf8)
      #expect(!search.finds(in: padded).isEmpty, "\(String(decoding: octets, as: UTF8.self))")
    }
    #expect(search.finds(in: Array("ÅéGHJKMQV 2041-03-08".utf8)).isEmpty)
  }
}

private func line(_ pointer: String, _ action: String, in table: String) -> String {
  """
  [[\(table)]]
  pointer = "\(pointer)"
  action = "\(action)"
  rule = "WRONG"
  reason = "Planted."

  """
}

extension String {
  /// The policy without its line for a place.
  fileprivate func withoutLine(_ pointer: String, in table: String) -> String {
    components(separatedBy: "[[").filter { part in
      !(part.hasPrefix("\(table)]]") && part.contains("pointer = \"\(pointer)\"\n"))
    }.joined(separator: "[[")
  }
}
