/// Reads the files of this checkout for the rules.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What is made by tools and not part of the repository (.gitignore).
  private static let made: Set = [
    ".build", ".git", ".venv", ".demo", "__pycache__", ".referral-gateway", "dev",
  ]
  private static let texts: Set = [
    "swift", "c", "cpp", "h", "py", "md", "sh", "json", "toml", "pem", "key", "txt", "yaml", "yml",
    "html", "service", "socket", "conf", "",
  ]

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// Every text file, in the order of paths.
  static let files: [SourceText] = {
    guard let walk = FileManager.default.enumerator(atPath: root.path) else { return [] }
    var found: [SourceText] = []
    for case let path as String in walk {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if made.contains(name) || name.hasPrefix(".build-") {
        walk.skipDescendants()
      } else if texts.contains(URL(filePath: path).pathExtension),
        let octets = FileManager.default.contents(atPath: root.appending(path: path).path),
        let text = String(validating: octets, as: UTF8.self)
      {
        found.append(SourceText(path, text))
      }
    }
    return found.sorted { $0.path < $1.path }
  }()
}
