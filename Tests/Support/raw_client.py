"""Send octets as they are over mutual TLS, and tell what came back: for the request corpus."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import base64
import json
import pathlib
import socket
import ssl
import time

LIMIT_OCTETS = 1_048_576


def exchange(context, address, octets, limit_seconds):
    """What a server answers until it closes; a client that has said all ends its side first."""
    reading, writing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(reading, writing, server_hostname="localhost")
    end = time.monotonic() + limit_seconds
    answer, closed = b"", False
    with socket.create_connection(address, timeout=limit_seconds) as connection:

        def turn(step):
            """Repeat a step of TLS until it needs nothing more from the other side."""
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    connection.sendall(writing.read())
                    connection.settimeout(max(0.01, end - time.monotonic()))
                    more = connection.recv(65536)
                    if more:
                        reading.write(more)
                    else:
                        reading.write_eof()

        turn(tls.do_handshake)
        tls.write(octets)
        try:
            tls.unwrap()  # our close_notify; the other side may still answer
        except ssl.SSLWantReadError:
            pass
        try:
            while len(answer) < LIMIT_OCTETS:
                more = turn(lambda: tls.read(65536))
                if not more:
                    closed = True
                    break
                answer += more
        except ssl.SSLZeroReturnError:
            closed = True
        except (ssl.SSLError, TimeoutError, ConnectionError) as error:
            return answer, type(error).__name__
    return answer, "closed" if closed else "open"


def main():
    """One request in, one JSON line out: {"answer": base64, "end": "closed"}."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, required=True)
    add("--certificate", required=True)
    add("--key", required=True)
    add("--anchors", required=True)
    add("--limit-seconds", type=float, default=60.0)
    add("requests", type=pathlib.Path, help="base64, one request a line")
    words = parser.parse_args()
    context = ssl.create_default_context(cafile=words.anchors)
    context.check_hostname = False
    context.load_cert_chain(words.certificate, words.key)
    for line in words.requests.read_text(encoding="ascii").splitlines():
        answer, end = exchange(
            context, (words.host, words.port), base64.b64decode(line), words.limit_seconds)
        print(json.dumps({"answer": base64.b64encode(answer).decode(), "end": end}), flush=True)


if __name__ == "__main__":
    main()
