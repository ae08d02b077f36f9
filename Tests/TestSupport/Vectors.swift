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

  /// Name and octets of each JSON file of a folder, sorted by name.
  package static func files(_ folder: String) throws -> [(name: String, octets: [UInt8])] {
    let place = root.appendingPathComponent(folder)
    return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
      .filter { $0.hasSuffix(".json") }
      .map { ($0, Array(try Data(contentsOf: place.appendingPathComponent($0)))) }
  }
}
