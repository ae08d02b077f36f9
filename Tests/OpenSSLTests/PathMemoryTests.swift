/// Paths that are remembered: never longer, and for nobody else, than asking anew would say.
// SPDX-License-Identifier: Apache-2.0
import OpenSSL
import Platform
import Testing

private struct PathCase {
  let pki: SamplePKI

  init() throws { pki = try SamplePKI.shared.get() }

  func validation(_ lists: [String]) throws -> PathValidation {
    PathValidation(
      anchors: [try pki.certificate("root")], revocationLists: try lists.map(pki.list),
      revocation: .required)
  }

  func check(_ validation: PathValidation, _ leaf: String, at time: Instant) throws -> PathVerdict {
    validation.check(
      try pki.certificate(leaf), intermediates: [try pki.certificate("middle")], at: time)
  }
}

@Test func `a remembered path says at every moment what asking anew says`() throws {
  let path = try PathCase()
  let lists = ["root", "short"]
  let ends = try lists.map(path.pki.list).flatMap { [$0.thisUpdate, $0.nextUpdate] }
  let begins = try ["leaf", "middle", "root"].map(path.pki.certificate)
    .flatMap { [$0.notBefore, $0.notAfter] }
  let moments = (ends.compactMap { $0 } + begins).flatMap { moment in
    [-1, 0, 1, 60].map { moment.adding(seconds: $0) }
  }
  let remembering = try path.validation(lists)
  var verdicts: [PathVerdict] = []
  // Twice: the second time everything that can be remembered is.
  for time in moments + moments.reversed() {
    let verdict = try path.check(remembering, "leaf", at: time)
    #expect(try verdict == path.check(path.validation(lists), "leaf", at: time))
    verdicts.append(verdict)
  }
  let kinds = verdicts.reduce(into: [0, 0, 0]) { kinds, verdict in
    switch verdict {
    case .valid: kinds[0] += 1
    case .undecided: kinds[1] += 1
    case .invalid: kinds[2] += 1
    }
  }
  #expect(!kinds.contains(0))
}

@Test func `a remembered path is nobody else's`() throws {
  let path = try PathCase()
  let validation = try path.validation(["root", "middle"])
  let leaf = try path.pki.certificate("leaf")
  let time = leaf.notBefore.adding(seconds: 3_600)
  guard case .valid = try path.check(validation, "leaf", at: time) else {
    Issue.record("the path is good")
    return
  }
  guard case .invalid(23, _) = try path.check(validation, "revoked", at: time) else {
    Issue.record("a revoked certificate shares its issuer with a good one")
    return
  }
  guard case .invalid = validation.check(leaf, intermediates: [], at: time) else {
    Issue.record("without its issuer there is no path")
    return
  }
}
