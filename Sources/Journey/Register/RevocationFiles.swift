/// Where a partner's revocation lists stand, and which of what was read is in force.
// SPDX-License-Identifier: Apache-2.0
package import OpenSSL
package import Platform

/// A file with lists, or a folder of such files.
package struct RevocationFiles: Sendable, Hashable {
  package let path: String

  init(path: String) { self.path = path }

  /// Paths of the files, by name; those that begin with a dot are left alone.
  package var files: [String] {
    guard let names = try? Files.list(path) else { return [path] }
    return names.filter { !$0.hasPrefix(".") }.prefix(Limits.revocationFiles).map {
      path + "/" + $0
    }
  }

  /// Of the files that are there now.
  package var marks: [String: FileMark] {
    var marks: [String: FileMark] = [:]
    for file in files { marks[file] = Files.mark(of: file) }
    return marks
  }

  /// Nil when the file cannot be read or holds no list, half of one or something else besides.
  package static func lists(in file: String) -> [RevocationList]? {
    guard let octets = try? Files.read(file, limit: Limits.revocationFileOctets) else {
      return nil
    }
    return lists(of: octets)
  }

  /// PEM or DER.
  package static func lists(of octets: [UInt8]) -> [RevocationList]? {
    if let lists = try? RevocationList.all(pem: octets), !lists.isEmpty { return lists }
    return (try? RevocationList(der: octets)).map { [$0] }
  }
}

extension [RevocationList] {
  /// What is in force after `found` was read: of each issuer and scope the newest list, whatever
  /// became of its file. A list of a known issuer with somebody else's signature is not taken.
  package func renewed(by found: [RevocationList], issuers: [Certificate]) -> [RevocationList] {
    var newest: [RevocationList] = []
    for list in self + found where list.isCredible(issuers) {
      guard let index = newest.firstIndex(where: { $0.isAboutTheSame(as: list) }) else {
        newest.append(list)
        continue
      }
      // Of two lists of the same second and number the one that was read later.
      if list.isNoOlder(than: newest[index]) { newest[index] = list }
    }
    return newest
  }
}

extension RevocationList {
  package func isCredible(_ issuers: [Certificate]) -> Bool {
    let known = issuers.filter { $0.subject == issuer }
    return known.isEmpty || known.contains(where: isSigned)
  }

  package func isAboutTheSame(as other: RevocationList) -> Bool {
    issuer == other.issuer && scope == other.scope
  }
}

extension Partner {
  /// Who may have issued the lists that this partner's certificates are looked up in.
  package var knownIssuers: [Certificate] { trust.anchors + trust.intermediates + tls.anchors }
}
