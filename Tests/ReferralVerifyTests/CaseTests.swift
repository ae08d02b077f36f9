/// The cases of schemas/vectors/verification, which every verifier of this protocol must pass.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Platform
import TestSupport
import Testing

private let folder = "\(PackageFolder.path)/schemas/vectors/verification"

/// One line of cases.json; paths are relative to its folder.
private struct Case: Sendable, CustomTestStringConvertible {
  let value: JSONValue
  var testDescription: String { value["name"]?.text ?? "without a name" }

  static let all: [Case] = {
    let octets = (try? Files.read("\(folder)/cases.json", limit: 4_194_304)) ?? []
    return ((try? JSONReader.read(octets))?.elements ?? []).map(Case.init)
  }()

  var arguments: [String] {
    var words = [value["verb"]?.text ?? ""]
    for name in ["trust", "body", "headers"] {
      words += ["--\(name)", "\(folder)/\(value[name]?.text ?? "")"]
    }
    let options = [
      "identity": "--identity", "recipient": "--recipient", "headerName": "--header-name",
      "at": "--at",
    ]
    for (name, option) in options {
      if let text = value[name]?.text { words += [option, text] }
    }
    for list in value["crls"]?.elements ?? [] {
      words += ["--crl", "\(folder)/\(list.text ?? "")"]
    }
    if value["noRevocationCheck"]?.flag == true { words.append("--no-revocation-check") }
    return words
  }
}

@Suite(.serialized, .enabled(if: !Case.all.isEmpty, "schemas/vectors/verification is absent"))
struct CaseTests {
  @Test func `covers every status and the steps from 1 to 14 but 2`() {
    let exits = Set(Case.all.compactMap { $0.value["exit"]?.integer })
    #expect(exits == [0, 1, 2])
    let steps = Set(Case.all.compactMap { $0.value["step"]?.integer })
    #expect(steps.isSuperset(of: [1] + Array(3...14)))
  }

  @Test(arguments: Case.all) fileprivate func `gives the verdict of the case`(_ one: Case)
    async throws
  {
    let judged = Judged(try await Verifier.run(one.arguments))
    let exit = try #require(one.value["exit"]?.integer)
    #expect(judged.run.status == Int32(exit), "\(judged.run)")
    #expect(judged.verdict["exit"]?.integer == exit)
    if let step = one.value["step"]?.integer { #expect(judged.verdict["step"]?.integer == step) }
    if let code = one.value["code"]?.text { #expect(judged.code == code) }
  }
}
