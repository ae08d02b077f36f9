/// The request corpus of another project: nothing invalid passes, nothing is answered twice.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPServer
import Platform
import Testing

private let folder = (Standard.variable("REFERRAL_VECTORS") ?? "../shared/vectors") + "/http1"
private let names = ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(".http") }

/// Invalid only under limits that the corpus sets beside them: 2 fields, 98 octets a field.
private let invalidByConfiguration: Set<String> = ["invalid-011.http", "invalid-012.http"]

/// The corpus escapes control octets; line ends of the file are only for its readers.
private func octets(_ name: String) throws -> [UInt8] {
  let file = try Files.read("\(folder)/\(name)", limit: 1_048_576).filter { $0 != 0x0A }
  var out: [UInt8] = []
  var rest = file[...]
  while let octet = rest.popFirst() {
    guard octet == 0x5C, let letter = rest.first else {
      out.append(octet)
      continue
    }
    rest = rest.dropFirst()
    switch letter {
    case 0x72: out.append(0x0D)
    case 0x6E: out.append(0x0A)
    case 0x74: out.append(0x09)
    case 0x30: out.append(0x00)
    case 0x78:
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      rest = rest.dropFirst(2)
      out.append(try #require(UInt8(digits, radix: 16)))
    default: out += [octet, letter]
    }
  }
  return out
}

@Test(.enabled(if: !names.isEmpty, "no vectors in the folder"), arguments: names)
func `survives a vector`(_ name: String) async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(server.port, octets(name), endWriting: true)
    #expect(finalAnswers(answer) <= 1, "\(answer)")
    if name.hasPrefix("invalid-"), !invalidByConfiguration.contains(name) {
      let code = try #require(status(answer), "\(answer)")
      #expect((400...599).contains(code), "\(answer)")
      #expect(answer.contains("Connection: close"))
    }
  }
}
