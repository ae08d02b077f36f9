/// Runs the built referralctl.
// SPDX-License-Identifier: Apache-2.0
import TestSupport

typealias Run = ProgramRun

enum Program {
  static func run(
    _ arguments: [String], input: String = "", socket: String = "/nonexistent/socket"
  ) async throws -> Run {
    try await ProgramRun.of(
      product: "referralctl", arguments, input: input,
      environment: ["REFERRAL_ADMIN_SOCKET": socket])
  }
}
