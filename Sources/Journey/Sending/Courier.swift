/// The push itself: one request with fixed octets, by the road that the partner's file names.
// SPDX-License-Identifier: Apache-2.0
package import Fetch
package import OpenSSL
package import Outbox
package import Platform
package import Register
import Signing

/// How a partner is reached: its file and our TLS identity towards it.
package struct PartnerRoad: Sendable {
  package let partner: Partner
  package let identity: TLSClientIdentity
  /// The register's generation; a newer one closes the connections of older ones.
  package let generation: Int

  /// - Parameter revocation: how the partner's server is asked about; nil when nothing is asked.
  package init(
    partner: Partner, client: KeyPair, generation: Int, revocation: ServerRevocation? = nil
  ) {
    self.partner = partner
    self.generation = generation
    let own = partner.tls.client ?? client
    identity = TLSClientIdentity(
      certificates: own.certificates, key: own.key, anchors: partner.tls.anchors,
      pinnedPublicKeysSHA256: partner.tls.pins, revocation: revocation)
  }
}

package struct Courier: Sendable {
  private let fetcher: Fetcher

  package init(_ fetcher: Fetcher) { self.fetcher = fetcher }

  /// - Parameter transactionID: a fresh UUIDv7 for each attempt; FSC demands one.
  package func push(_ delivery: StoredDelivery, by road: PartnerRoad, transactionID: UniversalID)
    async -> FetchResult
  {
    await fetcher.push(
      Courier.request(
        for: delivery.document.requestFields, body: delivery.document.octets,
        by: road, transactionID: transactionID))
  }

  /// Fixed fields and octets on the partner's road.
  package static func request(
    for fields: [(name: String, value: String)], body: [UInt8], by road: PartnerRoad,
    transactionID: UniversalID
  ) -> FetchRequest {
    let partner = road.partner
    var request = FetchRequest(
      .post, partner.endpoint.text, fields: fields.map { ($0.name, $0.value) }, body: body,
      identity: road.identity)
    request.generation = road.generation
    switch partner.route {
    // With a proxy or an outway it is not the partner's address that is dialled.
    case .direct: request.allowedAddresses = partner.tls.addresses.map(\.description)
    case .proxy(let url): request.proxy = url.text
    case .fscOutway(let outway, let grantHash):
      // The outway chooses the service by the grant and keeps our path (FSC Core, Outway).
      request.url = outway.text.trimmingEnd("/") + path(of: partner.endpoint.text)
      request.allowsPlainHTTP = true
      request.fields += [
        ("Fsc-Grant-Hash", grantHash), ("Fsc-Transaction-Id", transactionID.description),
      ]
    }
    return request
  }

  /// Everything after the authority of an absolute URL.
  private static func path(of url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.count == 4 ? "/" + parts[3] : "/"
  }
}

extension String {
  fileprivate func trimmingEnd(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
