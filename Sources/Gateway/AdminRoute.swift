/// Everything that can be asked of the admin socket, and who may ask it: the one table.
// SPDX-License-Identifier: Apache-2.0
package import HTTPServer
import Platform
package import Register

/// As it is asked; a word in capitals stands for what the caller names there.
package enum AdminRoute: String, CaseIterable, Sendable {
  case whoAmI = "GET /v1/whoami"
  case status = "GET /v1/status"
  case metrics = "GET /v1/metrics"
  case deliveries = "GET /v1/deliveries"
  case delivery = "GET /v1/deliveries/ID"
  case recipients = "GET /v1/deliveries/ID/recipients"
  case deliveryOrder = "POST /v1/deliveries/ID/ORDER"
  case shape = "GET /v1/shape"
  case alarms = "GET /v1/alarms"
  case handIn = "POST /v1/bundles/ID/FILE/PART"
  case submit = "POST /v1/submissions"
  case preview = "POST /v1/preview"
  case explainRoutes = "POST /v1/route"
  case reveal = "POST /v1/preview?reveal=true"
  case jobs = "GET /v1/jobs"
  case makeJob = "POST /v1/jobs"
  case job = "GET /v1/jobs/ID"
  case jobItems = "GET /v1/jobs/ID/items"
  case cancelJob = "POST /v1/jobs/ID/cancel"
  case partners = "GET /v1/partners"
  case partner = "GET /v1/partners/CODE"
  case partnerLimits = "GET /v1/partners/CODE/limits"
  case partnerLists = "GET /v1/partners/CODE/crl"
  case partnerCheck = "GET /v1/partners/CODE/check"
  case partnerOrder = "POST /v1/partners/CODE/ORDER"
  case healthLive = "GET /v1/health/live"
  case healthReady = "GET /v1/health/ready"
  case healthDeep = "GET /v1/health/deep"
  case audit = "GET /v1/audit"
  case reload = "POST /v1/reload"
  case batches = "GET /v1/statistics"
  case batchPreview = "GET /v1/statistics/QUARTER/preview"
  case sendBatch = "POST /v1/statistics/QUARTER"

  /// Whoever has one of these may ask; the first is the one to have for it. Nil: whoever may open
  /// the socket.
  package var roles: [AdminRole]? {
    switch self {
    case .whoAmI: nil
    case .status, .metrics, .deliveries, .shape, .alarms, .jobs, .jobItems, .partners, .partner,
      .partnerLimits, .partnerLists, .healthLive, .healthReady:
      [.readers, .operators, .keys, .privacy, .auditors]
    // What became of what one has handed in.
    case .delivery, .recipients: [.readers, .operators, .keys, .privacy, .auditors, .submitters]
    // With the reason that an operator gave.
    case .job: [.operators, .privacy, .auditors]
    case .deliveryOrder, .makeJob, .cancelJob, .partnerOrder: [.operators]
    case .partnerCheck, .healthDeep, .reload: [.operators, .keys]
    case .handIn, .submit: [.submitters]
    case .preview, .explainRoutes: [.submitters, .operators, .privacy]
    case .reveal: [.privacy]
    case .audit: [.auditors, .privacy]
    case .batches: [.readers, .operators, .keys, .privacy, .auditors]
    case .batchPreview: [.submitters, .operators, .privacy]
    case .sendBatch: [.operators]
    }
  }
}

/// One request, as the route that it takes and what it names on its way.
package struct AdminCall: Sendable {
  package let route: AdminRoute
  /// What stands in the path for each word in capitals, in order.
  package let names: [String]
  let query: Query
  /// What the path names first, where it can be an id.
  var id: UniversalID? { names.first.flatMap { UniversalID($0) } }

  /// Nil for what cannot be asked.
  package init?(_ request: Request) {
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    let query = Query(request.query ?? "")
    for pattern in AdminCall.patterns where pattern.method == request.method {
      guard pattern.path.count == path.count, !pattern.reveals || query["reveal"] == "true"
      else { continue }
      let pairs = zip(pattern.path, path)
      guard pairs.allSatisfy({ AdminCall.isName($0) ? !$1.isEmpty : $0 == $1 }) else { continue }
      route = pattern.route
      names = pairs.filter { AdminCall.isName($0.0) }.map { String($0.1) }
      self.query = query
      return
    }
    return nil
  }

  private struct Pattern: Sendable {
    let route: AdminRoute
    let method: HTTPMethod?
    let path: [Substring]
    let reveals: Bool
  }

  /// Those that ask more of the query come first.
  private static let patterns: [Pattern] = AdminRoute.allCases.map { route in
    let parts = route.rawValue.split { $0 == " " || $0 == "?" }
    return Pattern(
      route: route, method: HTTPMethod(rawValue: String(parts[0])),
      path: parts[1].split(separator: "/", omittingEmptySubsequences: false),
      reveals: parts.count > 2)
  }.sorted { $0.reveals && !$1.reveals }

  private static func isName(_ part: Substring) -> Bool {
    part.utf8.first.map { (0x41...0x5A).contains($0) } ?? false
  }
}
