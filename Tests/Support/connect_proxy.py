"""An egress proxy that knows CONNECT and nothing else; prints every tunnel that it opens."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import contextlib
import socket
import threading
import time

HEAD_LIMIT_OCTETS = 16_384


def pump(source, target):
    """Octets one way until the end."""
    with contextlib.suppress(OSError):
        while octets := source.recv(65536):
            target.sendall(octets)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client):
    """One CONNECT, then a tunnel."""
    with client, contextlib.suppress(OSError, ValueError):
        head = b""
        while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT_OCTETS:
            head += client.recv(1024)
        method, target, _ = head.split(b"\r\n")[0].decode("ascii").split(" ")
        if method != "CONNECT":
            client.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as server:
            print(f"CONNECT {target}", flush=True)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()


def main():
    """Serve until the lifetime ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifetime", type=float, default=600, metavar="SECONDS")
    options = parser.parse_args()
    ends = time.monotonic() + options.lifetime
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(1)
    print(f"listening {listener.getsockname()[1]}", flush=True)
    while time.monotonic() < ends:
        with contextlib.suppress(TimeoutError):
            client, _ = listener.accept()
            client.settimeout(60)
            threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
