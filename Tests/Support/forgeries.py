"""Forged acknowledgements: each is really signed, and wrong in one respect that a partner chose.

docs/verification.md has the steps; Tests/Scenarios/Forgeries.swift says which step must find which.
"""
# SPDX-License-Identifier: Apache-2.0

import base64
import datetime
import functools
import hashlib
import json
import pathlib
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

import acknowledgements
import jades

DAY = datetime.timedelta(days=1)
HUGE = 2**63 - 1
OTHER_DIGEST = jades.digest_field(b"other octets")
FORGERIES = {}


class Draft:
    """An honest receipt in its parts; a forgery changes one of them before it is signed."""

    def __init__(self, document, context, plan):
        self.document, self.context, self.plan = document, context, plan
        now = acknowledgements.timestamp()
        self.value = acknowledgements.envelope(document, context, sequence=1, receivedAt=now)
        self.signer = context.signer
        self.header = {}  # changes of the protected header; None takes a member away
        self.header_text = lambda text: text
        self.body_text = lambda text: text
        self.digest = None  # in place of the body's, in the field and in what is signed
        self.sign = lambda octets: self.signer.sign(octets)
        self.signing_input = jades.signing_input
        self.compact = lambda protected, signature: f"{protected}..{jades.base64url(signature)}"
        self.fields = lambda fields: fields
        self.issued_at = int(time.time())

    def answer(self):
        """Sign what the parts are now."""
        body = self.body_text(jades.write_json(self.value))
        header = jades.protected_header(self.signer, "gateway", self.issued_at)
        header |= self.header
        kept = {name: value for name, value in header.items() if value is not None}
        protected = jades.base64url(self.header_text(jades.write_json(kept)))
        digest = self.digest or jades.digest_field(body)
        signature = self.sign(self.signing_input(protected, digest))
        fields = [
            ("Content-Type", "application/cloudevents+json; charset=utf-8"), ("Digest", digest),
            (jades.DEFAULT_NAME, self.compact(protected, signature))]
        return acknowledgements.Answer(202, self.fields(fields), body)


def forgery(*faults, name=None):
    """Register a forgery; `faults` are what acknowledgements.inspect() sees of it, if anything."""
    def register(change):
        FORGERIES[name or change.__name__.replace("_", "-")] = (change, set(faults))
        return change
    return register


def answer(mode, document, context, plan=None):
    """The signed answer of one forgery (a key of FORGERIES)."""
    draft = Draft(document, context, plan or {})
    FORGERIES[mode][0](draft)
    return draft.answer()


def each(cases, change):
    """Forgeries that differ in a value only: cases are name -> (value, faults it shows)."""
    for name, (value, faults) in cases.items():
        forgery(*faults, name=name)(functools.partial(change, value))


# Step 1: header fields.

def _fields(change, draft):
    draft.fields = change


each({
    "no-digest": (lambda all: [all[0], all[2]], {"unsigned"}),
    "digest-twice": (lambda all: all + [all[1]], {"field-twice"}),
    "no-content-type": (lambda all: all[1:], set()),
    "content-type-twice": (lambda all: all + [all[0]], set()),
    "both-header-names": (lambda all: all + [(jades.DUTCH_NAME, all[2][1])], {"field-twice"}),
    "content-encoding": (lambda all: all + [("Content-Encoding", "gzip")], set()),
    "content-encoding-identity": (lambda all: all + [("Content-Encoding", "identity")], set()),
}, _fields)


# Step 3: parts of the signature.

def _compact(change, draft):
    draft.compact = change


each({
    "four-parts": (lambda p, s: f"{p}..{jades.base64url(s)}.AAAA", {"compact-form"}),
    "payload-attached": (
        lambda p, s: f"{p}.{jades.base64url(b'digest: ')}.{jades.base64url(s)}",
        {"compact-form"}),
    "signature-padded-base64": (lambda p, s: f"{p}..{jades.base64url(s)}====", {"base64url"}),
    "signature-in-base64": (
        lambda p, s: f"{p}..+/{base64.b64encode(s).decode()[2:]}", {"base64url", "signature"}),
}, _compact)


# Step 4: the protected header is strict JSON.

def _header_text(change, draft):
    draft.header_text = change


each({
    "header-name-twice-escaped": (
        lambda text: b'{"\\u0061lg":"none",' + text[1:], {"duplicate-name"}),
    "header-byte-order-mark": (lambda text: b"\xef\xbb\xbf" + text, {"json", "algorithm", "crit",
                                                                    "binding", "no-certificate"}),
    "header-trailing-comma": (lambda text: text[:-1] + b",}", {"json", "algorithm", "crit",
                                                              "binding", "no-certificate"}),
    "header-array": (lambda text: b"[" + text + b"]", {"algorithm", "crit", "binding",
                                                      "no-certificate"}),
    "header-deep": (lambda text: text[:-1] + b',"x":' + b"[" * 9 + b"]" * 9 + b"}", set()),
    "header-not-utf8": (lambda text: text[:-1] + b',"x":"\xff"}', {
        "json", "algorithm", "crit", "binding", "no-certificate"}),
}, _header_text)


# Step 5: its form.

def _header(change, draft):
    draft.header = change


OTHER_MECHANISM = {"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["digest"]}
MORE_FIELDS = {"mId": jades.HTTP_HEADERS, "pars": ["digest", "content-type"]}
CAPITALS = {"mId": jades.HTTP_HEADERS, "pars": ["Digest"]}
each({
    "alg-none-with-signature": ({"alg": "none"}, {"algorithm"}),
    "alg-lower-case": ({"alg": "ps256"}, {"algorithm"}),
    "alg-list": ({"alg": ["PS256"]}, {"algorithm"}),
    "alg-absent": ({"alg": None}, {"algorithm"}),
    "b64-true": ({"b64": True}, {"binding"}),
    "b64-absent": ({"b64": None}, {"binding"}),
    "b64-zero": ({"b64": 0}, {"binding"}),
    "crit-absent": ({"crit": None}, {"crit"}),
    "crit-empty": ({"crit": []}, {"crit"}),
    "crit-text": ({"crit": "b64"}, {"crit"}),
    "crit-short": ({"crit": ["b64"]}, {"crit"}),
    "crit-twice": ({"crit": ["b64", "sigD", "b64"]}, {"crit"}),
    "crit-unknown": ({"crit": ["b64", "sigD", "exp"], "exp": 1}, {"crit"}),
    "sigd-absent": ({"sigD": None}, {"binding"}),
    "sigd-other-mechanism": ({"sigD": OTHER_MECHANISM}, {"binding"}),
    "sigd-more-fields": ({"sigD": MORE_FIELDS}, {"binding"}),
    "sigd-capitals": ({"sigD": CAPITALS}, {"binding"}),
    "typ-jwt": ({"typ": "JWT"}, {"typ"}),
    "typ-null-text": ({"typ": "jose\x00"}, {"typ"}),
    "jku": ({"jku": "https://127.0.0.1/keys"}, {"forbidden-member"}),
    "jwk": ({"jwk": {"kty": "RSA"}}, {"forbidden-member"}),
    "x5u": ({"x5u": "https://127.0.0.1/x"}, {"forbidden-member"}),
    "x5t": ({"x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA"}, {"forbidden-member"}),
    "zip": ({"zip": "DEF"}, {"forbidden-member"}),
    "iat-huge": ({"iat": HUGE}, {"expired", "signed-in-the-future"}),
    "iat-beyond-calendar": ({"iat": 253402300800}, {"expired", "signed-in-the-future"}),
    "iat-negative": ({"iat": -1}, {"expired", "signed-before-document"}),
    "iat-fraction": ({"iat": 1.5}, {"iat"}),
    "iat-text": ({"iat": "now"}, {"iat"}),
    "x5t-o-of-another-algorithm": (
        {"x5t#o": {"digAlg": "S1", "digVal": "AAAA"}}, {"certificate-disagrees"}),
}, _header)


@forgery("algorithm")
def alg_rs256(draft):
    """A real signature of the older padding, under its own name."""
    draft.header = {"alg": "RS256"}
    draft.sign = lambda octets: draft.signer.key.sign(
        octets, padding.PKCS1v15(), hashes.SHA256())


@forgery("algorithm")
def alg_ps512(draft):
    """A real signature of an algorithm that is in no profile."""
    draft.header = {"alg": "PS512"}
    draft.sign = lambda octets: _pss(draft, octets, 64, hashes.SHA512())


@forgery()
def alg_not_agreed(draft):
    """A real PS384, which the gateway knows and this partner's file does not name."""
    draft.header = {"alg": "PS384"}
    draft.sign = lambda octets: _pss(draft, octets, 48, hashes.SHA384())


@forgery("algorithm")
def alg_es256k(draft):
    """The curve of another trade, under its own name."""
    _by(draft, "secp256k1", {"alg": "ES256K"})


@forgery("algorithm")
def alg_eddsa(draft):
    """A real Ed25519 signature, which no partner has agreed."""
    _by(draft, "ed25519", {"alg": "EdDSA"})


# Step 6: the certificate that the header names.

@forgery("no-certificate")
def no_certificate_named(draft):
    """Only `kid`, which chooses nothing."""
    draft.header = {"x5t#S256": None, "x5c": None, "kid": "sign"}


@forgery("certificate-disagrees")
def x5t_o_differs(draft):
    """Two thumbprints that name two certificates."""
    other = hashlib.sha512(jades.der(_another(draft))).digest()
    draft.header = {"x5t#o": {"digAlg": "S512", "digVal": jades.base64url(other)}}


@forgery("certificate-disagrees", "identity", "key-fit")
def x5c_of_another(draft):
    """The thumbprint of one certificate and the octets of another."""
    draft.header = {"x5c": [base64.b64encode(jades.der(_another(draft))).decode()]}


@forgery("certificate-disagrees", "identity", "key-fit")
def x5c_second_is_the_signer(draft):
    """The signer's own certificate, but not in the first place."""
    both = [_another(draft), draft.signer.certificate]
    draft.header = {"x5c": [base64.b64encode(jades.der(one)).decode() for one in both]}


@forgery("x5c")
def x5c_not_a_certificate(draft):
    """Octets that are no certificate."""
    draft.header = {"x5c": ["AAAA"]}


@forgery("certificate-unknown")
def certificate_not_shown(draft):
    """A thumbprint alone, of a certificate that nobody gave the gateway."""
    draft.header = {"x5c": None}


def _another(draft):
    return draft.context.signers["other-partner"].certificate


# Step 7: the key fits the algorithm.

each({
    "rsa-1024": ("rsa-1024", {"key-fit"}),
    "rsa-2047": ("rsa-2047", {"key-fit"}),
    "rsa-2052": ("rsa-2052", {"key-fit"}),
}, lambda kind, draft: _by(draft, kind, {"alg": "PS256"}))
each({
    "p256-as-ps256": (("p256", "PS256"), {"key-fit"}),
    "rsa-as-es256": (("rsa-3072", "ES256"), {"key-fit"}),
    "p384-as-es256": (("p384", "ES256"), {"key-fit"}),
    "secp256k1-as-es256": (("secp256k1", "ES256"), {"key-fit"}),
    "dsa-as-ps256": (("dsa", "PS256"), {"key-fit"}),
    "ed25519-as-ps256": (("ed25519", "PS256"), {"key-fit"}),
}, lambda case, draft: _by(draft, case[0], {"alg": case[1]}))


# Step 8: the digest, in the one form.

def _digest(change, draft):
    def of_body(body):
        draft.digest = change(body)
        return body
    draft.body_text = of_body


def _sha512(body):
    return "SHA-512=" + base64.b64encode(hashlib.sha512(body).digest()).decode()


each({
    "digest-of-other-octets": (lambda body: OTHER_DIGEST, {"digest-mismatch"}),
    "digest-lower-case": (
        lambda body: jades.digest_field(body).replace("SHA", "sha"), {"digest-mismatch"}),
    "digest-sha512": (_sha512, {"digest-mismatch"}),
    "digest-of-two-algorithms": (
        lambda body: jades.digest_field(body) + "," + _sha512(body), {"digest-mismatch"}),
    "digest-in-the-newer-form": (
        lambda body: "sha-256=:" + jades.digest_field(body)[8:] + ":", {"digest-mismatch"}),
    "digest-without-padding": (
        lambda body: jades.digest_field(body).rstrip("="), {"digest-mismatch"}),
}, _digest)


# Step 9: the signature itself.

def _pss(draft, octets, salt, digest=None, mask=None):
    digest = digest or hashes.SHA256()
    pss = padding.PSS(mgf=padding.MGF1(mask or digest), salt_length=salt)
    return draft.signer.key.sign(octets, pss, digest)


def _sign(make, draft):
    draft.sign = lambda octets: make(draft, octets)


each({
    "pss-without-salt": (lambda d, octets: _pss(d, octets, 0), {"signature"}),
    "pss-with-the-longest-salt": (
        lambda d, octets: _pss(d, octets, padding.PSS.MAX_LENGTH), {"signature"}),
    "pss-with-another-mask": (
        lambda d, octets: _pss(d, octets, 32, mask=hashes.SHA384()), {"signature"}),
    "pkcs1-under-ps256": (
        lambda d, octets: d.signer.key.sign(octets, padding.PKCS1v15(), hashes.SHA256()),
        {"signature"}),
    "signature-cut": (lambda d, octets: d.signer.sign(octets)[:-3], {"signature"}),
    "signature-with-a-zero": (lambda d, octets: b"\0" + d.signer.sign(octets), {"signature"}),
    "signed-by-another-key": (
        lambda d, octets: d.context.signers["rogue"].sign(octets), {"signature"}),
}, _sign)


@forgery("signature")
def es256_in_der(draft):
    """The encoding of X.509 in place of r and s."""
    signer = _by(draft, "p256", {"alg": "ES256"})
    draft.sign = lambda octets: signer.key.sign(octets, ec.ECDSA(hashes.SHA256()))


@forgery("signature")
def es256_of_zeros(draft):
    """r and s are zero, which careless verifiers took for good (CVE-2022-21449)."""
    _by(draft, "p256", {"alg": "ES256"})
    draft.sign = lambda octets: bytes(64)


def _input(make, draft):
    draft.signing_input = make


each({
    "signed-as-encoded-payload": (
        lambda p, digest: f"{p}.{jades.base64url(b'digest: ' + digest.encode())}".encode(),
        {"signature"}),
    "signed-with-a-line-end": (
        lambda p, digest: f"{p}.digest: {digest}\n".encode(), {"signature"}),
    "signed-in-capitals": (lambda p, digest: f"{p}.Digest: {digest}".encode(), {"signature"}),
    "signed-for-another-digest": (
        lambda p, digest: f"{p}.digest: {OTHER_DIGEST}".encode(), {"signature"}),
}, _input)


# Step 10: the certificate and its path.

each({
    "leaf-is-authority": ({"authority": True}, {"leaf-is-authority"}),
    "leaf-of-version-1": ({"version1": True}, set()),
    "no-key-usage": ({"usage": None}, set()),
    "key-usage-other": ({"usage": "key_encipherment"}, {"key-usage"}),
    "extended-key-usage": ({"extended": [ExtendedKeyUsageOID.CODE_SIGNING]}, set()),
    "any-extended-key-usage": ({"extended": [ObjectIdentifier("2.5.29.37.0")]}, set()),
    "not-yet-valid": ({"days": (1, 30)}, {"expired"}),
    "no-longer-valid": ({"days": (-30, -1)}, {"expired"}),
    "unknown-critical-extension": ({"critical": True}, set()),
}, lambda changes, draft: _by(draft, "p256", {"alg": "ES256"}, **changes))


@forgery("expired", "signed-before-document")
def expired_when_signed(draft):
    """Valid now, but not at the time that the header gives."""
    _by(draft, "p256", {"alg": "ES256"}, days=(-1, 30))
    draft.issued_at -= 3 * 86_400


@forgery("path")
def self_signed(draft):
    """The partner's name over a key of its own making."""
    key = _key("p256")
    draft.signer = jades.Signer(key, _certificate(draft.signer.certificate.subject, key,
                                                  draft.signer.certificate.subject, key), [])


@forgery("path")
def issued_by_a_leaf(draft):
    """The partner's own key, which is no authority, certifies another."""
    leaf, key = draft.context.signer, _key("p256")
    made = _certificate(leaf.certificate.subject, key, leaf.certificate.subject, leaf.key)
    draft.signer = jades.Signer(key, made, [leaf.certificate])
    chain = [base64.b64encode(jades.der(one)).decode() for one in (made, leaf.certificate)]
    draft.header = {"x5c": chain}


# Step 12: who it is.

@forgery("identity")
def receipt_of_another_partner(draft):
    """Right in every respect, but it is another partner that speaks on this connection."""
    draft.signer = draft.context.signers["other-partner"]
    number = draft.signer.certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    draft.value["source"] = "urn:nld:oin:" + number[0].value


@forgery("identity")
def source_of_another(draft):
    """Signed by the partner in somebody else's name."""
    draft.value["source"] = acknowledgements.STRANGER


each({
    "two-identities": (lambda number: [number, "00000099009999999999"], set()),
    "identity-with-a-blank": (lambda number: [number + " "], {"identity"}),
    "identity-absent": (lambda number: [], {"identity"}),
}, lambda numbers, draft: _by(draft, "p256", {"alg": "ES256"}, numbers=numbers))


# Step 13: the body.

def _body(change, draft):
    draft.body_text = change


each({
    "body-byte-order-mark": (lambda text: b"\xef\xbb\xbf" + text, {"body"}),
    "body-name-twice": (lambda text: b'{"specversion":"1.0",' + text[1:], {"body"}),
    "body-trailing-comma": (lambda text: text[:-1] + b",}", {"body"}),
    "body-two-values": (lambda text: text + b"{}", {"body"}),
    "body-not-utf8": (lambda text: text[:-1] + b',"x":"\xff"}', {"body"}),
}, _body)


def _data(change, draft):
    draft.value["data"] |= change


each({
    "extra-member": ({"receivedBy": "somebody"}, set()),
    "member-of-another-kind": ({"reasons": [{"code": "incomplete"}]}, set()),
    "member-null": ({"sequence": None}, set()),
    "kind-list": ({"kind": ["receipt"]}, {"unknown-kind"}),
}, _data)


@forgery()
def extra_envelope_member(draft):
    """A member that the envelope does not have."""
    draft.value["note"] = "x"


@forgery()
def missing_member(draft):
    """A receipt that does not say when it was received."""
    del draft.value["data"]["receivedAt"]


# Steps 14 and 15.

@forgery("type")
def document_sent_back(draft):
    """A receipt in the envelope of an offered document, which fits the envelope's schema."""
    draft.value |= {
        "type": acknowledgements.OFFERED, "requestedacks": "receipt",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
        "dataschema": "https://referral-gateway.example/schemas/referral/1.0.0/schema.json",
        "expires": acknowledgements.timestamp(time.time() + 86_400)}
    del draft.value["subject"]


each({
    "other-subject": ("subject", set()),
    "other-causation": ("causationid", set()),
}, lambda name, draft: draft.value.update({name: acknowledgements.new_id()}))


@forgery("message-id")
def about_another_partners_message(draft):
    """A receipt for what another partner got; the plan names the file in which that stands."""
    identifier = acknowledgements.new_id()
    if "request" in draft.plan:
        head, _, body = pathlib.Path(draft.plan["request"]).read_bytes().partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
        identifier = json.loads(body)["id"]
        draft.value["data"] |= {
            "payloadDigest": jades.digest_field(body),
            "signatureDigest": jades.signature_digest(jades.signature_of(fields))}
    draft.value |= {"subject": identifier, "causationid": identifier}
    draft.value["data"]["messageId"] = identifier


# Steps 16 and 17.

@forgery("payload-digest", "signature-digest")
def digests_exchanged(draft):
    """Both digests are there, each in the other's place."""
    data = draft.value["data"]
    data["payloadDigest"], data["signatureDigest"] = data["signatureDigest"], data["payloadDigest"]


@forgery()
def early_without_iat(draft):
    """No `iat`, so that the signed time of the envelope counts: before the document was signed."""
    draft.header = {"iat": None}
    draft.value["time"] = acknowledgements.timestamp(time.time() - 7_200)


# Keys and certificates, made once for each kind.

@functools.cache
def _key(kind):
    family, _, bits = kind.partition("-")
    if family == "rsa":
        return rsa.generate_private_key(65537, int(bits))
    if family == "dsa":
        return dsa.generate_private_key(2048)
    if family == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curve = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "secp256k1": ec.SECP256K1}[family]
    return ec.generate_private_key(curve())


def _by(draft, kind, header, numbers=None, **changes):
    """Let a key of another kind sign, certified by the partner's own authority."""
    issuer, key = draft.context.signers["issuer"], _key(kind)
    subject = draft.context.signer.certificate.subject
    if numbers:
        number = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value
        subject = x509.Name(
            [one for one in subject if one.oid != NameOID.SERIAL_NUMBER]
            + [x509.NameAttribute(NameOID.SERIAL_NUMBER, one) for one in numbers(number)])
    made = _certificate(subject, key, issuer.certificate.subject, issuer.key, **changes)
    draft.signer = jades.Signer(key, made, [], header["alg"])
    draft.header = header
    draft.sign = lambda octets: _signed(key, octets)
    return draft.signer


def _signed(key, octets):
    """A real signature in the form that JOSE has for this kind of key."""
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        return key.sign(octets, pss, hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(octets)
    if isinstance(key, dsa.DSAPrivateKey):
        return key.sign(octets, hashes.SHA256())
    r, s = jades.decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _certificate(subject, key, issuer_name, issuer_key, authority=False,
                 usage="digital_signature", extended=None, days=(-1, 30), version1=False,
                 critical=False):
    """A certificate that differs from a good one where the caller says so."""
    now, public = datetime.datetime.now(datetime.UTC), key.public_key()
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer_name)
        .public_key(public).serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(authority, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False))
    if usage:
        bits = dict.fromkeys(names, False) | {usage: True, "key_cert_sign": authority}
        builder = builder.add_extension(x509.KeyUsage(**bits), True)
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), False)
    if critical:
        unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\5\0")
        builder = builder.add_extension(unknown, True)
    made = builder.sign(issuer_key, hashes.SHA256())
    return _of_version_1(made, issuer_key) if version1 else made


def _of_version_1(certificate, issuer_key):
    """The same without version and extensions, signed again: no library writes these any more."""
    content = _elements(_elements(certificate.tbs_certificate_bytes)[0][1])
    kept = b"".join(whole for whole, _ in content if whole[0] not in (0xA0, 0xA3))
    tbs = _sequence(kept)
    algorithm = content[2][0]  # version, serialNumber, signature
    signature = issuer_key.sign(tbs, padding.PKCS1v15(), hashes.SHA256()) if isinstance(
        issuer_key, rsa.RSAPrivateKey) else issuer_key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    bits = b"\0" + signature
    whole = _sequence(tbs + algorithm + b"\x03" + _length(len(bits)) + bits)
    return x509.load_der_x509_certificate(whole)


def _elements(octets):
    """The DER elements in a row: [(whole, content)]."""
    found = []
    while octets:
        size, start = octets[1], 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(octets[2:start], "big")
        found.append((octets[:start + size], octets[start:start + size]))
        octets = octets[start + size:]
    return found


def _length(size):
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _sequence(content):
    return b"\x30" + _length(len(content)) + content
