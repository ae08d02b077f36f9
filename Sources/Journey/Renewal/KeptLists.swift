/// The lists that were fetched, on disk: a restart without network knows what was known before.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
package import Platform
import Register

/// A folder with one file in DER for each authority's key and scope, written by rename.
package struct KeptLists: Sendable {
  static let ending = ".crl"
  private let folder: String
  /// By name of the file.
  private var found: [String: RevocationList] = [:]
  /// Names of those that the disk did not take.
  private var unwritten: Set<String> = []

  package var lists: [RevocationList] { found.keys.sorted().compactMap { found[$0] } }

  package init(folder: String) { self.folder = folder }

  /// Whoever uses them checks their signatures again. Returns how many files hold no list.
  package mutating func read() -> Int {
    let names = ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(KeptLists.ending) }
    var unusable = 0
    for name in names.prefix(RenewalLimits.keptLists) {
      if let lists = RevocationFiles.lists(in: folder + "/" + name), lists.count == 1 {
        found[name] = lists[0]
      } else {
        unusable += 1
      }
    }
    return unusable
  }

  /// Known from now on, also where the disk does not take it.
  package mutating func keep(_ fetched: FetchedList) throws(FileError) {
    let (name, list) = (fetched.keptName, fetched.list)
    if let before = found[name] {
      guard list.isNoOlder(than: before), list.der != before.der || unwritten.contains(name)
      else { return }
    }
    found[name] = list
    unwritten.insert(name)
    try Files.makeFolder(folder)
    try Files.write(list.der, to: folder + "/" + name)
    try Files.syncFolder(folder)
    unwritten.remove(name)
  }
}
