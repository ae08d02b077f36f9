/// Users and groups as the system's name service knows them.
// SPDX-License-Identifier: Apache-2.0
import Glibc

package enum Accounts {
  /// Whose rights this process has.
  package static var ownUser: UInt32 { geteuid() }

  /// Nil for a user that has none.
  package static func name(ofUser user: UInt32) -> String? {
    var entry = passwd()
    return look { buffer, size, found in
      var result: UnsafeMutablePointer<passwd>?
      let failure = getpwuid_r(user, &entry, buffer, size, &result)
      if let name = result?.pointee.pw_name { found = String(cString: name) }
      return failure
    }
  }

  /// Nil where there is no such group.
  package static func number(ofGroup name: String) -> UInt32? {
    var entry = group()
    return look { buffer, size, found in
      var result: UnsafeMutablePointer<group>?
      let failure = getgrnam_r(name, &entry, buffer, size, &result)
      found = result?.pointee.gr_gid
      return failure
    }
  }

  /// With a larger buffer for as long as it is too small: a group may have many members.
  private static func look<Found>(
    _ find: (UnsafeMutablePointer<CChar>, Int, inout Found?) -> Int32
  ) -> Found? {
    var found: Found?
    for size in [4_096, 65_536, 1_048_576] {
      var buffer = [CChar](repeating: 0, count: size)
      guard find(&buffer, size, &found) == ERANGE else { break }
    }
    return found
  }
}
