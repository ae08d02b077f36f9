"""Serve one file over mutual TLS as a gateway's inbound door does, honestly or by a plan.

The plan is a JSON list of modes, one for each GET; the last one repeats. Acknowledgements that are
brought are answered with 204. Every request is a line of the journal. Prints "listening PORT".
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import http.server
import json
import pathlib
import ssl


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer by the plan."""

    protocol_version = "HTTP/1.1"
    options = None
    plan = []

    def log_message(self, *_):
        """The journal is enough."""

    def note(self, **facts):
        """A line of the journal."""
        with open(self.options.journal, "a", encoding="utf-8") as journal:
            journal.write(json.dumps({"path": self.path, **facts}) + "\n")

    def answer(self, status, octets, length=None):
        """`length` differs from that of the octets where the answer lies."""
        self.send_response(status)
        self.send_header("Content-Type", "application/pdf")
        self.send_header("Content-Length", str(len(octets) if length is None else length))
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(octets)

    def do_GET(self):  # pylint: disable=invalid-name
        """The file, or what the plan has in its place."""
        mode = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        self.note(mode=mode)
        octets = self.options.file.read_bytes()
        if mode == "right":
            self.answer(200, octets)
        elif mode == "wrong":
            self.answer(200, octets[:-1] + bytes([octets[-1] ^ 1]))
        elif mode == "longer":
            self.answer(200, octets + b"0")
        elif mode == "shorter":
            self.answer(200, octets[:-1])
        elif mode == "cut":
            self.answer(200, octets[:-1], len(octets))
            self.close_connection = True
        elif mode == "endless":
            self.endless(octets)
        else:
            self.answer(int(mode), b"")

    def endless(self, octets):
        """More and more, without a length, for as long as somebody takes it, 64 MiB at most."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(67_108_864 // len(octets)):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(octets), octets))
        except OSError:
            pass

    def do_POST(self):  # pylint: disable=invalid-name
        """An acknowledgement."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note(data=body["data"])
        self.send_response(204)
        self.end_headers()


def main():
    """Until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--pki", required=True)
    add("--port", type=int, required=True)
    add("--file", type=pathlib.Path, required=True)
    add("--plan", required=True)
    add("--journal", required=True)
    Handler.options = parser.parse_args()
    Handler.plan = json.loads(Handler.options.plan)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", Handler.options.port), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pki = Handler.options.pki
    context.load_cert_chain(f"{pki}/sender-server-chain.pem", f"{pki}/sender-server.key")
    context.load_verify_locations(f"{pki}/anchors.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"listening {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
