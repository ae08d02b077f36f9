/// The admin CLI's entry: arguments in, exit status out.
// SPDX-License-Identifier: Apache-2.0
import Platform

@main
struct Referralctl {
  static func main() {
    Standard.exit(runReferralctl(CommandLine.arguments))
  }
}
