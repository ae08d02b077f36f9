"""What the benchmarks run against: the programs, the keys, one partner, and the gateway itself."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import re
import secrets
import selectors
import shutil
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build-bench"
PKI = BUILD / "pki"
SENDER = "00000099000000001000"
PARTNER = "00000099000000020000"
WARM_UP = 200

GATEWAY = """profile = "development"

[identity]
oin = "{sender}"
system = "referral-gateway"
organisation = "Immigration service (exercise)"

[store]
path = "store"
key_file = "store.key"

[admin]
socket = "admin.sock"
mode = "0600"

[schemas]
folder = "{root}/schemas"

[[signing.key]]
name = "ps256"
algorithm = "PS256"
certificate = "pki/sender-sign.pem"
key = "pki/sender-sign.key"

[[signing.key]]
name = "es256"
algorithm = "ES256"
certificate = "pki/sender-sign-es256.pem"
key = "pki/sender-sign-es256.key"

[tls]
client_certificate = "pki/sender-client-chain.pem"
client_key = "pki/sender-client.key"
"""


class Failure(Exception):
    """Something that makes a measurement impossible."""


# Building

def compiler():
    """gcc, or the clang that comes with Swift."""
    beside_swift = pathlib.Path(os.path.realpath(shutil.which("swift") or "")).parent / "clang"
    for found in (shutil.which("gcc"), shutil.which("clang"), str(beside_swift)):
        if found and os.access(found, os.X_OK):
            return found
    raise Failure("there is no C compiler: neither gcc nor the clang of Swift")


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command[:3]))}...\n{done.stdout}{done.stderr}")
    return done.stdout


def build():
    """The gateway as it is released, and the three C programs; beside the debug products."""
    place = BUILD / "checkout"
    if BUILD.exists() and (not place.exists() or place.read_text() != str(ROOT)):
        shutil.rmtree(BUILD)  # a path is part of every precompiled module
    BUILD.mkdir(exist_ok=True)
    place.write_text(str(ROOT))
    print("building the gateway for release (minutes, the first time)", flush=True)
    run(["swift", "build", "-c", "release", "--product", "referrald", "--static-swift-stdlib",
         "--disable-local-rpath", "--scratch-path", BUILD], cwd=ROOT)
    cc = compiler()
    print(f"building the reference, its ingredients and the sink with {pathlib.Path(cc).name}")
    sender = ["json.c", "post.c", "store.c", "signature.c"]
    libraries = ["-lcurl", "-lssl", "-lcrypto", "-lsqlite3"]
    for name, sources in (("reference", sender), ("ingredients", sender),
                          ("sink", ["signature.c"])):
        run([cc, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", BUILD / name,
             f"{name}.c", *sources, *libraries], cwd=ROOT / "Benchmarks")
    run([ROOT / "certs" / "make-development-pki", PKI])


def versions():
    """What was measured, without a word about whose machine it is."""
    first = lambda *command: run(command).splitlines()[0]
    return ", ".join([
        f"{os.cpu_count()} cores", first("swift", "--version").split(" (")[0],
        pathlib.Path(compiler()).name + " " + first(compiler(), "-dumpversion"),
        *(f"{name} {first('pkg-config', '--modversion', package)}" for name, package in (
            ("OpenSSL", "openssl"), ("libcurl", "libcurl"), ("SQLite", "sqlite3")))])


# Measuring

def cpu_us(pid):
    """All that a process and its threads have used, by the kernel's own clock for it."""
    return time.clock_gettime((~pid << 3) | 2) * 1e6


def memory_kib(pid, field):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", rollup, re.M).group(1))


def peak_kib(pid):
    return int(re.search(r"^VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(),
                         re.M).group(1))


# The other side

class Sink:
    """The partner; `hold_ms` is how long it thinks about each document."""

    def __init__(self, hold_ms=0):
        self.process = subprocess.Popen(
            [BUILD / "sink", PKI / "emm-server-chain.pem", PKI / "emm-server.key",
             PKI / "anchors.pem", PKI / "emm-sign.pem", PKI / "emm-sign.key",
             f"urn:nld:oin:{PARTNER}", str(hold_ms)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Failure("the sink does not listen")
        self.url = f"https://127.0.0.1:{int(line)}/v1/referrals"

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)


# The C programs

def sender_files(algorithm):
    name = "sender-sign-es256" if algorithm == "ES256" else "sender-sign"
    return [PKI / f"{name}.pem", PKI / f"{name}.key"]


CONNECTION_FILES = [PKI / "sender-client-chain.pem", PKI / "sender-client.key",
                    PKI / "anchors.pem"]


def with_fresh_store(folder, command):
    store = folder / "reference.db"
    for file in folder.glob("reference.db*"):
        file.unlink()
    return json.loads(run([command[0], store, *command[1:]]))


def reference(folder, url, count, window, algorithm="ES256"):
    """One pass of the C reference."""
    return with_fresh_store(folder, [
        BUILD / "reference", url, folder / "referral.json", str(count), str(window),
        *sender_files(algorithm), *CONNECTION_FILES, PKI / "emm-sign.pem"])


def ingredients(folder, url, count):
    return with_fresh_store(folder, [
        BUILD / "ingredients", url, folder / "referral.json", str(count),
        sender_files("ES256")[1], sender_files("PS256")[1], *CONNECTION_FILES])


# The gateway

class Referrals:
    """Submissions that differ in their referral's id only."""

    def __init__(self, path):
        text = json.dumps(json.loads(path.read_text()), separators=(",", ":"),
                          ensure_ascii=False).encode()
        found = re.search(rb'"referralId":"([0-9a-f-]{36})"', text)
        self.text, self.start, self.end = text, found.start(1), found.end(1)
        self.number = 0

    def next(self):
        self.number += 1
        fresh = b"019ab1c2-7f10-7a10-8d10-%012x" % self.number
        return self.text[:self.start] + fresh + self.text[self.end:]


class Gateway:
    """A daemon with a new store and one partner, who is the sink."""

    def __init__(self, folder, url, referrals, window, algorithm="ES256"):
        self.folder, self.referrals = folder / "gateway", referrals
        self.delivered, self.when, self.news = 0, 0.0, threading.Condition()
        self.wrong = []
        self.write_files(url, window, algorithm)
        self.process = subprocess.Popen(
            [BUILD / "release" / "referrald", "--config", self.folder],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        self.reader = threading.Thread(target=self.read_log)
        self.reader.start()

    def write_files(self, url, window, algorithm):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("partners.d", "policies.d"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "pki").symlink_to(PKI)
        (self.folder / "gateway.toml").write_text(GATEWAY.format(sender=SENDER, root=ROOT))
        key = os.open(self.folder / "store.key", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(key, secrets.token_bytes(32))
        os.close(key)
        partner = (ROOT / "partners" / "partners.d" / "emm.toml").read_text()
        partner = re.sub(r'^endpoint = .*', f'endpoint = "{url}"', partner, flags=re.M)
        partner = partner.replace('algorithm = "ES256"', f'algorithm = "{algorithm}"')
        partner += f"window_initial = {window}\nwindow_limit = {window}\n"
        (self.folder / "partners.d" / "emm.toml").write_text(partner)
        policy = (ROOT / "partners" / "policies.d" / "emm.toml").read_text()
        (self.folder / "policies.d" / "emm.toml").write_text(policy)

    def read_log(self):
        """Counts what arrived; the line is written when the receipt is durable."""
        for line in self.process.stderr:
            if b'"delivery-delivered"' in line:
                with self.news:
                    self.delivered, self.when = self.delivered + 1, time.perf_counter()
                    self.news.notify()
            elif b'"level":"notice"' not in line:
                self.wrong.append(line.decode(errors="replace").strip())

    def wait_delivered(self, count, seconds=120):
        with self.news:
            if not self.news.wait_for(lambda: self.delivered >= count, seconds):
                raise Failure(f"{self.delivered} of {count} arrived; {self.wrong[-3:]}")

    def connect(self):
        end = time.monotonic() + 30
        while True:
            one = socket.socket(socket.AF_UNIX)
            try:
                one.connect(os.path.relpath(self.folder / "admin.sock"))
                return one
            except OSError:
                one.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Failure(f"the gateway does not answer: {self.wrong[-3:]}") from None
                time.sleep(0.02)

    def ask(self, connection, path, body):
        connection.sendall(request(path, body))
        return answer(connection)

    def order(self, order):
        with self.connect() as connection:
            self.ask(connection, f"/v1/partners/emm/{order}", b'{"reason":"benchmark"}')

    def submit(self, count, connections=64):
        """Hands in so many referrals and waits until each is accepted, which is durable."""
        open_ones = [self.connect() for _ in range(connections)]
        left = count
        with selectors.DefaultSelector() as selector:
            for one in open_ones:
                selector.register(one, selectors.EVENT_READ)
            for one in open_ones[:left]:
                one.sendall(request("/v1/submissions", self.referrals.next()))
            begun = min(left, connections)
            while left > 0:
                for key, _ in selector.select():
                    answer(key.fileobj)
                    left -= 1
                    if begun < count:
                        key.fileobj.sendall(request("/v1/submissions", self.referrals.next()))
                        begun += 1
        for one in open_ones:
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.reader.join()


def request(path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def answer(connection):
    octets = b""
    while b"\r\n\r\n" not in octets:
        more = connection.recv(65536)
        if not more:
            raise Failure("the gateway closed its socket")
        octets += more
    head, body = octets.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failure(f"the gateway refuses: {body[:300].decode(errors='replace')}")
    return body
