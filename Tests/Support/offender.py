"""A server that breaks TLS and HTTP by hand, one misdeed for its whole life."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import contextlib
import itertools
import socket
import ssl
import struct
import sys
import threading
import time

HEAD_LIMIT_OCTETS = 65_536
LINGER_SECONDS = 10
PROBLEM = b'{"type":"https://referral-gateway.example/problems/temporarily-unavailable"}'


def answer(status, body=b"", *fields):
    """A complete answer with its length, well framed."""
    head = [f"HTTP/1.1 {status} Offence", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body


def head(*fields):
    """The head of a 200 whose framing is the caller's affair."""
    return "\r\n".join(["HTTP/1.1 200 Offence", *fields]).encode("ascii") + b"\r\n\r\n"


class Connection:
    """One connection after accept; TLS when it is asked for, and every way to end it."""

    def __init__(self, raw, tls):
        self.raw = raw
        self.stream = raw
        self.tls = tls

    def shake_hands(self):
        """The server's handshake; sends its alert and lingers when it fails."""
        self.stream = self.tls.wrap_socket(
            self.raw, server_side=True, do_handshake_on_connect=False)
        self.stream.do_handshake()

    def request(self):
        """One request, head and body; None at the end of the stream."""
        octets = b""
        while b"\r\n\r\n" not in octets:
            more = self.stream.recv(65536)
            if not more or len(octets) > HEAD_LIMIT_OCTETS:
                return None
            octets += more
        start, _, body = octets.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in start.split(b"\r\n")
             if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            more = self.stream.recv(65536)
            if not more:
                return None
            body += more
        return start, body

    def say(self, octets):
        """All of it."""
        self.stream.sendall(octets)

    def end(self):
        """An orderly end: close_notify, then FIN."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.unwrap()
        self.linger()

    def cut(self):
        """FIN without close_notify, as somebody on the way can send it."""
        self.linger()

    def linger(self):
        """Ends writing and reads on, so that no reset destroys what is on its way."""
        with contextlib.suppress(OSError, ValueError):
            # Of the descriptor: SSLSocket.shutdown would forget TLS and raise.
            socket.socket.shutdown(self.stream, socket.SHUT_WR)
            self.stream.settimeout(LINGER_SECONDS)
            while socket.socket.recv(self.stream, 65536):
                pass

    def reset(self):
        """RST."""
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()

    def wait(self):
        """Until the other side gives up."""
        with contextlib.suppress(OSError):
            while self.stream.recv(65536):
                pass


def cut_body(one):
    """Fewer octets than promised, and no close_notify."""
    one.say(head("Content-Length: 1000") + b"ten octets")
    one.cut()


def short_body(one):
    """Fewer octets than promised, and an orderly end."""
    one.say(head("Content-Length: 1000") + b"ten octets")
    one.end()


def until_close(one):
    """Neither length nor chunks; the end of the connection is the end of the body."""
    one.say(head("Content-Type: application/json") + b"{}")
    one.end()


def until_cut(one):
    """The same without close_notify: nobody can tell a whole body from a piece of one."""
    one.say(head("Content-Type: application/json") + b"{}")
    one.cut()


def cut_chunks(one):
    """Chunks without the last one."""
    one.say(head("Transfer-Encoding: chunked") + b"2\r\n{}\r\n")
    one.cut()


def length_and_chunks(one):
    """Two framings that disagree, as in request smuggling."""
    one.say(head("Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n")
    one.end()


def two_lengths(one):
    """Two Content-Length fields that disagree."""
    one.say(head("Content-Length: 2", "Content-Length: 3") + b"{}!")
    one.end()


def endless_head(one):
    """Header fields without end."""
    one.say(b"HTTP/1.1 200 Offence\r\n")
    for number in itertools.count():
        one.say(f"X-{number}: {'a' * 1000}\r\n".encode("ascii"))


def endless_interim(one):
    """Interim answers without end."""
    while True:
        one.say(b"HTTP/1.1 102 Processing\r\nX-Filler: " + b"a" * 1000 + b"\r\n\r\n")


def one_octet_a_second(one):
    """A head that arrives so slowly that the connection never looks dead."""
    for octet in itertools.chain(answer(200, b"{}"), itertools.repeat(0x20)):
        one.say(bytes([octet]))
        time.sleep(1)


def redirect(one):
    """Sends the sender elsewhere; the other place says when somebody comes."""
    other = socket.create_server(("127.0.0.1", 0))
    port = other.getsockname()[1]

    def watch():
        with other:
            other.settimeout(LINGER_SECONDS)
            with contextlib.suppress(OSError):
                other.accept()
                print("followed", flush=True)

    threading.Thread(target=watch, daemon=True).start()
    one.say(answer(307, b"", f"Location: https://127.0.0.1:{port}/v1/referrals"))
    one.wait()


def oversize(one):
    """A body that says it is longer than anybody may answer."""
    one.say(head("Content-Length: 1000000000"))
    while True:
        one.say(b"a" * 65536)


def oversize_chunks(one):
    """Chunks without end."""
    one.say(head("Transfer-Encoding: chunked"))
    while True:
        one.say(b"1000\r\n" + b"a" * 4096 + b"\r\n")


def reset(one):
    """RST in place of an answer."""
    one.reset()


def reset_in_body(one):
    """RST in the middle of an answer."""
    one.say(head("Content-Length: 1000") + b"ten octets")
    one.reset()


def silent(one):
    """Takes the request and says nothing."""
    one.wait()


def not_http(one):
    """Octets that are no answer at all."""
    one.say(b"220 mail.partner.example ESMTP\r\n")
    one.end()


def answer_twice(one):
    """An answer, and one that nobody asked for, ready for whoever uses the connection next."""
    while True:
        one.say(answer(503, PROBLEM, "Content-Type: application/problem+json"))
        time.sleep(0.2)
        one.say(answer(410))
        print("answered twice", flush=True)
        if one.request() is None:
            return


# After a handshake and one request.
ANSWERS = {
    "cut-body": cut_body, "short-body": short_body, "until-close": until_close,
    "until-cut": until_cut, "cut-chunks": cut_chunks, "length-and-chunks": length_and_chunks,
    "two-lengths": two_lengths, "endless-head": endless_head, "endless-interim": endless_interim,
    "one-octet-a-second": one_octet_a_second, "redirect": redirect, "oversize": oversize,
    "oversize-chunks": oversize_chunks, "reset": reset, "reset-in-body": reset_in_body,
    "silent": silent, "not-http": not_http, "answer-twice": answer_twice,
}
# Before there is a request: alerts for our certificate, a listener that never speaks, no TLS.
HANDSHAKES = ("alert", "alert-tls12", "half-open", "plain-text")


def serve(mode, one):
    """The misdeed, once; says so first."""
    if mode == "half-open":
        print("offended", flush=True)
        return one.wait()
    if mode == "plain-text":
        one.raw.recv(65536)
        print("offended", flush=True)
        one.say(answer(400, b"This port speaks TLS."))
        return one.linger()
    try:
        one.shake_hands()
    except ssl.SSLError:
        if mode in HANDSHAKES:
            print("offended", flush=True)
        return one.linger()
    request = one.request()
    if request:
        print(f"offended after {len(request[1])} octets", flush=True)
        ANSWERS[mode](one)
    return None


def talk(mode, raw, tls):
    """One connection to its end."""
    with contextlib.suppress(OSError, ValueError):
        raw.settimeout(120)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one = Connection(raw, tls)
        try:
            serve(mode, one)
        finally:
            one.stream.close()
            raw.close()


def main(arguments):
    """Serve until the lifetime ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=[*ANSWERS, *HANDSHAKES])
    parser.add_argument("--certificate", required=True, help="TLS certificate and chain, PEM")
    parser.add_argument("--key", required=True)
    parser.add_argument("--client-anchors", required=True, help="who may connect, PEM")
    parser.add_argument("--lifetime", type=float, default=600, metavar="SECONDS")
    options = parser.parse_args(arguments)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options.certificate, options.key)
    tls.load_verify_locations(options.client_anchors)
    tls.verify_mode = ssl.CERT_REQUIRED
    if options.mode == "alert-tls12":
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
    ends = time.monotonic() + options.lifetime
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.settimeout(1)
    print(f"listening {listener.getsockname()[1]}", flush=True)
    while time.monotonic() < ends:
        with contextlib.suppress(TimeoutError):
            raw, _ = listener.accept()
            threading.Thread(target=talk, args=(options.mode, raw, tls), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
