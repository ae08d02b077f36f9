/// The sample keys of the development profile, made once for all test programs.
// SPDX-License-Identifier: Apache-2.0
import Foundation

package struct BrokenTestSupport: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}

package enum DevelopmentPKI {
  /// `REFERRAL_PKI`, or .build/pki of this package; complete when this returns.
  package static func folder() throws -> String { try made.get() }

  private static let made = Result { try make() }

  /// The script does nothing where all is there; the lock keeps two test programs apart.
  private static func make() throws -> String {
    let folder =
      ProcessInfo.processInfo.environment["REFERRAL_PKI"] ?? PackageFolder.path + "/.build/pki"
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: folder).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    let script = Process()
    script.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    script.arguments = [
      "flock", folder + ".lock", PackageFolder.path + "/certs/make-development-pki", folder,
    ]
    script.standardOutput = FileHandle.nullDevice
    try script.run()
    script.waitUntilExit()
    guard script.terminationStatus == 0 else {
      throw BrokenTestSupport(description: "make-development-pki made nothing in \(folder)")
    }
    return folder
  }
}
