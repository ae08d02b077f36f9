"""A partner written apart from the Swift code: honest, or wrong on command (see MODES below)."""
# SPDX-License-Identifier: Apache-2.0

import argparse
import email.utils
import hashlib
import json
import os
import pathlib
import select
import signal
import socket
import sqlite3
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.registry import HeaderParameter

import acknowledgements
import forgeries
import jades

BODY_LIMIT_OCTETS = 1_048_576
PROBLEMS = "https://referral-gateway.example/problems/"

# Modes that need no signature; all others are acknowledgements.SIGNED_MODES and
# forgeries.FORGERIES, which need --signer issuer and --signer other-partner.
#   down                close without an answer; with "seconds" also refuse connections that long
#   lost-answer         take the document, then close without an answer
#   5xx                 "status" (default 503), optional "retryAfter"
#   409 415 422 429     problem documents; 415 carries "supported"
#   problem             any "status" and "type", "title"
# Every mode may also have "delay" (seconds before the answer) and "clockAhead" (a Date field so
# many seconds from now); a signed one "status".
UNSIGNED_MODES = {"down", "lost-answer", "5xx", "409", "415", "422", "429", "problem"}
# Modes in which the partner did not take the document, so that it has no effect there.
NOT_TAKEN = UNSIGNED_MODES - {"lost-answer"} | {"rejection"}


def verify_with_joserfc(body, compact, digest, certificate):
    """The same signature through a stock library; raises JoseError, returns nothing."""
    public = certificate.public_key()
    key = (RSAKey if hasattr(public, "public_numbers") and hasattr(
        public.public_numbers(), "n") else ECKey).import_key(public)
    registry = jws.JWSRegistry(
        algorithms=["PS256", "PS384", "ES256", "ES384"],
        header_registry={
            "sigD": HeaderParameter("sigD", lambda value: None),
            "iat": HeaderParameter("iat", "int"),
            "x5t#o": HeaderParameter("x5t#o", lambda value: None),
        },
    )
    registry.max_header_length = 65536
    registry.max_signature_length = 4096
    if digest != jades.digest_field(body):
        raise JoseError("digest_mismatch")
    jws.deserialize_compact(
        compact.encode(), key, payload=f"digest: {digest}".encode(), registry=registry)


class Store:
    """What the partner remembers: documents by id, its receipts, effects by business content."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.base = sqlite3.connect(directory / "partner.sqlite", check_same_thread=False)
        self.base.executescript("""
            PRAGMA journal_mode=WAL;
            CREATE TABLE IF NOT EXISTS document(
              source TEXT, id TEXT, digest TEXT, times INTEGER, PRIMARY KEY(source, id));
            CREATE TABLE IF NOT EXISTS receipt(
              source TEXT, id TEXT, status INTEGER, fields TEXT, body BLOB,
              PRIMARY KEY(source, id));
            CREATE TABLE IF NOT EXISTS acknowledgement(id TEXT PRIMARY KEY, number INTEGER);
            CREATE TABLE IF NOT EXISTS effect(
              referral TEXT, revision INTEGER, digest TEXT, count INTEGER, ids TEXT,
              PRIMARY KEY(referral, revision, digest));
        """)

    def digest(self, source, identifier):
        """The digest under which an id was taken, or None."""
        row = self.base.execute(
            "SELECT digest FROM document WHERE source=? AND id=?", (source, identifier)).fetchone()
        return row and row[0]

    def take(self, envelope, body):
        """Take a document once per id; another offer of the same id has no second effect."""
        source, identifier = envelope["source"], envelope["id"]
        if self.digest(source, identifier) is not None:
            self.base.execute("UPDATE document SET times=times+1 WHERE source=? AND id=?",
                              (source, identifier))
        else:
            self.base.execute("INSERT INTO document VALUES(?,?,?,1)",
                              (source, identifier, jades.digest_field(body)))
            data = envelope["data"]
            header = data.get("header", data) if isinstance(data, dict) else {}
            content = hashlib.sha256(
                json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
            self.base.execute(
                "INSERT INTO effect VALUES(?,?,?,1,?) ON CONFLICT DO UPDATE SET count=count+1,"
                " ids=ids||' '||excluded.ids",
                (header.get("referralId"), header.get("revision"), content, identifier))
        self.base.commit()

    def receipt(self, source, identifier):
        """The honest receipt given before, or None."""
        row = self.base.execute("SELECT status, fields, body FROM receipt WHERE source=? AND id=?",
                                (source, identifier)).fetchone()
        return row and acknowledgements.Answer(
            200, [tuple(one) for one in json.loads(row[1])], row[2])

    def keep(self, envelope, answer, honest):
        """Keep an answer's id, and an honest receipt whole."""
        identifier = json.loads(answer.body)["id"]
        self.base.execute("INSERT OR IGNORE INTO acknowledgement VALUES(?,"
                          " (SELECT count(*) FROM acknowledgement))", (identifier,))
        if honest:
            self.base.execute(
                "INSERT OR IGNORE INTO receipt VALUES(?,?,?,?,?)",
                (envelope["source"], envelope["id"], answer.status, json.dumps(answer.fields),
                 answer.body))
        self.base.commit()

    def earlier_id(self):
        """The id of the acknowledgement given last, or None."""
        row = self.base.execute(
            "SELECT id FROM acknowledgement ORDER BY number DESC LIMIT 1").fetchone()
        return row and row[0]

    def report(self):
        """Counts that a test compares: documents, offers, effects, and which happened twice."""
        documents, offers = self.base.execute(
            "SELECT count(*), coalesce(sum(times),0) FROM document").fetchone()
        effects = self.base.execute(
            "SELECT referral, revision, digest, count, ids FROM effect").fetchall()
        return {
            "documents": documents, "offers": offers,
            "receipts": self.base.execute("SELECT count(*) FROM receipt").fetchone()[0],
            "effects": len(effects), "repeated": sum(1 for one in effects if one[3] > 1),
            "byContent": [
                dict(zip(("referralId", "revision", "digest", "count", "ids"), one))
                for one in effects],
        }


class Partner:
    """The partner's decision about one request; the transport below knows nothing of it."""

    def __init__(self, options):
        self.options = options
        self.state = pathlib.Path(options.state)
        self.store = Store(self.state)
        self.plan = [{"mode": "honest"}]
        if options.plan:
            self.plan = [
                {"mode": one} if isinstance(one, str) else dict(one)
                for one in json.loads(pathlib.Path(options.plan).read_text())
            ] or self.plan
        signer = jades.Signer.load(
            options.sign_certificate, options.sign_key, options.sign_chain, options.algorithm)
        signers = {"rogue": acknowledgements.rogue_of(signer)}
        for text in options.signer:
            name, _, paths = text.partition("=")
            signers[name] = jades.Signer.load(*paths.split(":"))
        for step in self.plan:
            mode = step["mode"]
            known = UNSIGNED_MODES | acknowledgements.SIGNED_MODES.keys()
            if mode not in known | forgeries.FORGERIES.keys():
                sys.exit(f"plan: unknown mode {mode}")
            needed = acknowledgements.SPECIAL_SIGNERS.get(
                mode, "issuer" if mode in forgeries.FORGERIES else None)
            if needed and needed not in signers:
                sys.exit(f"plan: mode {mode} needs --signer {needed}=CERTIFICATE:KEY[:CHAIN]")
        self.context = acknowledgements.Context(
            identity=options.identity, recipient=options.recipient, signer=signer,
            signers=signers, other_identity=options.other_identity, style=options.style)
        anchors = jades.read_certificates(options.document_anchors or options.client_anchors)
        self.trust = jades.Trust(
            anchors=[one for one in anchors if one.subject == one.issuer],
            intermediates=[one for one in anchors if one.subject != one.issuer],
            identity=options.recipient)
        if options.intermediates:
            self.trust.intermediates += jades.read_certificates(options.intermediates)
        self.count = 0
        self.journal_lock = threading.Lock()

    def next_step(self):
        """The plan's entry for this request (the last one repeats), and its number."""
        with self.journal_lock:
            step = self.plan[min(self.count, len(self.plan) - 1)]
            self.count += 1
            return step, self.count

    def judge(self, fields, body):
        """Verify a document both ways: (document, None) or (None, problem suffix)."""
        findings = jades.inspect(body, fields, self.trust)
        if findings.faults:
            digest_only = findings.faults == {"digest-mismatch"}
            return None, "digest-mismatch" if digest_only else "signature-invalid", findings.faults
        digest = next(value for name, value in fields if name.lower() == "digest")
        try:
            verify_with_joserfc(body, findings.compact, digest, findings.certificate)
        except JoseError as error:
            return None, "signature-invalid", {f"joserfc: {error}"}
        try:
            envelope = jades.read_json(body)
            document = acknowledgements.Document(
                body, findings.compact, envelope, findings.issued_at)
            _ = envelope["id"], envelope["source"], envelope["data"]
        except (jades.Malformed, KeyError, TypeError):
            return None, "malformed", {"body"}
        return document, None, set()

    def refusal(self, document):
        """The reason to reject a document that is genuine, or None."""
        envelope, now = document.envelope, time.time()
        number = jades.identity_number
        if number(envelope["source"]) != number(self.options.recipient):
            return "signer-not-trusted"
        if number(envelope.get("recipient")) != number(self.options.identity):
            return "not-addressee"
        expires = envelope.get("expires")
        if expires and acknowledgements.timestamp(now - jades.SKEW_SECONDS) > expires:
            return "message-expired"
        return None

    def answer(self, step, fields, body):
        """(answer or None for silence, what happened)."""
        mode = step["mode"]
        if mode == "down":
            return None, "down"
        if mode in UNSIGNED_MODES - {"lost-answer"}:
            return self.unsigned(step), mode
        document, problem, faults = self.judge(fields, body)
        if problem:
            detail = " ".join(sorted(faults))
            return self.problem(400, problem, detail=detail), f"refused: {detail}"
        with self.store.lock:
            return self.answer_document(step, document)

    def answer_document(self, step, document):
        """As answer(), for a verified document and under the store's lock."""
        mode, envelope = step["mode"], document.envelope
        code = self.refusal(document)
        if code:
            rejection = {"mode": "rejection", "code": code}
            return self.sign(document, rejection), f"rejected: {code}"
        known = self.store.digest(envelope["source"], envelope["id"])
        if known not in (None, document.payload_digest):
            return self.problem(422, "idempotency-key-reused"), "id reused for other octets"
        if mode not in NOT_TAKEN:
            self.store.take(envelope, document.body)
        if mode == "lost-answer":
            return None, "taken, answer lost"
        if mode == "honest":
            stored = self.store.receipt(envelope["source"], envelope["id"])
            if stored:
                return stored, "honest, repeated"
        return self.sign(document, step), mode

    def sign(self, document, step):
        """A signed answer of one mode, kept."""
        mode = step["mode"]
        if mode in forgeries.FORGERIES:
            return forgeries.answer(mode, document, self.context, step)
        self.context.earlier_id = self.store.earlier_id()
        given = acknowledgements.answer(document, self.context, mode, step)
        given.status = int(step.get("status", given.status))
        honest = mode in ("honest", "ddas-style", "dss-style")
        self.store.keep(document.envelope, given, honest)
        return given

    def unsigned(self, step):
        """The answer of a mode without a signature."""
        mode = step["mode"]
        if mode == "415":
            return self.problem(415, "unsupported-schema-version",
                                supported=step.get("supported", ["1.0.0"]))
        if mode == "422":
            return self.problem(422, "idempotency-key-reused")
        if mode == "409":
            return self.problem(409, "in-progress", retry_after=step.get("retryAfter"))
        status = int(step.get("status", {"429": 429}.get(mode, 503)))
        given = self.problem(status, step.get("type", "temporarily-unavailable"),
                             retry_after=step.get("retryAfter"),
                             **{name: step[name] for name in ("title",) if name in step})
        return given

    def problem(self, status, suffix, detail="", retry_after=None, **members):
        """A problem document (RFC 9457)."""
        value = {"type": PROBLEMS + suffix, "status": status, "title": suffix,
                 "detail": detail or suffix, **members}
        fields = [("Content-Type", "application/problem+json")]
        if retry_after is not None:
            fields.append(("Retry-After", str(retry_after)))
        return acknowledgements.Answer(status, fields, jades.write_json(value))

    def record(self, number, request, body, step, answer, happened):
        """One line in the journal, and the octets where --keep says so."""
        fields = request.headers.items()
        try:
            identifier = json.loads(body).get("id")
        except (ValueError, AttributeError):
            identifier = None
        line = {
            "number": number, "at": time.time(), "method": request.command, "path": request.path,
            "id": identifier, "mode": step["mode"], "happened": happened,
            "status": answer.status if answer else None,
            "sha256": hashlib.sha256(body).hexdigest(), "octets": len(body), "headers": fields,
        }
        with self.journal_lock, open(self.state / "journal.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")
        if self.options.keep:
            folder = pathlib.Path(self.options.keep)
            folder.mkdir(parents=True, exist_ok=True)
            head = request.requestline + "\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields)
            (folder / f"{number:06}.request").write_bytes(
                head.encode("latin-1") + b"\r\n" + body)
            if answer:
                head = f"HTTP/1.1 {answer.status}\r\n" + "".join(
                    f"{n}: {v}\r\n" for n, v in answer.fields)
                (folder / f"{number:06}.answer").write_bytes(
                    head.encode("latin-1") + b"\r\n" + answer.body)


class Request(BaseHTTPRequestHandler):
    """HTTP/1.1 over one TLS connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self):
        """POST /v1/referrals; any other path is unknown."""
        partner = self.server.partner
        step, number = partner.next_step()
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_LIMIT_OCTETS:
            self.close_connection = True
            return self.give(partner.problem(413, "too-large"))
        body = self.rfile.read(length)
        if self.path != "/v1/referrals":
            answer, happened = partner.problem(404, "unknown-endpoint"), "unknown path"
        else:
            answer, happened = partner.answer(step, self.headers.items(), body)
        if answer and "clockAhead" in step:
            date = email.utils.formatdate(time.time() + step["clockAhead"], usegmt=True)
            answer.fields.append(("Date", date))
        partner.record(number, self, body, step, answer, happened)
        if step.get("delay"):
            time.sleep(float(step["delay"]))
        if answer is None:
            self.server.hang_up(self.connection, float(step.get("seconds", 0)))
            self.close_connection = True
            return None
        return self.give(answer)

    def do_GET(self):
        """GET /health tells a waiting test that the partner is up."""
        partner = self.server.partner
        if self.path == "/health":
            return self.give(acknowledgements.Answer(200, [], b"{}"))
        return self.give(partner.problem(404, "unknown-endpoint"))

    def give(self, answer):
        """Send one answer with the fields that every answer carries."""
        self.send_response_only(answer.status)
        for name, value in answer.fields + [
            ("API-Version", "1.0.0"), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Strict-Transport-Security", "max-age=31536000"),
            ("Content-Length", str(len(answer.body))),
        ]:
            self.send_header(name, value)
        self._headers_buffer.append(b"\r\n")
        self._headers_buffer.append(answer.body)
        self.flush_headers()

    def finish(self):
        """Flush what is left; the peer may be gone."""
        try:
            super().finish()
        except OSError:
            pass

    def log_message(self, *_):
        """The journal says it all."""


class Listener:
    """Accepts connections, one thread each; can refuse them for a while."""

    def __init__(self, partner, options):
        self.partner = partner
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self.tls.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        certificates = options.certificate
        if options.intermediates:
            certificates = partner.state / "tls-chain.pem"
            certificates.write_bytes(b"".join(
                pathlib.Path(one).read_bytes()
                for one in (options.certificate, options.intermediates)))
            self.tls.load_verify_locations(options.intermediates)
        self.tls.load_cert_chain(certificates, options.key)
        self.tls.load_verify_locations(options.client_anchors)
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.host, self.port = options.host, options.port
        self.refuse_until = 0.0
        self.ends = time.monotonic() + options.lifetime
        self.stopped = threading.Event()
        self.socket = self.listen()
        self.port = self.socket.getsockname()[1]

    def listen(self):
        """A listening socket on the port of this partner."""
        made = socket.create_server((self.host, self.port), backlog=128, reuse_port=False)
        made.setblocking(False)
        return made

    def hang_up(self, connection, seconds):
        """Reset a connection, and refuse new ones for so many seconds."""
        if seconds:
            self.refuse_until = time.monotonic() + seconds
            while self.socket and time.monotonic() < self.refuse_until:
                time.sleep(0.01)  # until the accepting thread has closed the port
        try:
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        except OSError:
            pass

    def serve(self):
        """Until the lifetime ends or SIGTERM comes."""
        while not self.stopped.is_set() and time.monotonic() < self.ends:
            if time.monotonic() < self.refuse_until:
                if self.socket:
                    self.socket.close()
                    self.socket = None
                time.sleep(0.02)
                continue
            self.socket = self.socket or self.listen()
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            try:
                connection, address = self.socket.accept()
            except OSError:
                continue
            threading.Thread(target=self.talk, args=(connection, address), daemon=True).start()

    def talk(self, connection, address):
        """The handshake and the requests of one connection."""
        try:
            connection.settimeout(30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secured = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
            try:
                secured.do_handshake()
            except ssl.SSLError:
                self.linger(socket.socket(fileno=secured.detach()))
                return
            Request(secured, address, self)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    @staticmethod
    def linger(connection):
        """Close only after the peer has: a reset would overtake the alert that says why."""
        with connection:
            connection.settimeout(5)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def parse(arguments):
    """The command line; `report` as the first word prints the counts and ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0: any; printed as `listening PORT`")
    add("--certificate", required=True, help="TLS certificate and chain, PEM")
    add("--key", required=True)
    add("--client-anchors", required=True, help="who may connect, PEM")
    add("--document-anchors", help="who may sign documents; default: the client anchors")
    add("--intermediates", help="issuing certificates: sent in TLS, used to build paths")
    add("--sign-certificate", required=True)
    add("--sign-key", required=True)
    add("--sign-chain")
    add("--algorithm", default="", choices=["", "PS256", "PS384", "ES256", "ES384"])
    add("--style", default="gateway", choices=jades.STYLES)
    add("--identity", required=True, metavar="URN", help="this partner")
    add("--recipient", required=True, metavar="URN", help="the gateway")
    add("--other-identity", default=acknowledgements.STRANGER, metavar="URN")
    add("--signer", action="append", default=[], metavar="NAME=CERTIFICATE:KEY[:CHAIN]",
        help="other-partner, expired, revoked, issuer, rogue (made when absent)")
    add("--state", required=True, metavar="DIR", help="partner.sqlite and journal.jsonl")
    add("--keep", metavar="DIR", help="octets of every request and answer")
    add("--plan", metavar="FILE.json", help="a list of modes, one per request, the last repeats")
    add("--lifetime", type=float, default=600, metavar="SECONDS")
    return parser.parse_args(arguments)


def main(arguments):
    """Serve, or print the counts of a state directory."""
    if arguments[:1] == ["report"]:
        if len(arguments) != 2 or not os.path.isdir(arguments[1]):
            sys.exit("usage: independent_partner.py report STATE-DIRECTORY")
        print(json.dumps(Store(pathlib.Path(arguments[1])).report(), indent=2))
        return
    options = parse(arguments)
    listener = Listener(Partner(options), options)
    signal.signal(signal.SIGTERM, lambda *_: listener.stopped.set())
    print(f"listening {listener.port}", flush=True)
    listener.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
