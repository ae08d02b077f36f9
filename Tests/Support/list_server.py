"""Serve the revocation lists of the development PKI over HTTP, as a file says at each request.

The file holds one JSON object, {"root": MODE, "services": MODE}; what it does not name is fresh.
A mode is a word below, or an object of options of the list: {"ended": 60, "revoke": [NAME],
"number": 7, "ago": 5}. Every request is a line of the journal: path and mode. Prints
"listening PORT".
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import datetime
import http.server
import json
import pathlib
import ssl
import time

import revocation_lists
from cryptography import x509
from cryptography.hazmat.primitives import serialization

WORDS = {"fresh": {}, "forged": {"signer": "rogue"}, "tomorrow": {"ago": -86400}}


def made(folder, name, options):
    """A list in DER."""
    now = datetime.datetime.now(datetime.UTC)
    begins = now - datetime.timedelta(seconds=options.get("ago", 5))
    ends = begins + datetime.timedelta(seconds=options.get("lives", 7 * 86400))
    if "ended" in options:
        ends = now - datetime.timedelta(seconds=options["ended"])
        begins = min(begins, ends - datetime.timedelta(days=2))
    revoked = [folder / f"{one}.pem" for one in options.get("revoke", [])]
    octets = revocation_lists.issue(
        folder, name, begins, ends, revoked, options.get("signer"), options.get("number"))
    return x509.load_pem_x509_crl(octets).public_bytes(serialization.Encoding.DER)


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer by the plan."""

    protocol_version = "HTTP/1.1"
    options = None

    def log_message(self, *_):
        """The journal is enough."""

    def do_GET(self):  # pylint: disable=invalid-name
        """/root.crl or /services.crl."""
        name = pathlib.PurePath(self.path).stem
        plan = json.loads(self.options.plan.read_text())
        mode = plan.get(name, "fresh")
        with open(self.options.journal, "a", encoding="utf-8") as journal:
            journal.write(json.dumps({"path": self.path, "mode": mode}) + "\n")
        if name not in revocation_lists.AUTHORITIES:
            self.answer(404, b"")
        elif mode == "missing":
            self.answer(404, b"no list")
        elif mode == "redirect":
            self.answer(302, b"", ("Location", "/root.crl"))
        elif mode == "garbage":
            self.answer(200, b"<html>log in to the network</html>")
        elif mode == "half":
            octets = made(self.options.pki, name, {})
            self.answer(200, octets[:len(octets) // 2])
        elif mode == "other":
            self.answer(200, made(self.options.pki, "root", {"signer": "rogue"}))
        elif mode == "oversize":
            self.stream(17 * 1024 * 1024)
        elif mode == "slow":
            self.stream(3600, pause=1.0)
        elif mode == "silent":
            time.sleep(60)
        elif mode == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"\x30\x82")
            self.close_connection = True
        else:
            options = mode if isinstance(mode, dict) else WORDS[mode]
            self.answer(200, made(self.options.pki, name, options))

    def answer(self, status, body, *fields):
        """A whole answer."""
        self.send_response(status)
        for field in (("Content-Type", "application/pkix-crl"), *fields):
            self.send_header(*field)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, octets, pause=0.0):
        """Without a length, so that only whoever counts knows when it is too much."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        size = 1 if pause else 65536
        try:
            for _ in range(octets // size):
                self.wfile.write(b"%x\r\n%s\r\n" % (size, b"0" * size))
                time.sleep(pause)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass
        self.close_connection = True


def main():
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--pki", "--plan", "--journal"):
        parser.add_argument(name, required=True, type=pathlib.Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", metavar="NAME", help="https with this key of the PKI")
    Handler.options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", Handler.options.port), Handler)
    if Handler.options.tls:
        base = Handler.options.pki / Handler.options.tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{base}-chain.pem", f"{base}.key")
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    print(f"listening {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
