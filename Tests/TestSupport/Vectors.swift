/// Where the public test vectors lie.
// SPDX-License-Identifier: Apache-2.0
package import Foundation

package enum Vectors {
  /// REFERRAL_VECTORS, or the folder shared/vectors beside the package.
  package static let root: URL = {
    if let named = ProcessInfo.processInfo.environment["REFERRAL_VECTORS"] {
      return URL(fileURLWithPath: named)
    }
    return URL(fileURLWithPath: PackageFolder.path).deletingLastPathComponent()
      .appendingPathComponent("shared/vectors")
  }()

  package static func has(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(folder).path)
  }

  /// Names of the files of a folder and of all folders in it that end in `suffix`, sorted; none
  /// where there is no such folder.
  package static func names(_ folder: String, suffix: String) -> [String] {
    let place = root.appendingPathComponent(folder).path
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? []
    return all.filter { $0.hasSuffix(suffix) }.sorted()
  }

  package static func octets(_ folder: String, _ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: root.appendingPathComponent(folder).appendingPathComponent(name)))
  }

  /// Name and octets of each JSON file of a folder and of all folders in it, sorted by name.
  package static func files(_ folder: String) throws -> [(name: String, octets: [UInt8])] {
    try names(folder, suffix: ".json").map { ($0, try octets(folder, $0)) }
  }
}
