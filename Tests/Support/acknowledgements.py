"""Compose acknowledgements, honest or wrong in exactly one respect, and find what is wrong."""
# SPDX-License-Identifier: Apache-2.0

import base64
import datetime
import hashlib
import hmac
import os
import time
import uuid
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import jades

TYPE_PREFIX = "nl.mensenhandelsignalen.verwijzing."
CONFIRMED = TYPE_PREFIX + "bevestigd.v1"
OFFERED = TYPE_PREFIX + "aangeboden.v1"
SCHEMA = "https://referral-gateway.example/schemas/acknowledgement/1.0.0/schema.json"
KINDS = ("receipt", "acceptance", "rejection", "forwarded", "query", "case-number", "follow-up",
         "change-executed")
STRANGER = "urn:nld:oin:00000099009999999999"
DAY_AND_TWO_HOURS_SECONDS = 26 * 3600

# mode -> the one fault that inspect() must find; None where nothing is wrong with the answer.
SIGNED_MODES = {
    "honest": None,
    "ddas-style": None,
    "dss-style": None,
    "rejection": None,
    "unknown-kind": "unknown-kind",
    "unsigned-200": "unsigned",
    "wrong-payload-digest": "payload-digest",
    "wrong-signature-digest": "signature-digest",
    "foreign-key": "path",
    "wrong-identity": "identity",
    "expired-signer": "expired",
    "revoked-signer": "revoked",
    "signed-before-document": "signed-before-document",
    "late-iat": "signed-in-the-future",
    "receipt-26-hours-after": "signed-in-the-future",
    "other-partners-receipt": "identity",
    "recipient-not-us": "recipient",
    "wrong-type": "type",
    "unknown-message": "message-id",
    "replayed-id": "replayed-id",
    "header-twice": "field-twice",
    "bad-base64url": "base64url",
    "duplicate-name-in-header": "duplicate-name",
    "alg-none": "algorithm",
    "alg-hs256": "algorithm",
    "x5t-mismatch": "certificate-disagrees",
    "swapped-body": "digest-mismatch",
    "bad-signature": "signature",
}
# mode -> the signer that it needs by name.
SPECIAL_SIGNERS = {
    "foreign-key": "rogue", "wrong-identity": "other-partner", "expired-signer": "expired",
    "revoked-signer": "revoked", "other-partners-receipt": "other-partner",
}


@dataclass
class Document:
    """A verified incoming document, as far as an acknowledgement needs it."""

    body: bytes
    compact: str
    envelope: dict
    issued_at: int | None

    @property
    def payload_digest(self):
        """What `payloadDigest` must say."""
        return jades.digest_field(self.body)

    @property
    def signature_digest(self):
        """What `signatureDigest` must say."""
        return jades.signature_digest(self.compact)


@dataclass
class Answer:
    """One HTTP answer: status, fields as (name, value), body."""

    status: int
    fields: list
    body: bytes


@dataclass
class Context:
    """Who answers: identity, addressee, signers by name, and the ids used before."""

    identity: str
    recipient: str
    signer: jades.Signer
    signers: dict = field(default_factory=dict)
    other_identity: str = STRANGER
    earlier_id: str | None = None
    style: str = "gateway"


def new_id(now=None):
    """A UUIDv7 (RFC 9562 section 5.7)."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(3 << 62) | 2 << 62))


def timestamp(now=None):
    """RFC 3339, UTC, whole seconds."""
    moment = datetime.datetime.fromtimestamp(time.time() if now is None else now, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(document, context, kind="receipt", **data):
    """An acknowledgement as a value; every misbehaviour changes one member of it."""
    subject = document.envelope["id"]
    conversation = document.envelope.get("conversationid", subject)
    return {
        "specversion": "1.0", "id": new_id(), "source": context.identity, "type": CONFIRMED,
        "subject": subject, "recipient": context.recipient, "time": timestamp(),
        "datacontenttype": "application/json", "dataschema": SCHEMA,
        "conversationid": conversation, "causationid": subject,
        "data": {
            "kind": kind, "messageId": subject, "conversationId": conversation,
            "payloadDigest": document.payload_digest,
            "signatureDigest": document.signature_digest, **data,
        },
    }


def answer(document, context, mode="honest", plan=None):
    """The signed answer of one mode (a key of SIGNED_MODES)."""
    plan = plan or {}
    value = _content(document, context, mode, plan)
    body = jades.write_json(value)
    signer = context.signers[SPECIAL_SIGNERS[mode]] if mode in SPECIAL_SIGNERS else context.signer
    style = {"ddas-style": "ddas", "dss-style": "dss"}.get(mode, plan.get("style", context.style))
    if mode in SPECIAL_SIGNERS and style == "gateway":
        style = "gateway-chain"  # a stranger's chain has to come along
    fields = _proof(body, signer, style, _issued_at(document, mode), mode)
    if mode == "swapped-body":
        body = body[:-1] + b" }"
    status = 200 if mode == "rejection" else 202
    return Answer(status, [("Content-Type", "application/cloudevents+json; charset=utf-8")]
                  + fields, body)


def _content(document, context, mode, plan):
    if mode == "rejection":
        code = plan.get("code", "schema-invalid")
        reason = {"code": code, "pointer": plan.get("pointer", ""), "detail": f"refused: {code}"}
        if code == "not-competent":
            reason["forwardTo"] = plan.get("forwardTo", STRANGER)
        return envelope(document, context, "rejection", reasons=[reason])
    if mode == "unknown-kind":
        return envelope(document, context, plan.get("kind", "sighed-at"))
    value = envelope(document, context, sequence=1, receivedAt=timestamp())
    data, wrong = value["data"], jades.digest_field(os.urandom(32))
    if mode == "wrong-payload-digest":
        data["payloadDigest"] = wrong
    elif mode == "wrong-signature-digest":
        data["signatureDigest"] = wrong
    elif mode == "recipient-not-us":
        value["recipient"] = STRANGER
    elif mode == "wrong-type":
        value["type"] = OFFERED
    elif mode == "unknown-message":
        data["messageId"] = value["subject"] = value["causationid"] = new_id()
    elif mode == "replayed-id" and context.earlier_id:
        value["id"] = context.earlier_id
    elif mode == "other-partners-receipt":
        value["source"] = context.other_identity
    return value


def _issued_at(document, mode):
    now = int(time.time())
    beginning = document.issued_at if document.issued_at is not None else now
    return {
        "signed-before-document": beginning - jades.SKEW_SECONDS - 1,
        "late-iat": now + 600,
        "receipt-26-hours-after": beginning + DAY_AND_TWO_HOURS_SECONDS,
    }.get(mode, now)


def _proof(body, signer, style, issued_at, mode):
    """The Digest and signature fields; the modes that break the signature itself are here."""
    name = jades.header_name(style)
    if mode == "unsigned-200":
        return [("Digest", jades.digest_field(body))]
    header = jades.protected_header(signer, style, issued_at)
    if mode == "x5t-mismatch":
        header["x5t#S256"] = jades.base64url(os.urandom(32))
    if mode in ("alg-none", "alg-hs256"):
        header["alg"] = {"alg-none": "none", "alg-hs256": "HS256"}[mode]
    text = jades.write_json(header)
    if mode == "duplicate-name-in-header":
        text = b'{"alg":"' + header["alg"].encode() + b'",' + text[1:]
    if mode == "bad-base64url" and len(text) % 3 == 0:
        text += b" "  # white space is valid JSON, and leaves tail bits to set
    protected = jades.base64url(text)
    if mode == "bad-base64url":
        protected = _with_tail_bit(protected)
    fields = jades.sign_protected(body, signer, protected, name)
    if mode in ("alg-none", "alg-hs256"):
        fields[1] = (name, protected + ".." + _forged(body, signer, protected, mode))
    if mode == "bad-signature":
        head, signature = fields[1][1].split("..")
        raw = bytearray(jades.from_base64url(signature))
        raw[len(raw) // 2] ^= 1
        fields[1] = (name, f"{head}..{jades.base64url(bytes(raw))}")
    if mode == "header-twice":
        fields.append(fields[1])
    return fields


def _with_tail_bit(text):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def _forged(body, signer, protected, mode):
    if mode == "alg-none":
        return ""
    secret = signer.certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    octets = jades.signing_input(protected, jades.digest_field(body))
    return jades.base64url(hmac.new(secret, octets, hashlib.sha256).digest())


def rogue_of(signer):
    """A signer with the same subject and serial number, certified by a root nobody trusts."""
    from cryptography.hazmat.primitives.asymmetric import ec
    name = x509.Name.from_rfc4514_string("CN=Rogue Root")
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    built = {}
    for subject, public, authority in (
        (name, root.public_key(), True), (signer.certificate.subject, key.public_key(), False),
    ):
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(name).public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(authority, None), True)
            .add_extension(x509.KeyUsage(
                not authority, False, False, False, False, authority, authority, False, False),
                True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
        )
        built[authority] = builder.sign(root, hashes.SHA256())
    return jades.Signer(key, built[False], [built[True]])


def inspect(given, document, context, trust, seen=None, now=None):
    """All faults of an answer: those of the signature and those of protocol steps 13 to 18."""
    findings = jades.inspect(given.body, given.fields, trust)
    faults = set(findings.faults)
    try:
        value = jades.read_json(given.body)
        data = value["data"]
    except (jades.Malformed, KeyError, TypeError):
        return faults | {"body"}
    if trust.identity is not None and not _same(value.get("source"), trust.identity):
        faults.add("identity")
    if not _same(value.get("recipient"), context.recipient):
        faults.add("recipient")
    if value.get("type") != CONFIRMED:
        faults.add("type")
    if data.get("kind") not in KINDS:
        faults.add("unknown-kind")
    if data.get("messageId") != document.envelope["id"]:
        faults.add("message-id")
    if data.get("payloadDigest") != document.payload_digest:
        faults.add("payload-digest")
    if data.get("signatureDigest") != document.signature_digest:
        faults.add("signature-digest")
    now = time.time() if now is None else now
    if findings.issued_at is not None:
        if document.issued_at and findings.issued_at < document.issued_at - jades.SKEW_SECONDS:
            faults.add("signed-before-document")
        if findings.issued_at > now + jades.SKEW_SECONDS:
            faults.add("signed-in-the-future")
    if seen is not None:
        digest = base64.b64encode(hashlib.sha256(given.body).digest())
        if seen.setdefault(value.get("id"), digest) != digest:
            faults.add("replayed-id")
    return faults


def _same(one, other):
    number = jades.identity_number(one)
    return number is not None and number == jades.identity_number(other)
