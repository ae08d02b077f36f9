"""Prove the Python side: signatures in all styles, and every misbehaviour wrong in one respect."""
# SPDX-License-Identifier: Apache-2.0

import datetime
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import acknowledgements
import forgeries
import independent_partner
import jades
import verify_golden

HERE = pathlib.Path(__file__).resolve().parent
GATEWAY = "urn:nld:oin:00000099000000001000"
PARTNER = "urn:nld:oin:00000099000000002000"
OTHER = "urn:nld:oin:00000099000000003000"
KEYS = {
    "PS256": lambda: rsa.generate_private_key(65537, 3072),
    "PS384": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
}
DAY = datetime.timedelta(days=1)
results = []


def check(name, holds, detail=""):
    """One result; a failure is printed at once."""
    results.append(bool(holds))
    if not holds:
        print(f"FAILED {name} {detail}")


class Authority:
    """A root and one issuing authority below it, made for this run."""

    def __init__(self):
        self.root_key, self.key = KEYS["ES256"](), KEYS["ES256"]()
        self.root = self.certify("Root", self.root_key, None, self.root_key, True)
        self.issuing = self.certify("Issuing", self.key, self.root, self.root_key, True)

    def certify(self, common_name, key, issuer, issuer_key, authority, number=None,
                days=(-30, 365)):
        """A certificate as Digikoppeling wants it: serialNumber = OIN, KU digitalSignature."""
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
        if number:
            attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
        name, now = x509.Name(attributes), datetime.datetime.now(datetime.UTC)
        usage = dict.fromkeys(
            ("content_commitment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only"), False)
        public = key.public_key()
        local = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        builder = (
            x509.CertificateBuilder().subject_name(name)
            .issuer_name(issuer.subject if issuer else name).public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(authority, None), True)
            .add_extension(x509.KeyUsage(
                digital_signature=not authority, key_encipherment=not authority,
                key_cert_sign=authority, crl_sign=authority, **usage), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer_key.public_key()), False)
        )
        if not authority:
            builder = builder.add_extension(local, False)
        return builder.sign(issuer_key, hashes.SHA256())

    def signer(self, urn, algorithm="ES256", days=(-30, 365)):
        """A signer whose certificate carries an identity."""
        key, number = KEYS[algorithm](), jades.identity_number(urn)
        leaf = self.certify(f"Organisation {number}", key, self.issuing, self.key, False, number,
                            days)
        return jades.Signer(key, leaf, [self.issuing, self.root], algorithm)

    def revocation_list(self, *certificates):
        """A list of the issuing authority."""
        now = datetime.datetime.now(datetime.UTC)
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.issuing.subject)
                   .last_update(now - DAY).next_update(now + DAY))
        for one in certificates:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(one.serial_number)
                .revocation_date(now - DAY).build())
        return builder.sign(self.key, hashes.SHA256())


def document_body(identifier=None, **changes):
    """A fictional document, as much of it as the checks look at."""
    identifier = identifier or acknowledgements.new_id()
    value = {
        "specversion": "1.0", "id": identifier, "source": GATEWAY + ":systeem:poort",
        "type": acknowledgements.OFFERED, "recipient": PARTNER,
        "time": acknowledgements.timestamp(),
        "expires": acknowledgements.timestamp(time.time() + 86400),
        "conversationid": identifier,
        "data": {"header": {"referralId": identifier, "revision": 1}, "text": "fictief"},
    }
    return jades.write_json(value | changes)


def check_round_trips(authority, folder):
    """Every algorithm in every style, by three verifiers; and tampering is seen."""
    trust = jades.Trust(anchors=[authority.root], intermediates=[authority.issuing],
                        identity=GATEWAY)
    for algorithm in KEYS:
        signer = authority.signer(GATEWAY, algorithm)
        trust.pinned = [signer.certificate]
        for style in jades.STYLES:
            name, body = f"{algorithm} {style}", document_body()
            fields = jades.sign(body, signer, style)
            findings = jades.inspect(body, fields, trust)
            check(f"{name} verifies", not findings.faults, findings.faults)
            changed = jades.inspect(body + b" ", fields, trust).faults
            check(f"{name} refuses other octets", changed == {"digest-mismatch"}, changed)
            independent_partner.verify_with_joserfc(
                body, findings.compact, fields[0][1], signer.certificate)
            check(f"{name} verifies with joserfc", True)
            place = folder / name.replace(" ", "-")
            write_golden(place, body, fields, authority, signer)
            faults = verify_golden.verify(place)
            check(f"{name} verifies with openssl", not faults, faults)
            broken = fields[1][1][:-6] + ("AAAAAA" if fields[1][1][-6:] != "AAAAAA" else "BBBBBB")
            write_golden(place, body, [fields[0], (fields[1][0], broken)], authority, signer)
            check(f"{name} golden refuses another signature", verify_golden.verify(place))


def write_golden(place, body, fields, authority, signer):
    """A folder as verify_golden.py reads it."""
    place.mkdir(parents=True, exist_ok=True)
    head = "POST /v1/referrals HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields)
    (place / "request.http").write_bytes(head.encode() + b"\r\n" + body)
    for name, one in (("anchors", authority.root), ("chain", authority.issuing),
                      ("signer", signer.certificate)):
        (place / f"{name}.pem").write_bytes(one.public_bytes(serialization.Encoding.PEM))


def check_commission_vectors():
    """Answers signed by the European Commission; skipped by name where they are absent."""
    folder = pathlib.Path(os.environ.get("REFERRAL_VECTORS", HERE / "../../../shared/vectors"))
    found = sorted((folder / "oots").glob("*.headers"))
    if not found:
        print("skipped oots: no vectors")
    for path in found:
        fields = [tuple(line.split(": ", 1)) for line in path.read_text().splitlines() if line]
        trust = jades.Trust(check_path=False, names=("oots-response-sig",))
        findings = jades.inspect(path.with_suffix(".xml").read_bytes(), fields, trust)
        check(f"Commission {path.stem}", not findings.faults, findings.faults)


def write_pem(folder, name, signer):
    """NAME.pem (leaf and issuing) and NAME.key; returns both paths as text."""
    pem = serialization.Encoding.PEM
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(b"".join(
        one.public_bytes(pem) for one in [signer.certificate] + signer.chain[:1]))
    key.touch(0o600)
    key.write_bytes(signer.key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(certificate), str(key)


class Running:
    """The partner as a process of its own."""

    def __init__(self, folder, names, plan, state):
        (folder / "plan.json").write_text(json.dumps(plan))
        arguments = [
            "--certificate", names["partner"][0], "--key", names["partner"][1],
            "--client-anchors", str(folder / "anchors.pem"),
            "--sign-certificate", names["partner"][0], "--sign-key", names["partner"][1],
            "--identity", PARTNER, "--recipient", GATEWAY, "--other-identity", OTHER,
            "--intermediates", str(folder / "issuing.pem"), "--state", str(folder / state),
            "--keep", str(folder / state / "kept"), "--plan", str(folder / "plan.json"),
            "--lifetime", "120",
        ]
        for name in ("other-partner", "expired", "revoked"):
            arguments += ["--signer", f"{name}={':'.join(names[name])}"]
        self.process = subprocess.Popen(
            [sys.executable, HERE / "independent_partner.py", *arguments],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.tls = ssl.create_default_context(cafile=folder / "anchors.pem")
        self.tls.load_cert_chain(*names["gateway"])

    def post(self, body, fields):
        """One request: an Answer, or None where the connection broke."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=self.tls, timeout=20)
        try:
            connection.putrequest("POST", "/v1/referrals")
            for name, value in fields + [("Content-Length", str(len(body)))]:
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return acknowledgements.Answer(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def stop(self):
        """SIGTERM; the partner must end by itself."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def check_partner(authority, folder):
    """Every mode against the running partner, as the gateway would see it."""
    signers = {
        "gateway": authority.signer(GATEWAY), "partner": authority.signer(PARTNER, "PS256"),
        "other-partner": authority.signer(OTHER), "revoked": authority.signer(PARTNER),
        "expired": authority.signer(PARTNER, days=(-30, -2)),
    }
    names = {name: write_pem(folder, name, one) for name, one in signers.items()}
    pem = serialization.Encoding.PEM
    (folder / "anchors.pem").write_bytes(authority.root.public_bytes(pem))
    (folder / "issuing.pem").write_bytes(authority.issuing.public_bytes(pem))
    crl = authority.revocation_list(signers["revoked"].certificate)
    trust = jades.Trust(anchors=[authority.root], intermediates=[authority.issuing],
                        identity=PARTNER, revocation_lists=[crl])
    context = acknowledgements.Context(PARTNER, GATEWAY, signers["partner"])
    gateway, modes, seen = signers["gateway"], list(acknowledgements.SIGNED_MODES), {}
    partner = Running(folder, names, modes, "signed")
    for mode in modes:
        body = document_body()
        fields = jades.sign(body, gateway)
        document = acknowledgements.Document(
            body, jades.signature_of(fields), json.loads(body), int(time.time()))
        answer = partner.post(body, fields)
        expected = {acknowledgements.SIGNED_MODES[mode]} - {None}
        faults = answer and acknowledgements.inspect(answer, document, context, trust, seen)
        check(f"mode {mode}", faults == expected, f"{faults}, expected {expected}")
    check("ends on SIGTERM", partner.stop() == 0)
    check_forgeries(authority, signers, trust)
    check_unsigned(folder, names, gateway)


def check_forgeries(authority, signers, trust):
    """Each forgery is wrong where it says so, as far as these checks look, and nowhere else."""
    made = {"other-partner": signers["other-partner"],
            "rogue": acknowledgements.rogue_of(signers["partner"]),
            "issuer": jades.Signer(authority.key, authority.issuing)}
    context = acknowledgements.Context(PARTNER, GATEWAY, signers["partner"], made)
    body = document_body()
    fields = jades.sign(body, signers["gateway"])
    document = acknowledgements.Document(
        body, jades.signature_of(fields), json.loads(body), int(time.time()))
    for name, (_, expected) in forgeries.FORGERIES.items():
        given = forgeries.answer(name, document, context)
        faults = acknowledgements.inspect(given, document, context, trust, {})
        check(f"forgery {name}", faults == expected, f"{faults}, expected {expected}")


def check_unsigned(folder, names, gateway):
    """De-duplication, refusals and the modes without a signature."""
    plan = ["honest", "honest", "honest", {"mode": "lost-answer"}, "honest",
            {"mode": "5xx", "status": 502}, "409", {"mode": "415", "supported": ["1.0.0"]}, "422",
            {"mode": "honest", "delay": 0.3}, "honest", "honest",
            {"mode": "down", "seconds": 0.3}, "honest"]
    partner = Running(folder, names, plan, "unsigned")
    body = document_body()
    fields = jades.sign(body, gateway)
    first, second = partner.post(body, fields), partner.post(body, fields)
    check("a new id is taken with 202", first.status == 202, first.status)
    check("a known id gets the same receipt with 200",
          (second.status, second.body) == (200, first.body))
    other = document_body(json.loads(body)["id"], nonce="x")
    check("a known id with other octets gets 422",
          partner.post(other, jades.sign(other, gateway)).status == 422)
    late = document_body()
    check("an answer can be lost", partner.post(late, jades.sign(late, gateway)) is None)
    check("and the repetition is receipted",
          partner.post(late, jades.sign(late, gateway)).status == 202)
    for status in (502, 409, 415, 422):
        answer = partner.post(body, fields)
        check(f"answers {status}", answer.status == status, answer.status)
    begun = time.monotonic()
    partner.post(body, fields)
    check("delays", time.monotonic() - begun >= 0.3)
    check("refuses a swapped body", partner.post(body + b" ", fields).status == 400)
    astray = document_body(recipient=OTHER)
    rejected = json.loads(partner.post(astray, jades.sign(astray, gateway)).body)
    check("rejects what is not addressed to it",
          rejected["data"]["reasons"][0]["code"] == "not-addressee")
    check("is down without an answer", partner.post(body, fields) is None)
    check("refuses connections while down", partner.post(body, fields) is None)
    time.sleep(0.6)
    again = partner.post(body, fields)
    check("comes back with the same receipt", again and again.body == first.body)
    partner.stop()
    report = json.loads(subprocess.run(
        [sys.executable, HERE / "independent_partner.py", "report", folder / "unsigned"],
        capture_output=True, text=True, check=True).stdout)
    check("counts effects once", (report["effects"], report["repeated"]) == (2, 0), report)
    lines = (folder / "unsigned" / "journal.jsonl").read_text().splitlines()
    check("journals every request", len(lines) == 14, len(lines))
    kept = (folder / "unsigned" / "kept" / "000001.request").read_bytes()
    check("keeps the octets", kept.endswith(body))


def check_capture(authority, folder):
    """What the capture server records is what verify_golden.py reads."""
    signer = authority.signer(GATEWAY)
    certificate, key = write_pem(folder, "capture", signer)
    (folder / "anchors.pem").write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    place = folder / "golden"
    body = document_body()
    fields = jades.sign(body, signer)
    write_golden(place, body, fields, authority, signer)
    server = subprocess.Popen(
        [sys.executable, HERE / "capture_server.py", "--certificate", certificate, "--key", key,
         "--client-anchors", folder / "anchors.pem", "--output", place / "request.http",
         "--lifetime", "30"], stdout=subprocess.PIPE, text=True)
    running = object.__new__(Running)
    running.port = int(server.stdout.readline().split()[1])
    running.tls = ssl.create_default_context(cafile=folder / "anchors.pem")
    running.tls.load_cert_chain(certificate, key)
    check("the capture server answers 503", running.post(body, fields).status == 503)
    check("the capture server ends", server.wait(10) == 0)
    check("recorded octets verify", not verify_golden.verify(place))


def main():
    """Run all checks; the last line counts them."""
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        check_round_trips(authority, folder)
        check_commission_vectors()
        check_partner(authority, folder)
        check_capture(authority, folder)
    failed = results.count(False)
    print(f"selftest: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
