/// Who calls over the admin socket, and what its groups allow.
// SPDX-License-Identifier: Apache-2.0
import JSON
import Log
import Platform
package import Register

/// The roles of this machine: each with its group, and the group's number where there is one.
package struct AdminRights: Sendable {
  fileprivate struct Group: Sendable {
    let role: AdminRole
    let name: String
    let number: UInt32?
  }
  private let groups: [Group]
  private let ownUser: UInt32

  /// - Parameters:
  ///   - names: a group's name for each role.
  ///   - ownUser: the gateway's own; it and root need no group.
  ///   - number: of a group by its name; nil where there is none.
  package init(
    _ names: [AdminRole: String], ownUser: UInt32, number: (String) -> UInt32?
  ) {
    groups = AdminRole.allCases.map { role in
      let name = names[role] ?? role.standardGroup
      return Group(role: role, name: name, number: number(name))
    }
    self.ownUser = ownUser
  }

  /// As this machine has them now: a group that is made later counts from the next start on.
  init(_ names: [AdminRole: String], _ log: EventLog) {
    self.init(names, ownUser: Accounts.ownUser, number: Accounts.number(ofGroup:))
    for group in groups where group.number == nil { log.write(.groupMissing(group.role)) }
  }

  /// `user` is nil where the system did not tell it: then nothing is allowed.
  package func caller(user: UInt32?, groups own: [UInt32]) -> AdminCaller {
    guard let user else { return AdminCaller(user: nil, roles: [], isTrusted: false) }
    guard user != 0, user != ownUser else {
      return AdminCaller(user: user, roles: Set(AdminRole.allCases), isTrusted: true)
    }
    let roles = groups.filter { group in group.number.map(own.contains) ?? false }.map(\.role)
    return AdminCaller(user: user, roles: Set(roles), isTrusted: false)
  }

  /// Names the group to join.
  func refusal(of route: AdminRoute) -> AdminAnswer {
    let group = groups.first { $0.role == route.roles?.first }
    guard let group else { return .error(.denied) }
    var line = AdminProblem.denied.line(
      (
        AdminProblem.denied.text.message,
        group.number == nil
          ? "there is no group \(group.name): make it, or name another in [admin.groups] of "
            + "gateway.toml, and restart the gateway"
          : "join the group \(group.name) and log in anew; see: referralctl whoami"
      ))
    line["role"] = .string(group.role.rawValue)
    line["group"] = .string(group.name)
    return AdminAnswer(AdminProblem.denied.status, [line])
  }

  /// What `whoami` answers.
  func line(of caller: AdminCaller, name: String?) -> JSONObject {
    var line: JSONObject = ["v": 1, "kind": "whoami"]
    if let user = caller.user { line["user"] = .number(JSONNumber(Int64(user))) }
    if let name { line["name"] = .string(name) }
    line["trusted"] = .bool(caller.isTrusted)
    line["roles"] = .array(
      groups.map { group in
        .object([
          "role": .string(group.role.rawValue), "group": .string(group.name),
          "groupExists": .bool(group.number != nil),
          "yours": .bool(caller.roles.contains(group.role)),
          "allows": .string(group.role.allows),
        ])
      })
    return line
  }
}

package struct AdminCaller: Sendable {
  package let user: UInt32?
  package let roles: Set<AdminRole>
  /// Root, or the gateway's own user: no group is asked for.
  package let isTrusted: Bool

  package func may(_ route: AdminRoute) -> Bool {
    guard let wanted = route.roles else { return true }
    return wanted.contains(where: roles.contains)
  }

  /// Who it is, for the audit.
  func actor() -> String {
    user.map { Actor.text($0, name: Accounts.name(ofUser: $0)) } ?? "unknown"
  }
}

/// How the record names a user: `uid:1000(alice)`. The number is what the system vouches for; the
/// name is the one that it had when the entry was written, and is left out when it is not plain.
package enum Actor {
  package static func text(_ user: UInt32, name: String?) -> String {
    let isPlain = name.map { name in
      (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x28 && $0 != 0x29 }
    }
    guard let name, isPlain == true else { return "uid:\(user)" }
    return "uid:\(user)(\(name))"
  }
}
