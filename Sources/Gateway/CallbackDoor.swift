/// The door for acknowledgements: where it is, and whom its TLS lets in.
// SPDX-License-Identifier: Apache-2.0
import HTTPServer
import Log
import OpenSSL
import Platform
import Register
import Wire

/// So few, because a partner needs one: the rest of the descriptors is for sending.
enum CallbackLimits {
  static let connections = 256
  static let connectionsPerAddress = 32
  /// Larger than an acknowledgement may be, so that the refusal comes with its reason.
  static let bodyOctets = 2 * WireLimits.acknowledgementOctets
}

struct CallbackDoor: Sendable {
  /// One for each address; none without `[inbound]`.
  private let servers: [HTTPServer]

  /// - Parameter sockets: those that systemd hands over.
  init(
    _ configuration: Configuration, _ sockets: [(name: String, fd: Int32)], _ log: EventLog,
    _ clock: GatewayClock
  ) throws(GatewayError) {
    let inherited = sockets.filter { $0.name == "inbound" }
    guard let tls = try CallbackDoor.tls(configuration) else {
      guard inherited.isEmpty else {
        throw GatewayError(
          code: .configuration,
          reason: "systemd hands over a socket named inbound, but gateway.toml has no [inbound]: "
            + "add it, or disable referral-gateway.socket")
      }
      servers = []
      return
    }
    var options = HTTPServer.Options()
    options.limits.bodyOctets = CallbackLimits.bodyOctets
    options.limits.connections = CallbackLimits.connections
    options.limits.connectionsPerAddress = CallbackLimits.connectionsPerAddress
    options.report = { log.write(.callers($0)) }
    // A partner compares it with its own clock when its signature seems to come from the future.
    options.date = { clock.now().httpDate }
    do throws(ListenError) {
      var servers: [HTTPServer] = []
      for socket in inherited {
        servers.append(try HTTPServer(socket: .inherited(socket.fd), tls: tls, options: options))
      }
      if inherited.isEmpty, let at = configuration.inbound?.listen {
        servers.append(
          try HTTPServer(
            socket: .tcp(address: at.host, port: at.port), tls: tls, options: options))
      }
      self.servers = servers
    } catch {
      throw GatewayError(code: .listener, reason: "inbound: \(error.reason)")
    }
    guard !servers.isEmpty else {
      throw GatewayError(
        code: .configuration,
        reason: "inbound: there is no 'inbound.listen', and systemd hands over no socket")
    }
    for server in servers { log.write(.hearing(port: server.port)) }
  }

  /// Every partner's anchors; which of them counts for whom is `CallerCheck`'s to say. Nil without
  /// `[inbound]`.
  static func tls(_ configuration: Configuration) throws(GatewayError) -> TLSServerContext? {
    guard let inbound = configuration.inbound else { return nil }
    var anchors: [Certificate] = []
    for anchor in configuration.partners.flatMap(\.tls.anchors) where !anchors.contains(anchor) {
      anchors.append(anchor)
    }
    do {
      return try TLSServerContext(
        certificates: inbound.server.certificates, key: inbound.server.key,
        clientAnchors: anchors, resumes: false)
    } catch {
      throw GatewayError(
        code: .configuration, reason: "inbound.certificate cannot be used: \(error.reason)")
    }
  }

  /// After a reload: other certificates, other anchors.
  func use(_ tls: TLSServerContext) { for server in servers { server.use(tls) } }

  func serve(_ handler: @escaping HTTPServer.Handler) async {
    await withDiscardingTaskGroup { group in
      for server in servers { group.addTask { await server.serve(handler) } }
    }
  }

  func stop() { for server in servers { server.stop() } }
}
