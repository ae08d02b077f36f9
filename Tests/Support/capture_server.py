"""Record requests octet for octet over mutual TLS and answer 503: for the golden exchanges."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import pathlib
import re
import socket
import ssl
import sys
import tempfile
import time

BODY = (b'{"type":"https://referral-gateway.example/problems/temporarily-unavailable",'
        b'"title":"temporarily-unavailable","status":503,"detail":"recorded, not taken"}')
ANSWER = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
          b"Connection: close\r\nContent-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY)
LIMIT_OCTETS = 2 * 1_048_576


def read_request(connection):
    """All octets of one request: head, and a body by Content-Length or in chunks."""
    octets = b""
    while b"\r\n\r\n" not in octets:
        octets += receive(connection, octets)
    head, _, body = octets.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length:[ \t]*([0-9]+)[ \t]*\r?$", head)
    if re.search(rb"(?im)^expect:[ \t]*100-continue", head):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while length and len(body) < int(length[1]):
        body += receive(connection, body)
    if re.search(rb"(?im)^transfer-encoding:.*chunked", head):
        while not body.endswith(b"0\r\n\r\n"):
            body += receive(connection, body)
    return head + b"\r\n\r\n" + body


def receive(connection, so_far):
    """Some more octets; an end or too many is an error."""
    more = connection.recv(65536)
    if not more or len(so_far) + len(more) > LIMIT_OCTETS:
        raise OSError("the request ended early or is too large")
    return more


def main():
    """Record --count requests: FILE for one, FILE.1, FILE.2 ... for more."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0: any; printed as `listening PORT`")
    add("--certificate", required=True)
    add("--key", required=True)
    add("--client-anchors", required=True)
    add("--intermediates", help="issuing certificates, sent after our own and used for the client")
    add("--output", required=True, metavar="FILE")
    add("--count", type=int, default=1)
    add("--lifetime", type=float, default=600, metavar="SECONDS")
    options = parser.parse_args()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile() as file:
        for path in (options.certificate, options.intermediates):
            file.write(pathlib.Path(path).read_bytes() if path else b"")
        file.flush()
        tls.load_cert_chain(file.name, options.key)
    if options.intermediates:
        tls.load_verify_locations(options.intermediates)
    tls.load_verify_locations(options.client_anchors)
    tls.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server((options.host, options.port))
    print(f"listening {listener.getsockname()[1]}", flush=True)
    ends, recorded = time.monotonic() + options.lifetime, 0
    while recorded < options.count and time.monotonic() < ends:
        listener.settimeout(max(0.1, ends - time.monotonic()))
        try:
            plain, _ = listener.accept()
            plain.settimeout(30)
            with tls.wrap_socket(plain, server_side=True) as connection:
                octets = read_request(connection)
                recorded += 1
                suffix = f".{recorded}" if options.count > 1 else ""
                pathlib.Path(options.output + suffix).write_bytes(octets)
                connection.sendall(ANSWER)
        except OSError as error:
            print(f"not recorded: {error}", file=sys.stderr)
    return 0 if recorded == options.count else 1


if __name__ == "__main__":
    sys.exit(main())
