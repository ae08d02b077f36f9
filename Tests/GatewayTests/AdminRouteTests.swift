/// Who may ask what over the admin socket, as one table seen from outside.
// SPDX-License-Identifier: Apache-2.0
import Gateway
import HTTPServer
import Register
import Testing

/// Written down apart from the code: for each route, the roles that it is open to, and everybody
/// else is kept out. `*` is whoever may open the socket.
private let expected: [(request: String, roles: String)] = [
  ("GET /v1/whoami", "*"),
  ("GET /v1/status", "readers operators keys privacy auditors"),
  ("GET /v1/metrics", "readers operators keys privacy auditors"),
  ("GET /v1/deliveries?state=HELD", "readers operators keys privacy auditors"),
  ("GET /v1/deliveries/ID", "readers operators keys privacy auditors submitters"),
  ("GET /v1/deliveries/ID/recipients", "readers operators keys privacy auditors submitters"),
  ("POST /v1/deliveries/ID/resend", "operators"),
  ("GET /v1/shape", "readers operators keys privacy auditors"),
  ("GET /v1/alarms", "readers operators keys privacy auditors"),
  ("POST /v1/bundles/019ab1c2-7f00-7abc-8def-0123456789ab/a1/0", "submitters"),
  ("POST /v1/submissions", "submitters"),
  ("POST /v1/preview?partner=emm", "operators privacy submitters"),
  ("POST /v1/route", "operators privacy submitters"),
  ("POST /v1/preview?partner=emm&reveal=true&reason=x", "privacy"),
  ("GET /v1/jobs", "readers operators keys privacy auditors"),
  ("POST /v1/jobs", "operators"),
  ("GET /v1/jobs/ID", "operators privacy auditors"),
  ("GET /v1/jobs/ID/items?after=0", "readers operators keys privacy auditors"),
  ("POST /v1/jobs/ID/cancel", "operators"),
  ("GET /v1/partners", "readers operators keys privacy auditors"),
  ("GET /v1/partners/emm", "readers operators keys privacy auditors"),
  ("GET /v1/partners/emm/limits", "readers operators keys privacy auditors"),
  ("GET /v1/partners/emm/crl", "readers operators keys privacy auditors"),
  ("GET /v1/partners/emm/check", "operators keys"),
  ("POST /v1/partners/emm/pause", "operators"),
  ("GET /v1/health/live", "readers operators keys privacy auditors"),
  ("GET /v1/health/ready", "readers operators keys privacy auditors"),
  ("GET /v1/health/deep", "operators keys"),
  ("GET /v1/audit", "auditors privacy"),
  ("POST /v1/reload", "operators keys"),
  ("GET /v1/statistics", "readers operators keys privacy auditors"),
  ("GET /v1/statistics/2026-Q3/preview?partner=emm", "operators privacy submitters"),
  ("POST /v1/statistics/2026-Q3", "operators"),
]

private func request(_ text: String) throws -> Request {
  let octets = Array((text + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").utf8)
  var scanner = HeadScanner()
  _ = try scanner.scan(octets)
  return Request(try RequestHead(octets, lines: scanner.lines), body: [])
}

/// Group 100 is the first role's, 101 the next one's.
private let rights = AdminRights([:], ownUser: 990) { name in
  AdminRole.allCases.firstIndex { $0.standardGroup == name }.map { UInt32(100 + $0) }
}
private func number(_ role: AdminRole) -> UInt32 {
  AdminRole.allCases.firstIndex(of: role).map { UInt32(100 + $0) } ?? 0
}

@Test func `every route stands in the table once, and is found by its request`() throws {
  let found = try expected.map { try #require(AdminCall(try request($0.request))).route }
  #expect(found == AdminRoute.allCases)
}

@Test func `each route is open to its roles and closed to every other`() throws {
  for row in expected {
    let route = try #require(AdminCall(try request(row.request))).route
    for role in AdminRole.allCases {
      let caller = rights.caller(user: 1_000, groups: [5, number(role)])
      #expect(caller.roles == [role])
      let isMeant = row.roles == "*" || row.roles.split(separator: " ").contains(role.rawValue[...])
      #expect(caller.may(route) == isMeant, "\(role) \(row.request)")
    }
    #expect(rights.caller(user: 0, groups: [0]).may(route))
    #expect(rights.caller(user: 990, groups: [990]).may(route))
    #expect(rights.caller(user: 1_000, groups: [5]).may(route) == (row.roles == "*"))
    #expect(rights.caller(user: nil, groups: [100, 101]).may(route) == (row.roles == "*"))
  }
}

@Test func `roles add up, and the first group counts like the others`() {
  #expect(rights.caller(user: 1_000, groups: [100, 7, 104]).roles == [.readers, .auditors])
}

@Test func `one group may be given several roles`() {
  let shared = AdminRights([.readers: "staff", .operators: "staff"], ownUser: 990) { name in
    name == "staff" ? 50 : nil
  }
  #expect(shared.caller(user: 1_000, groups: [50]).roles == [.readers, .operators])
}

@Test func `without groups on the machine nobody but root and the own user may do anything`() {
  let bare = AdminRights([:], ownUser: 990) { _ in nil }
  for route in AdminRoute.allCases where route != .whoAmI {
    #expect(!bare.caller(user: 1_000, groups: [0, 100, 101]).may(route))
    #expect(bare.caller(user: 990, groups: []).may(route))
  }
}

@Test(arguments: [
  "GET /v1", "GET /v1/status/", "GET //v1/status", "POST /v1/status", "GET /v1/deliveries/",
  "GET /v1/deliveries/a/hold", "POST /v1/deliveries/a", "GET /v2/status", "GET /v1/STATUS",
  "GET /v1/partners/emm/pause", "POST /v1/partners/emm", "POST /v1/whoami",
  "GET /v1/deliveries/ID/ORDER/", "GET /",
]) func `what is no route is none`(_ text: String) throws {
  #expect(AdminCall(try request(text)) == nil)
}

@Test func `a route with another query is the same route, and only true reveals`() throws {
  for query in ["", "?reveal=false", "?reveal=TRUE", "?reveal", "?reveal=true%20"] {
    #expect(AdminCall(try request("POST /v1/preview" + query))?.route == .preview)
  }
  for query in ["?reveal=true", "?a=b&reveal=%74rue", "?reveal=false&reveal=true"] {
    #expect(AdminCall(try request("POST /v1/preview" + query))?.route == .reveal)
  }
}

@Test func `the audit names a user by number and plain name only`() {
  #expect(Actor.text(1_000, name: "alice") == "uid:1000(alice)")
  #expect(Actor.text(1_000, name: "IND\\alice") == "uid:1000(IND\\alice)")
  for name in [nil, "", "a b", "a(b", "a)b", "é", "a\nb", String(repeating: "a", count: 65)] {
    #expect(Actor.text(1_000, name: name) == "uid:1000")
  }
}
