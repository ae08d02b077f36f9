/// The daemon's entry: arguments in, exit status out.
// SPDX-License-Identifier: Apache-2.0
import Platform

@main
struct Referrald {
  static func main() {
    Standard.exit(runReferrald(CommandLine.arguments))
  }
}
