/// The request corpus of another project: nothing invalid passes, nothing is answered twice.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import TestSupport
import Testing

// Whatever the corpus holds; ReceptionTests send the same to a partner, over mutual TLS.
@Test(
  .enabled(if: !RawRequest.all.isEmpty, "test vectors http1 are absent"), arguments: RawRequest.all)
func `survives a vector`(_ request: RawRequest) async throws {
  try await withServer(loopback()) { server in
    let answer = try await exchange(server.port, request.octets, endWriting: true)
    #expect(finalAnswers(answer) == 1, "\(answer)")
    let code = try #require(status(answer), "\(answer)")
    if request.isInvalid {
      #expect((400...499).contains(code), "\(answer)")
      #expect(answer.contains("\r\nConnection: close"))
    }
  }
}
