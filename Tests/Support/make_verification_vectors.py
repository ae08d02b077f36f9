"""Make schemas/vectors/verification: really signed messages, good, and wrong in one respect each.

    make_verification_vectors.py [FOLDER]

Keys are made here and thrown away, so every run makes other octets with the same verdicts. What a
case must give is written down by hand, never taken from a verifier.
"""
# SPDX-License-Identifier: Apache-2.0

import base64
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import acknowledgements
import jades

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "schemas" / "vectors" / "verification"
SENDER, PARTNER = "urn:nld:oin:00000099000000001000", "urn:nld:oin:00000099000000030000"
OTHER = "urn:nld:oin:00000099000000009000"
MARK = "REFERRAL-GATEWAY SAMPLE KEY"
UTC = datetime.timezone.utc
BEGIN, END = (datetime.datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2046))
SIGNED_AT = 1795516800  # 2026-11-24T10:40:00Z
AT = "2026-11-25T12:00:00Z"
LISTS = {"": ((2026, 11, 20), (2026, 12, 20)), "-ended": ((2026, 10, 20), (2026, 11, 20))}
MEDIA_TYPE = ("Content-Type", "application/cloudevents+json; charset=utf-8")
KEYS = {
    "PS256": lambda: rsa.generate_private_key(65537, 3072),
    "PS384": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
}


def pem(*things):
    """Certificates or lists as PEM."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in things)


class Authority:
    """A certification authority, made for this run."""

    def __init__(self, name, above=None, path_length=None, **options):
        self.above, self.key = above, KEYS["ES256"]()
        self.certificate = (above or self).certify(
            self.key, name, authority=True, path_length=path_length, **options)

    def certify(self, key, name, number=None, authority=False, path_length=None, days=(BEGIN, END),
                usage=True, purposes=None):
        """A certificate as Digikoppeling wants it, but for what the caller asks to be wrong."""
        attributes = [(NameOID.COUNTRY_NAME, "NL"), (NameOID.ORGANIZATIONAL_UNIT_NAME, MARK),
                      (NameOID.COMMON_NAME, name)]
        attributes += [(NameOID.SERIAL_NUMBER, number)] if number else []
        subject = x509.Name([x509.NameAttribute(*one) for one in attributes])
        own = hasattr(self, "certificate")
        public, ours = key.public_key(), self.key.public_key()
        builder = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(self.certificate.subject if own else subject).public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(days[0]).not_valid_after(days[1])
            .add_extension(x509.BasicConstraints(authority, path_length), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ours), False))
        if usage:
            builder = builder.add_extension(x509.KeyUsage(
                not authority, False, False, False, False, authority, authority, False, False),
                True)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), False)
        return builder.sign(self.key, hashes.SHA256())

    def signer(self, urn, algorithm="ES256", name="signing", key=None, **options):
        """A signer under this authority; `key` names another kind of key than the algorithm's."""
        made = KEYS[key or algorithm]()
        number = jades.identity_number(urn)
        leaf = self.certify(made, f"Sample {name}", number, **options)
        chain, above = [], self
        while above:
            chain, above = chain + [above.certificate], above.above
        return jades.Signer(made, leaf, chain, algorithm)

    def revocation_list(self, days, *revoked, key=None):
        """A list of this authority, from the first day to the second."""
        first, last = (datetime.datetime(*day, tzinfo=UTC) for day in days)
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
            .last_update(first).next_update(last)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                self.key.public_key()), False)
            .add_extension(x509.CRLNumber(1), False))
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(one.serial_number)
                .revocation_date(first).build())
        return builder.sign(key or self.key, hashes.SHA256())


class World:
    """Authorities, signers by name, and the files that all cases share."""

    def __init__(self):
        self.root = root = Authority("Sample root", path_length=1)
        self.issuing = issuing = Authority("Sample issuing", root, path_length=0)
        self.gone = Authority("Sample revoked issuing", root, path_length=0)
        self.rogue = Authority("Sample foreign root")
        self.deep = Authority("Sample issuing too deep", issuing)
        self.layman = Authority("Sample layman", root)
        self.layman.certificate = root.certify(self.layman.key, "Sample layman")
        self.old = datetime.datetime(2026, 11, 1, tzinfo=UTC)
        self.signers = {
            "ps256": issuing.signer(SENDER, "PS256"), "ps384": issuing.signer(SENDER, "PS384"),
            "es256": issuing.signer(SENDER), "es384": issuing.signer(SENDER, "ES384"),
            "partner-es256": issuing.signer(PARTNER), "partner-ps256": issuing.signer(
                PARTNER, "PS256"),
            "revoked": issuing.signer(SENDER), "revoked-issuing": self.gone.signer(SENDER),
            "foreign": self.rogue.signer(SENDER), "too-deep": self.deep.signer(SENDER),
            "layman": self.layman.signer(SENDER), "unknown": issuing.signer(SENDER),
            "expired": issuing.signer(SENDER, days=(BEGIN, self.old)),
            "later": issuing.signer(
                SENDER, days=(datetime.datetime(2026, 11, 25, tzinfo=UTC), END)),
            "authority": issuing.signer(SENDER, authority=True),
            "no-usage": issuing.signer(SENDER, usage=False),
            "purpose": issuing.signer(SENDER, purposes=[ExtendedKeyUsageOID.CODE_SIGNING]),
            "weak": issuing.signer(SENDER, "PS256", key="RSA-1024"),
            "rsa-for-es256": issuing.signer(SENDER, "PS256"),
            "secp256k1": issuing.signer(SENDER, "ES256", key="secp256k1"),
            "other": issuing.signer(OTHER), "nobody": issuing.signer(None),
        }
        self.signers["rsa-for-es256"].sign = lambda octets: os.urandom(64)

    def files(self):
        """Files by path: trust and revocation lists."""
        signers = self.signers
        known = [self.root.certificate, self.issuing.certificate]
        files = {
            "trust/anchors.pem": pem(*known),
            "trust/anchors-and-signers.pem": pem(*known, *(
                signers[name].certificate for name in ("es256", "ps256"))),
            "trust/more-authorities.pem": pem(*known, *(one.certificate for one in (
                self.gone, self.deep, self.layman))),
            "trust/no-anchor.pem": pem(self.issuing.certificate),
            "trust/pinned.pem": pem(*(
                signers[name].certificate for name in ("es256", "expired"))),
        }
        for suffix, days in LISTS.items():
            files[f"crl/root{suffix}.pem"] = pem(
                self.root.revocation_list(days, self.gone.certificate))
            files[f"crl/issuing{suffix}.pem"] = pem(
                self.issuing.revocation_list(days, signers["revoked"].certificate))
        now = LISTS[""]
        files["crl/revoked-issuing.pem"] = pem(self.gone.revocation_list(now))
        files["crl/deep.pem"] = pem(self.deep.revocation_list(now))
        files["crl/layman.pem"] = pem(self.layman.revocation_list(now))
        files["crl/issuing-forged.pem"] = pem(self.issuing.revocation_list(now, key=self.rogue.key))
        return files


class Cases:
    """Collects cases and their files."""

    def __init__(self, world):
        self.world, self.cases, self.files = world, [], world.files()
        document = json.loads((FOLDER.parent / "comensha" / "body.json").read_text())
        document.update(source=SENDER + ":systeem:referrals", recipient=PARTNER)
        self.document = jades.write_json(document)
        compact = jades.signature_of(self.sign("es256"))
        self.context = acknowledgements.Context(PARTNER, SENDER, None)
        self.received = acknowledgements.Document(
            self.document, compact, document, SIGNED_AT)

    def sign(self, signer, body=None, style="gateway", issued_at=SIGNED_AT, change=None):
        """Digest and signature fields. `change` gets the header; it may return octets instead."""
        signer = self.world.signers[signer] if isinstance(signer, str) else signer
        header = jades.protected_header(signer, style, issued_at)
        octets = (change(header) if change else None) or jades.write_json(header)
        name = jades.header_name(style)
        return jades.sign_protected(
            self.document if body is None else body, signer, jades.base64url(octets), name)

    def batch(self, small=None, **members):
        """Numbers of a quarter in place of a referral; `small` stands for one of them."""
        value = json.loads(self.document)
        base = "https://referral-gateway.example/schemas/statistics/1.0.0/schema.json"
        value.update(type="nl.mensenhandelsignalen.statistiek.aangeboden.v1", dataschema=base,
                     requestedacks="receipt", data={
                         "period": "2026-Q3", "threshold": 11, "complete": True,
                         "handling": {"purpose": "statistics",
                                      "legalBasis": ["EU-DIR-2011-36-19@2024"]},
                         "tables": [
                             {"name": "referrals-by-kind", "unit": "referral",
                              "cellsOverlap": False, "total": 46, "cells": [
                                  {"code": "TRAFFICKING_SIGNAL", "count": small or 31},
                                  {"code": "SMUGGLING_SIGNAL", "suppressed": True},
                                  {"code": "RESIDENCE_SCHEME_NOTICE", "suppressed": True},
                                  {"code": "PERMIT_ACTION_NOTICE", "suppressed": True}]},
                             {"name": "persons-by-form", "unit": "person", "cellsOverlap": True,
                              "withheld": True}]})
        value.update(members)
        return jades.write_json(value)

    def receipt(self, kind="receipt", drop=(), **members):
        """An acknowledgement of the document, by the partner."""
        data = {"receivedAt": "2026-11-24T10:41:00Z"} if kind == "receipt" else {}
        value = acknowledgements.envelope(self.received, self.context, kind, **data)
        value.update(id="01a20cd6-1c10-7a3e-9d0c-5a1b7e2f4c66", time="2026-11-24T10:41:00Z",
                     exercise=True)
        value["data"].update(members.pop("data", {}))
        value.update(members)
        for name in drop:
            (value if name in value else value["data"]).pop(name)
        return jades.write_json(value)

    def add(self, name, status, step=None, code=None, fields=None, body=None, verb="document",
            trust="anchors", crls=("root", "issuing"), at=AT, identity=SENDER, line_end="\n",
            media_type=True, **options):
        """One case and its files; a body that several cases have is kept once."""
        body = self.document if body is None else body
        fields = self.sign("es256", body) if fields is None else fields
        fields = ([MEDIA_TYPE] if media_type else []) + fields
        self.files[f"messages/{name}.headers"] = "".join(
            f"{one}: {value}{line_end}" for one, value in fields).encode("utf-8")
        path = next((path for path, octets in self.files.items()
                     if path.startswith("bodies/") and octets == body), f"bodies/{name}.json")
        self.files[path] = body
        case = {"name": name, "verb": verb, "body": path, "headers": f"messages/{name}.headers",
                "trust": f"trust/{trust}.pem", "identity": identity,
                "crls": [f"crl/{one}.pem" for one in crls], "noRevocationCheck": False,
                "at": at, **options, "exit": status, "step": step, "code": code}
        self.cases.append({key: value for key, value in case.items() if value is not None})

    def answer(self, name, status, step=None, code=None, body=None, signer="partner-es256",
               style="gateway", **options):
        """A case about an acknowledgement."""
        body = self.receipt() if body is None else body
        options = {"identity": PARTNER, "verb": "acknowledgement", **options}
        self.add(name, status, step, code, self.sign(signer, body, style), body, **options)


def add_good(cases):
    """Everything that must verify."""
    for algorithm in ("ps256", "es256", "ps384", "es384"):
        cases.add(f"document-{algorithm}", 0, fields=cases.sign(algorithm))
    for style in ("ddas", "dss", "gateway-chain"):
        cases.add(f"document-{style}-style", 0, fields=cases.sign("es256", style=style))
    cases.add("document-ps256-ddas-style", 0, fields=cases.sign("ps256", style="ddas"))
    cases.add("document-ps256-dss-style", 0, fields=cases.sign("ps256", style="dss"))
    cases.add("document-without-x5c", 0, fields=cases.sign("es256", style="gateway-bare"),
              trust="anchors-and-signers")
    lower = [(name.lower(), value) for name, value in cases.sign("es256")]
    cases.add("document-crlf-and-lower-case", 0, fields=lower, line_end="\r\n")
    cases.add("document-at-signing-time", 0, at="iat")
    cases.add("document-of-a-pinned-signer", 0, trust="pinned", crls=())
    cases.add("document-to-us", 0, recipient=PARTNER)
    batch = cases.batch()
    cases.add("statistics", 0, fields=cases.sign("es256", batch), body=batch)
    request = [("POST /v1/referrals HTTP/1.1\r\nHost", "127.0.0.1"), MEDIA_TYPE]
    request += cases.sign("es256")
    cases.add("document-with-a-request-line", 0, fields=request, line_end="\r\n",
              media_type=False)
    cases.add("document-without-revocation-check", 0, crls=(), noRevocationCheck=True)
    fields = cases.sign("es256")
    named = [fields[0], ("oots-response-sig", fields[1][1])]
    cases.add("signature-own-field-name", 0, fields=named, verb="signature",
              headerName="oots-response-sig")
    text = b"not JSON at all\n"
    cases.add("signature-any-body", 0, fields=cases.sign("ps256", text), body=text,
              verb="signature")
    cases.add("signature-without-identity", 0, verb="signature", identity=None)
    cases.answer("receipt-es256", 0)
    cases.answer("receipt-ps256", 0, signer="partner-ps256")
    cases.answer("receipt-ddas-style", 0, style="ddas")
    cases.answer("receipt-dss-style", 0, style="dss")
    rejection = cases.receipt("rejection", data={"reasons": [{"code": "not-competent"}]})
    cases.answer("rejection", 0, body=rejection)
    cases.answer("acknowledgement-of-unknown-kind", 0, body=cases.receipt("sighed-at"))


def add_undecided(cases):
    """What cannot be told with what is given."""
    def unknown(name, **options):
        cases.add(name, 2, 11, "revocation-unknown", **options)

    unknown("no-list", crls=())
    unknown("no-list-of-the-issuing-authority", crls=("root",))
    unknown("no-list-of-the-root", crls=("issuing",))
    unknown("ended-list", crls=("root", "issuing-ended"))
    unknown("ended-list-of-the-root", crls=("root-ended", "issuing"))
    unknown("list-not-valid-yet", at="2026-11-19T12:00:00Z",
            fields=cases.sign("es256", issued_at=SIGNED_AT - 6 * 86400))
    unknown("forged-list", crls=("root", "issuing-forged"))
    cases.add("no-identity", 2, 12, "identity-not-given", identity=None)
    cases.answer("receipt-no-identity", 2, 12, "identity-not-given", identity=None)
    cases.add("at-iat-without-iat", 2, 10, "signing-time-missing",
              cases.sign("es256", style="ddas"), at="iat")
    cases.answer("receipt-no-list", 2, 11, "revocation-unknown", crls=())


def add_fields(cases):
    """Step 1."""
    digest, signature = cases.sign("es256")

    def wrong(name, code, fields, **options):
        cases.add(name, 1, 1, code, fields, **options)

    wrong("signature-missing", "signature-missing", [digest])
    wrong("signature-twice", "signature-repeated", [digest, signature, signature])
    wrong("signature-under-both-names", "signature-repeated",
          [digest, signature, ("nlgov-adr-payload-sig", signature[1])])
    wrong("signature-under-own-name-too", "signature-repeated",
          [digest, signature, ("x-signature", signature[1])], headerName="x-signature")
    wrong("signature-under-unknown-name", "signature-missing",
          [digest, ("x-signature", signature[1])])
    wrong("line-without-colon", "fields-malformed", [digest, signature, ("folded\n line", "x")])
    wrong("digest-missing", "digest-missing", [signature])
    wrong("digest-twice", "digest-repeated", [digest, digest, signature])
    wrong("content-type-missing", "content-type-missing", [digest, signature], media_type=False)
    wrong("content-type-twice", "content-type-repeated", [digest, signature, MEDIA_TYPE])
    wrong("content-encoded", "content-encoding", [digest, signature, ("Content-Encoding", "gzip")])
    wrong("field-too-large", "fields-too-large", [digest, signature, ("X-Long", "x" * 16_400)])
    long = cases.receipt()[:-1] + b" " * 65_536 + b"}"
    cases.answer("receipt-too-large", 1, 1, "body-too-large", body=long)


def add_header(cases):
    """Steps 3 to 5."""
    digest, (name, text) = cases.sign("es256")
    head, signature = text.split("..")

    def parts(case, code, value):
        cases.add(case, 1, 3, code, [digest, (name, value)])

    parts("two-parts", "parts-wrong", f"{head}.{signature}")
    parts("four-parts", "parts-wrong", f"{head}..{signature}.")
    parts("payload-not-detached", "parts-wrong", f"{head}.{jades.base64url(b'x')}.{signature}")
    parts("signature-empty", "not-canonical-base64url", f"{head}..")
    parts("padding", "not-canonical-base64url", f"{text}==")
    parts("spare-bits", "not-canonical-base64url", text[:-1] + {
        "A": "B", "Q": "R", "g": "h", "w": "x"}[text[-1]])
    parts("standard-alphabet", "not-canonical-base64url", text[:-4] + "+/" + text[-2:])

    def syntax(case, change):
        cases.add(case, 1, 4, "header-not-strict-json", cases.sign("es256", change=change))

    syntax("header-duplicate-name", lambda one: b'{"alg":"ES256",' + jades.write_json(one)[1:])
    syntax("header-duplicate-name-escaped",
           lambda one: b'{"\\u0061lg":"none",' + jades.write_json(one)[1:])
    syntax("header-trailing-comma", lambda one: jades.write_json(one)[:-1] + b",}")
    syntax("header-byte-order-mark", lambda one: b"\xef\xbb\xbf" + jades.write_json(one))
    syntax("header-too-deep", lambda one: one.update(
        more=[[[[[[[[0]]]]]]]]) or jades.write_json(one))
    syntax("header-an-array", lambda one: b"[" + jades.write_json(one) + b"]")
    syntax("header-not-utf-8", lambda one: one.update(cty="x") or jades.write_json(
        one).replace(b'"cty":"x"', b'"cty":"\xff"'))

    def form(case, code="header-form", drop=(), **members):
        def change(one):
            one.update(members)
            for member in drop:
                one.pop(member)
        cases.add(case, 1, 5, code, cases.sign("es256", change=change))

    for algorithm in ("none", "HS256", "RS256", "ES256K", "EdDSA"):
        form(f"alg-{algorithm.lower()}", "algorithm-not-allowed", alg=algorithm)
    form("alg-missing", drop=["alg"])
    form("b64-true", b64=True)
    form("b64-missing", drop=["b64"])
    form("crit-missing", drop=["crit"])
    form("crit-without-sigd", crit=["b64"])
    form("crit-twice-the-same", crit=["b64", "b64"])
    form("crit-unknown-name", crit=["b64", "sigD", "exp"], exp=1)
    form("sigd-other-mechanism", sigD={**jades.SIGNED_FIELDS, "mId": "http://example.org/x"})
    form("sigd-more-fields", sigD={**jades.SIGNED_FIELDS, "pars": ["digest", "host"]})
    form("typ-jwt", typ="JWT")
    form("iat-a-text", iat=str(SIGNED_AT))
    form("jku", jku="https://rogue.example/keys")
    form("jwk", jwk={"kty": "oct", "k": "AA"})
    form("x5u", x5u="https://rogue.example/chain.pem")
    form("x5t-sha-1", x5t="AAAAAAAAAAAAAAAAAAAAAAAAAAA")
    form("zip", zip="DEF")


def add_signer(cases):
    """Steps 6 to 9."""
    def named(case, code, change, style="gateway"):
        cases.add(case, 1, 6, code, cases.sign("es256", style=style, change=change))

    random = jades.base64url(os.urandom(32))
    other = base64.b64encode(jades.der(cases.world.signers["ps256"].certificate)).decode()
    named("signer-not-named", "signer-not-named",
          lambda one: [one.pop("x5c"), one.pop("x5t#S256")] and None)
    named("thumbprint-of-another", "signer-names-differ",
          lambda one: one.update({"x5t#S256": random}))
    named("x5c-of-another", "signer-names-differ", lambda one: one.update(x5c=[other]))
    named("x5t-o-of-another", "signer-names-differ", lambda one: one.update(
        {"x5t#o": {"digAlg": "S512", "digVal": jades.base64url(hashlib.sha512(b"").digest())}}),
        "dss")
    cases.add("signer-unknown", 1, 6, "signer-unknown",
              cases.sign("unknown", style="gateway-bare"), trust="anchors-and-signers")

    cases.add("key-too-short", 1, 7, "key-unfit", cases.sign("weak"))
    cases.add("rsa-key-for-es256", 1, 7, "key-unfit", cases.sign(
        "rsa-for-es256", change=lambda one: one.update(alg="ES256")))
    cases.add("curve-for-another-algorithm", 1, 7, "key-unfit", cases.sign(
        "es256", change=lambda one: one.update(alg="ES384")))
    cases.add("curve-secp256k1", 1, 7, "key-unfit", cases.sign("secp256k1"))

    flipped = bytearray(cases.document)
    flipped[900] ^= 1
    flipped = bytes(flipped)
    digest, signature = cases.sign("es256")
    cases.add("body-octet", 1, 8, "digest-mismatch", [digest, signature], flipped)
    cases.add("digest-of-another-body", 1, 8, "digest-mismatch",
              [("Digest", jades.digest_field(flipped)), signature])
    cases.add("digest-in-another-form", 1, 8, "digest-mismatch",
              [("Digest", digest[1].replace("SHA-256", "sha-256")), signature])
    cases.add("digest-list", 1, 8, "digest-mismatch",
              [("Digest", f"{digest[1]},SHA-256=AAAA"), signature])

    def signed(case, fields, **options):
        cases.add(case, 1, 9, "signature-invalid", fields, **options)

    signed("body-octet-and-digest", [("Digest", jades.digest_field(flipped)), signature],
           body=flipped)
    for algorithm in ("es256", "ps256"):
        digest, (name, text) = cases.sign(algorithm)
        head, raw = text.split("..")[0], bytearray(jades.from_base64url(text.split("..")[1]))

        def with_octets(octets):
            return [digest, (name, f"{head}..{jades.base64url(bytes(octets))}")]

        signed(f"{algorithm}-signature-too-long", with_octets(bytes(raw) + b"\0"))
        raw[20] ^= 1
        signed(f"{algorithm}-signature-octet", with_octets(raw))
    impostor = dataclasses.replace(cases.world.signers["es256"], key=KEYS["ES256"]())
    signed("signed-with-another-key", cases.sign(impostor))
    add_other_signatures(cases, signed)


def add_other_signatures(cases, signed):
    """Step 9: signatures of another kind by the right key."""
    def with_sign(signer, make):
        copy = dataclasses.replace(cases.world.signers[signer])
        copy.sign = lambda octets: make(copy.key, octets)
        return cases.sign(copy)

    sha256 = hashes.SHA256()
    signed("ecdsa-in-der", with_sign(
        "es256", lambda key, octets: key.sign(octets, ec.ECDSA(sha256))))
    signed("ecdsa-zeros", with_sign("es256", lambda key, octets: bytes(64)))
    signed("pss-salt-of-20", with_sign("ps256", lambda key, octets: key.sign(
        octets, padding.PSS(padding.MGF1(sha256), 20), sha256)))
    signed("pss-mgf1-sha-1", with_sign("ps256", lambda key, octets: key.sign(
        octets, padding.PSS(padding.MGF1(hashes.SHA1()), 32), sha256)))
    signed("pkcs1-v1-5", with_sign("ps256", lambda key, octets: key.sign(
        octets, padding.PKCS1v15(), sha256)))
    def without_space(key, octets):
        other = octets.replace(b"digest: ", b"digest:")
        return jades.Signer(key, None, [], "ES256").sign(other)
    signed("signed-without-the-space", with_sign("es256", without_space))


def add_certificate(cases):
    """Steps 10 to 12."""
    def path(case, signer, code="path-invalid", style="gateway", **options):
        cases.add(case, 1, 10, code, cases.sign(signer, style=style), **options)

    path("foreign-root-in-x5c", "foreign", style="gateway-chain")
    path("issuer-missing", "revoked-issuing")
    path("certificate-ended", "expired")
    path("signed-before-the-certificate-began", "later")
    path("path-too-long", "too-deep", style="gateway-chain",
         crls=("root", "issuing", "deep"))
    path("issuer-is-no-authority", "layman", style="gateway-chain", crls=("root", "layman"))
    path("signer-is-an-authority", "authority", "certificate-form")
    path("no-key-usage", "no-usage", "key-usage")
    path("other-purpose", "purpose", "extended-key-usage")
    cases.add("no-anchor", 2, trust="no-anchor")
    cases.add("pinned-another", 1, 6, "signer-unknown", cases.sign("ps384"), trust="pinned")
    path("pinned-and-ended", "expired", "certificate-time", trust="pinned")

    def revoked(case, signer, **options):
        cases.add(case, 1, 11, "revoked", cases.sign(signer), **options)

    revoked("revoked", "revoked")
    revoked("revoked-on-an-ended-list", "revoked", crls=("root", "issuing-ended"))
    revoked("revoked-authority", "revoked-issuing", trust="more-authorities",
            crls=("root", "revoked-issuing"))

    def identity(case, signer="es256", **options):
        cases.add(case, 1, 12, "identity-mismatch", cases.sign(
            signer, options.get("body")), **options)

    identity("signed-by-another-organisation", "other")
    identity("certificate-without-identity", "nobody")
    identity("expected-another", identity=OTHER)
    identity("signature-by-another-organisation", "other", verb="signature")
    envelope = json.loads(cases.document)
    identity("source-is-another", body=jades.write_json(
        {**envelope, "source": OTHER + ":systeem:referrals"}))
    cases.answer("receipt-of-another-partner", 1, 12, "identity-mismatch", signer="other")


def add_body(cases):
    """Steps 13 and 14."""
    def wrong(case, code, body, step=13):
        cases.add(case, 1, step, code, cases.sign("es256", body), body)

    document = cases.document
    wrong("body-duplicate-name", "not-strict-json", b'{"id":"x",' + document[1:])
    wrong("body-not-json", "not-strict-json", b"<referral/>")
    wrong("body-lone-surrogate", "not-strict-json",
          document.replace(b'"nonce":"', b'"nonce":"\\ud800'))
    value = json.loads(document)
    wrong("body-without-recipient", "schema-invalid", jades.write_json(
        {name: one for name, one in value.items() if name != "recipient"}))
    wrong("body-id-in-capitals", "schema-invalid",
          jades.write_json({**value, "id": value["id"].upper().replace("4", "A")}))
    wrong("statistics-of-a-small-group", "schema-invalid", cases.batch(small=7))
    wrong("statistics-of-the-type-of-a-referral", "schema-invalid",
          cases.batch(type=value["type"]))
    wrong("body-without-data", "schema-invalid", jades.write_json({**value, "data": None}))
    for drop in ("receivedAt", "payloadDigest", "signatureDigest", "messageId", "subject"):
        cases.answer(f"receipt-without-{drop.lower()}", 1, 13, "schema-invalid",
                     body=cases.receipt(drop=[drop]))
    cases.answer("receipt-digest-in-hexadecimal", 1, 13, "schema-invalid", body=cases.receipt(
        data={"payloadDigest": "SHA-256=" + hashlib.sha256(document).hexdigest()}))
    offered = {name: value[name] for name in ("type", "expires", "nonce", "requestedacks",
                                              "dataschema")}
    cases.answer("receipt-of-the-type-of-a-document", 1, 14, "wrong-type",
                 body=cases.receipt(drop=["subject"], **offered))
    cases.add("document-to-another", 1, 14, "not-addressee", recipient=OTHER)
    cases.answer("receipt-to-another", 1, 14, "not-addressee", recipient=OTHER)
    value["type"] = value["type"].replace("aangeboden", "ingetrokken")
    wrong("document-of-the-type-of-another", "wrong-type", jades.write_json(value), 14)
    cases.add("document-that-is-a-receipt", 1, verb="document", identity=PARTNER,
              body=cases.receipt(), fields=cases.sign("partner-es256", cases.receipt()))


def main():
    """Write the folder anew; README.md stays."""
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    cases = Cases(World())
    for add in (add_good, add_undecided, add_fields, add_header, add_signer, add_certificate,
                add_body):
        add(cases)
    for name in ("trust", "crl", "messages", "bodies"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path, octets in cases.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(octets)
    names = [case["name"] for case in cases.cases]
    assert len(names) == len(set(names)), "two cases with one name"
    lines = ",\n".join(json.dumps(case) for case in cases.cases)
    (folder / "cases.json").write_text(f"[\n{lines}\n]\n")
    size = sum(len(octets) for octets in cases.files.values())
    print(f"{folder}: {len(names)} cases, {len(cases.files)} files, {size} octets")


if __name__ == "__main__":
    main()
