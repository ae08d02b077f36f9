/// Roads to a partner: two on one port, an FSC outway, an egress proxy.
// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing
import TestSupport

private let needsNginx = ConditionTrait.enabled(
  if: Machine.hasNginx, "there is no nginx: run scripts/bootstrap")

extension Scenarios {
  @Suite(needsPython) struct Roads {
    @Test(needsNginx)
    func `shows each of two partners on one port its own client certificate`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let care = try await world.partner(.care)
      let front = try await world.nginx(
        """
        log_format who '$ssl_client_s_dn $uri $connection_requests';
        access_log \(world.folder)/access.log who;
        server {
          listen 127.0.0.1:PORT ssl;
          ssl_certificate \(world.pki)/politie-avim-server-chain.pem;
          ssl_certificate_key \(world.pki)/politie-avim-server.key;
          ssl_client_certificate \(world.pki)/anchors.pem;
          ssl_verify_client on;
          ssl_verify_depth 3;
          location = /police/v1/referrals { proxy_pass \(police.endpoint); }
          location = /care/v1/referrals { proxy_pass \(care.endpoint); }
        }
        """)
      let gateway = try Gateway(
        world,
        endpoints: [
          (.police, "https://127.0.0.1:\(front)/police/v1/referrals"),
          (.care, "https://127.0.0.1:\(front)/care/v1/referrals"),
        ]
      ) { file, text in
        file != "partners.d/comensha.toml"
          ? text
          : text.replacing(
            "[tls]",
            with: """
              [tls]
              client_certificate = "pki/comensha-server-chain.pem"
              client_key = "pki/comensha-server.key"
              """)
      }
      try await gateway.start()
      for _ in 0..<6 {
        let both = try Submission.fresh("22-mononym", to: [.police, .care])
        #expect(try gateway.submit(both).status == 200)
      }
      _ = try await gateway.allDelivered(12)
      // nginx logs a request after the answer has left.
      let lines = try await eventually("nginx has logged all") {
        let lines = try world.read("access.log").split(separator: "\n")
        return lines.count == 12 ? lines : nil
      }
      let expected = ["/police/": "00000099000000001000", "/care/": "00000099000000030000"]
      for (path, oin) in expected {
        let own = lines.filter { $0.contains(path) }
        #expect(own.count == 6)
        #expect(own.allSatisfy { $0.contains("serialNumber=\(oin)") }, "\(own)")
      }
    }

    /// An outway in nginx: grant and transaction id, then mutual TLS to the partner.
    private func outway(_ world: World, to police: IndependentPartner) async throws -> Int {
      try await world.nginx(
        """
        map $http_fsc_grant_hash $granted { "~^\\$1\\$4\\$c29tZSBncmFudA$" 1; default 0; }
        map $http_fsc_transaction_id $traced {
          "~^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" 1; default 0;
        }
        log_format fsc '$http_fsc_transaction_id';
        access_log \(world.folder)/access.log fsc;
        server {
          listen 127.0.0.1:PORT;
          error_page 540 @refused;
          location / {
            if ($granted = 0) { return 540; }
            if ($traced = 0) { return 540; }
            proxy_pass https://127.0.0.1:\(police.port);
          }
          location @refused {
            add_header Fsc-Error-Code ERROR_CODE_UNKNOWN_GRANT_HASH_IN_HEADER always;
            return 540;
          }
        }
        """)
    }

    private func route(_ outway: Int, grant: String) -> (String, String) -> String {
      { file, text in
        guard file.hasPrefix("partners.d") else { return text }
        return text + """

          [route]
          via = "fsc-outway"
          outway = "http://127.0.0.1:\(outway)"
          grant_hash = "\(grant)"

          """
      }
    }

    @Test(needsNginx) func `goes through an FSC outway`() async throws {
      let world = try World()
      let police = try await world.partner(.police, plan: ["5xx", "honest"])
      let port = try await outway(world, to: police)
      let gateway = try await Gateway.running(
        world, [police], edit: route(port, grant: "$1$4$c29tZSBncmFudA"))
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      let ids = try await eventually("nginx has logged both") {
        let lines = try world.read("access.log").split(separator: "\n")
        return lines.count == 2 ? lines : nil
      }
      #expect(Set(ids).count == 2, "each attempt has a transaction id of its own")
    }

    @Test(needsNginx) func `waits where the outway refuses`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let port = try await outway(world, to: police)
      let gateway = try await Gateway.running(
        world, [police], retryScale: 1, edit: route(port, grant: "$1$4$b3RoZXI"))
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DEFERRED")
      #expect(delivery["reason"]?.text == "outway")
      #expect(delivery["attemptList"]?.elements?.last?["status"]?.integer == 540)
      #expect(police.journal().isEmpty)
    }

    @Test func `goes through an egress proxy that the partner's file names`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let proxy = try world.start(
        "proxy", Machine.python, ["-B", PackageFolder.path + "/Tests/Support/connect_proxy.py"])
      let port = try await world.listeningPort(proxy)
      let gateway = try await Gateway.running(world, [police]) { file, text in
        guard file.hasPrefix("partners.d") else { return text }
        return text + "\n[route]\nvia = \"proxy\"\nproxy = \"http://127.0.0.1:\(port)\"\n"
      }
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "HELD", "DEFERRED")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      #expect(proxy.log.contains("CONNECT 127.0.0.1:\(police.port)"))
    }

    @Test func `takes no proxy from the environment`() async throws {
      let world = try World()
      let police = try await world.partner(.police)
      let dead = "http://127.0.0.1:\(try freePort())"
      let gateway = try await Gateway.running(
        world, [police],
        environment: [
          "https_proxy": dead, "HTTPS_PROXY": dead, "http_proxy": dead, "ALL_PROXY": dead,
          "all_proxy": dead,
        ])
      let id = try gateway.deliver(Submission.fresh())
      let delivery = try await gateway.settled(id, "DELIVERED", "DEFERRED")
      #expect(delivery["state"]?.text == "DELIVERED", "\(text(delivery))")
      #expect(delivery["attempts"]?.integer == 1)
    }
  }
}

extension World {
  /// One nginx process with these blocks; PORT stands for the free port that comes back.
  fileprivate func nginx(_ blocks: String) async throws -> Int {
    let port = try freePort()
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "\($0)_temp_path \(folder)/nginx-\($0);"
    }.joined(separator: "\n")
    try write(
      "nginx.conf",
      """
      daemon off;
      master_process off;
      pid \(folder)/nginx.pid;
      error_log \(folder)/nginx-error.log;
      events { worker_connections 64; }
      http {
      \(temporary)
      proxy_ssl_certificate \(pki)/sender-client-chain.pem;
      proxy_ssl_certificate_key \(pki)/sender-client.key;
      proxy_http_version 1.1;
      \(blocks.replacing("PORT", with: String(port)))
      }
      """)
    let program = try start(
      "nginx", Machine.nginx, ["-p", folder, "-c", folder + "/nginx.conf"])
    // The file is written when the sockets listen.
    _ = try await eventually("nginx listens") { () throws -> Bool? in
      guard program.isRunning else { throw Stuck(description: "nginx: \(program.log)") }
      return FileManager.default.fileExists(atPath: folder + "/nginx.pid") ? true : nil
    }
    return port
  }
}
