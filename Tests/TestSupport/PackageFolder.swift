/// Files of this package, found from where this file was compiled.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import Platform

package enum PackageFolder {
  /// Without a slash at its end.
  package static let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The octets of a file, named from the package's root.
  package static func read(_ file: String) throws -> [UInt8] {
    try Files.read("\(path)/\(file)", limit: 4_194_304)
  }
}
