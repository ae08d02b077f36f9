/// A server that behaves or misbehaves as the path of the request says, with its own test CA.
// SPDX-License-Identifier: Apache-2.0
import Fetch
import Foundation
import OpenSSL

final class Site: Sendable {
  struct Failure: Error { let text: String }
  let folder: String
  /// Mutual TLS, and a plain proxy that only knows CONNECT.
  let port: Int
  let proxyPort: Int
  var unixSocket: String { folder + "/socket" }

  init() throws {
    folder = NSTemporaryDirectory() + "site-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(certificates.utf8).write(to: URL(fileURLWithPath: folder + "/make.sh"))
    try Data(server.utf8).write(to: URL(fileURLWithPath: folder + "/server.py"))
    let make = Process()
    make.executableURL = URL(fileURLWithPath: "/bin/sh")
    make.arguments = [folder + "/make.sh", folder]
    make.standardError = FileHandle.nullDevice
    try make.run()
    make.waitUntilExit()
    guard make.terminationStatus == 0 else { throw Failure(text: "make.sh: \(folder)") }
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    python.arguments = [folder + "/server.py", folder]
    // The server ends when its standard input does, that is with the tests.
    python.standardInput = Pipe()
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    // A pipe gives what is there, which may be half a line.
    var said = Data()
    while !said.contains(0x0A) {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { break }
      said += more
    }
    let line = String(decoding: said, as: UTF8.self)
    let ports = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard ports.count == 2 else { throw Failure(text: "server.py said: \(line)") }
    port = ports[0]
    proxyPort = ports[1]
  }

  func octets(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
  }
  func certificate(_ name: String) throws -> Certificate {
    try Certificate(pem: octets(name + ".pem"))
  }
  func identity(_ name: String, anchor: String = "ca", pins: [[UInt8]] = []) throws
    -> TLSClientIdentity
  {
    TLSClientIdentity(
      certificates: [try certificate(name)], key: try PrivateKey(pem: octets(name + ".key")),
      anchors: [try certificate(anchor)], pinnedPublicKeysSHA256: pins)
  }
  func request(_ path: String, as name: String = "a") throws -> FetchRequest {
    FetchRequest(
      .post, "https://localhost:\(port)\(path)", fields: [("Content-Type", "application/json")],
      body: Array("{}".utf8), identity: try identity(name))
  }
}

private let certificates = """
  set -e
  cd "$1"
  cat > none.cnf <<'END'
  [req]
  distinguished_name = dn
  [dn]
  [ca]
  basicConstraints = critical, CA:TRUE
  keyUsage = critical, keyCertSign, cRLSign
  subjectKeyIdentifier = hash
  [leaf]
  basicConstraints = critical, CA:FALSE
  keyUsage = critical, digitalSignature
  subjectKeyIdentifier = hash
  authorityKeyIdentifier = keyid
  subjectAltName = DNS:localhost
  END
  new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config none.cnf"
  authority() {
    openssl req -x509 $new -extensions ca -days 30 -subj "/CN=$1" -keyout $1.key -out $1.pem
  }
  leaf() {
    openssl req $new -subj "/CN=$1" -keyout $1.key -out $1.csr
    openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -set_serial $3 -days 30 \\
      -extfile none.cnf -extensions leaf -out $1.pem
  }
  authority ca
  authority other
  leaf server ca 1
  leaf a ca 2
  leaf b ca 3
  leaf a2 ca 4
  leaf rogue other 5

  """

private let server = #"""
  import os, socket, ssl, sys, threading, time

  folder = sys.argv[1]
  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  context.load_cert_chain(folder + "/server.pem", folder + "/server.key")
  context.load_verify_locations(folder + "/ca.pem")
  context.verify_mode = ssl.CERT_REQUIRED

  def head(rest, status="200 OK"):
      return ("HTTP/1.1 " + status + "\r\n" + rest + "\r\n").encode()

  def whole(body, extra="", status="200 OK"):
      return head("Content-Length: %d\r\n%s" % (len(body), extra), status) + body

  def chunk(body):
      return b"%x\r\n" % len(body) + body + b"\r\n"

  CHUNKED = "Transfer-Encoding: chunked\r\n"
  # By path: what is sent, and whether the connection ends with it.
  FIXED = {
      "/redirect": (whole(b"", "Location: https://localhost:1/\r\n", "307 Temporary"), False),
      "/chunked": (head(CHUNKED) + chunk(b"ab") + chunk(b"cd") + b"0\r\n\r\n", False),
      "/trailers": (head(CHUNKED) + chunk(b"ab") + b"0\r\nX-Late: 1\r\n\r\n", False),
      "/204": (head("", "204 No Content"), False),
      "/interim": (head("Link: x\r\n", "103 Early Hints") + whole(b"ok"), False),
      "/missing": (whole(b"gone", "", "404 Not Found"), False),
      "/both": (head("Content-Length: 3\r\n" + CHUNKED) + chunk(b"ab") + b"0\r\n\r\n", True),
      "/two-lengths": (head("Content-Length: 2\r\nContent-Length: 3\r\n") + b"abc", True),
      "/same-lengths": (head("Content-Length: 2\r\nContent-Length: 2\r\n") + b"ab", True),
      "/until-close": (head("") + b"abc", True),
      "/error-until-close": (head("", "500 Broken") + b"abc", True),
      "/gzip-chunked": (head("Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n", True),
      "/signed-length": (head("Content-Length: +2\r\n") + b"ab", True),
      "/folded": (head("X-A: 1\r\n 2\r\nContent-Length: 2\r\n") + b"ab", True),
      "/spaced": (head("X-A : 1\r\nContent-Length: 2\r\n") + b"ab", True),
      "/204-length": (head("Content-Length: 2\r\n", "204 No Content"), True),
      "/large": (head("Content-Length: 3000000\r\n") + bytes(range(250)) * 12000, False),
      "/large-chunks": (head(CHUNKED) + chunk(bytes(range(250)) * 12000) + b"0\r\n\r\n", False),
      "/large-short": (head("Content-Length: 3000000\r\n") + b"x" * 2900000, True),
      "/large-missing": (whole(b"x" * 70000, "", "404 Not Found"), True),
      "/old": (b"just text\r\n", True),
      "/short": (head("Content-Length: 10\r\n") + b"abc", True),
      "/cut-chunk": (head(CHUNKED) + b"a\r\nabc", True),
      "/cut-end": (head(CHUNKED) + chunk(b"abc"), True),
      "/nothing": (b"", True),
      "/cut-status": (b"HTTP/1.1 200 OK\r\n", True),
      "/cut-field": (b"HTTP/1.1 200 OK\r\nContent-Le", True),
      "/cut-head": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", True),
      "/cut-interim": (head("Link: x\r\n", "103 Early Hints"), True),
      "/huge": (head("Content-Length: 70000\r\n"), True),
      "/huge-chunks": (head(CHUNKED) + chunk(b"x" * 70000), True),
      "/huge-field": (whole(b"", "X-Long: " + "x" * 17000 + "\r\n"), True),
      "/huge-head": (whole(b"", "".join("X-%d: %s\r\n" % (i, "x" * 9000) for i in range(4))), True),
  }

  twice = threading.Event()

  def serve(stream, number, who, resumed):
      file = stream.makefile("rb")
      while True:
          line = file.readline().decode()
          if not line:
              return
          method, path, _ = line.split(" ", 2)
          fields = []
          while True:
              field = file.readline().decode().rstrip("\r\n")
              if not field:
                  break
              fields.append(field.lower())
          size = [int(f.split(":")[1]) for f in fields if f.startswith("content-length:")]
          body = file.read(size[0]) if size else b""
          if path == "/slow":
              time.sleep(5)
          answer, ends = FIXED.get(path, (None, False))
          if path == "/echo":
              answer = whole("\n".join([method] + fields).encode() + b"\n" + body)
          elif path == "/resumed":
              answer, ends = whole(str(resumed).encode(), "Connection: close\r\n"), True
          elif answer is None:
              answer = whole(("%s %d" % (who, number)).encode())
          if path == "/asked-twice":
              twice.wait(10)
          stream.sendall(answer)
          if path == "/twice":
              time.sleep(0.1)  # So that it comes in a record of its own.
              stream.sendall(whole(b"unasked"))
              twice.set()
          if ends:
              return

  def connection(raw, number):
      try:
          stream = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
          try:
              stream.do_handshake()
          except ssl.SSLError:
              time.sleep(0.3)  # So that the alert is read before the reset.
              return
          subject = dict(pair[0] for pair in stream.getpeercert()["subject"])
          serve(stream, number, subject["commonName"], stream.session_reused)
          stream.close()
      except OSError:
          pass

  def relay(a, b):
      try:
          while True:
              octets = a.recv(65536)
              if not octets:
                  break
              b.sendall(octets)
      except OSError:
          pass
      b.close()

  def tunnel(raw, number):
      file = raw.makefile("rb", 0)
      target = file.readline().decode().split()[1]
      while file.readline().strip():
          pass
      host, port = target.split(":")
      far = socket.create_connection((host, int(port)))
      raw.sendall(b"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n")
      threading.Thread(target=relay, args=(far, raw), daemon=True).start()
      relay(raw, far)

  def listen(listener, handler):
      def loop():
          number = 0
          while True:
              raw, _ = listener.accept()
              number += 1
              threading.Thread(target=handler, args=(raw, number), daemon=True).start()
      threading.Thread(target=loop, daemon=True).start()

  tls = socket.create_server(("127.0.0.1", 0))
  proxy = socket.create_server(("127.0.0.1", 0))
  local = socket.socket(socket.AF_UNIX)
  local.bind(folder + "/socket")
  local.listen()
  listen(tls, connection)
  listen(proxy, tunnel)
  listen(local, lambda raw, number: serve(raw, number, "nobody", False))
  print(tls.getsockname()[1], proxy.getsockname()[1], flush=True)
  sys.stdin.read()
  import shutil
  shutil.rmtree(folder, ignore_errors=True)
  """#
