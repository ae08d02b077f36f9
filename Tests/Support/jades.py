"""Compose and inspect detached JAdES signatures (binding C), written apart from the Swift code."""
# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID

HTTP_HEADERS = "http://uri.etsi.org/19182/HttpHeaders"
SIGNED_FIELDS = {"mId": HTTP_HEADERS, "pars": ["digest"]}
DEFAULT_NAME = "Payload-Signature"
DUTCH_NAME = "nlgov-adr-payload-sig"
STYLES = ("gateway", "gateway-chain", "gateway-bare", "ddas", "dss")
DIGESTS = {"S256": hashlib.sha256, "S384": hashlib.sha384, "S512": hashlib.sha512}
CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48)}
HASHES = {
    "PS256": hashes.SHA256, "ES256": hashes.SHA256,
    "PS384": hashes.SHA384, "ES384": hashes.SHA384,
}
SKEW_SECONDS = 300


class Malformed(Exception):
    """A text that breaks its grammar; the message is a stable code."""


def base64url(octets):
    """Octets to base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def from_base64url(text):
    """Base64url to octets; refuses padding, foreign characters and non-zero tail bits."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Malformed("base64url")
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(octets) != text:
        raise Malformed("base64url")
    return octets


def from_base64url_leniently(text):
    """Base64url to octets as careless libraries do it, so that later checks can go on."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest_field(body):
    """The value of the Digest field (RFC 3230) over exact octets."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def read_json(octets):
    """Strict JSON: UTF-8 without a byte order mark, no duplicate names, no NaN."""
    def members(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise Malformed("duplicate-name")
        return dict(pairs)

    def constant(_):
        raise Malformed("json")

    try:
        return json.loads(
            octets.decode("utf-8"), object_pairs_hook=members, parse_constant=constant)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error


def write_json(value):
    """Compact JSON, members in order, UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def identity_number(urn):
    """The OIN in urn:nld:oin:<OIN>[:systeem:<name>], or the organisation in an eIDAS identity."""
    match = re.fullmatch(r"urn:nld:oin:([0-9]{20})(?::systeem:[A-Za-z0-9._-]+)?", urn or "")
    if match:
        return match.group(1)
    match = re.fullmatch(r"https://referral-gateway\.example/id/eidas/([A-Za-z0-9:+-]+)", urn or "")
    return match.group(1) if match else None


def certificate_numbers(certificate):
    """Every identity that the subject carries: serialNumber (OIN) and organizationIdentifier."""
    subject = certificate.subject
    return {
        attribute.value
        for oid in (NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)
        for attribute in subject.get_attributes_for_oid(oid)
    }


def der(certificate):
    """The DER octets of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def read_certificates(path):
    """All certificates of a PEM file, in its order."""
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificates(file.read())


def read_key(path):
    """An unencrypted PEM private key."""
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def default_algorithm(key):
    """The algorithm that a key of this type signs with when nobody says otherwise."""
    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return "PS256"
    return "ES384" if key.curve.name == "secp384r1" else "ES256"


@dataclass
class Signer:
    """A private key, its certificate and the chain above it (leaf not repeated)."""

    key: object
    certificate: x509.Certificate
    chain: list = field(default_factory=list)
    algorithm: str = ""

    def __post_init__(self):
        self.algorithm = self.algorithm or default_algorithm(self.key)

    @classmethod
    def load(cls, certificate, key, chain=None, algorithm=""):
        """From PEM files; what follows the leaf in its own file belongs to the chain."""
        leaf, *rest = read_certificates(certificate)
        above = rest + (read_certificates(chain) if chain else [])
        seen = {der(leaf)}
        unique = [one for one in above if not (der(one) in seen or seen.add(der(one)))]
        return cls(read_key(key), leaf, unique, algorithm)

    def sign(self, octets):
        """A JOSE signature: PSS with a salt as long as the hash, or raw r || s."""
        digest = HASHES[self.algorithm]()
        if self.algorithm.startswith("PS"):
            pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            return self.key.sign(octets, pss, digest)
        r, s = decode_dss_signature(self.key.sign(octets, ec.ECDSA(digest)))
        size = CURVES[self.algorithm][1]
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def protected_header(signer, style="gateway", issued_at=None):
    """The members of the protected header, in the order in which each style sends them."""
    issued_at = int(time.time()) if issued_at is None else int(issued_at)
    leaf = der(signer.certificate)
    chain = [base64.b64encode(one).decode() for one in [leaf] + [der(c) for c in signer.chain]]
    if style == "ddas":
        return {
            "alg": signer.algorithm, "x5c": chain, "b64": False,
            "sigD": SIGNED_FIELDS, "crit": ["sigD", "b64"],
        }
    if style == "dss":
        issuer_serial = base64.b64encode(signer.certificate.issuer.public_bytes()).decode()
        thumbprint = {"digAlg": "S512", "digVal": base64url(hashlib.sha512(leaf).digest())}
        return {
            "alg": signer.algorithm, "kid": issuer_serial, "x5t#o": thumbprint, "x5c": chain,
            "typ": "jose", "b64": False, "iat": issued_at,
            "sigD": SIGNED_FIELDS, "crit": ["b64", "sigD"],
        }
    header = {"alg": signer.algorithm, "typ": "jose",
              "x5t#S256": base64url(hashlib.sha256(leaf).digest())}
    if style != "gateway-bare":
        header["x5c"] = chain if style == "gateway-chain" else chain[:1]
    header.update(iat=issued_at, b64=False, sigD=SIGNED_FIELDS, crit=["b64", "sigD"])
    return header


def signing_input(protected, digest):
    """ASCII(protected) "." "digest: SHA-256=<base64>", the octets that are signed."""
    return f"{protected}.digest: {digest}".encode("ascii")


def header_name(style):
    """The field name under which a style sends its signature."""
    return DUTCH_NAME if style == "ddas" else DEFAULT_NAME


def sign(body, signer, style="gateway", issued_at=None):
    """The fields that prove a body: a list of (name, value)."""
    protected = base64url(write_json(protected_header(signer, style, issued_at)))
    return sign_protected(body, signer, protected, header_name(style))


def sign_protected(body, signer, protected, name=DEFAULT_NAME):
    """As sign(), over a protected part that the caller wrote."""
    digest = digest_field(body)
    signature = base64url(signer.sign(signing_input(protected, digest)))
    return [("Digest", digest), (name, f"{protected}..{signature}")]


def signature_of(fields, names=(DEFAULT_NAME, DUTCH_NAME)):
    """The compact signature among the fields, or None."""
    wanted = {name.lower() for name in names}
    found = [value for name, value in fields if name.lower() in wanted]
    return found[0] if len(found) == 1 else None


def signature_digest(compact):
    """The digest of an acknowledgement over our compact JWS string."""
    return digest_field(compact.encode("ascii"))


@dataclass
class Trust:
    """What a signature is checked against: anchors, certificates to build with, CRLs, times."""

    anchors: list = field(default_factory=list)
    pinned: list = field(default_factory=list)
    intermediates: list = field(default_factory=list)
    revocation_lists: list = field(default_factory=list)
    algorithms: tuple = ("PS256", "PS384", "ES256", "ES384")
    names: tuple = (DEFAULT_NAME, DUTCH_NAME)
    identity: str | None = None
    now: float | None = None
    check_path: bool = True


@dataclass
class Findings:
    """Everything that is wrong (codes, empty when nothing is) and what was read."""

    faults: set = field(default_factory=set)
    header: dict = field(default_factory=dict)
    certificate: x509.Certificate | None = None
    compact: str = ""

    @property
    def issued_at(self):
        """`iat` in seconds, or None where there is none (DDAS) or no number."""
        given = self.header.get("iat")
        return given if type(given) is int else None


def inspect(body, fields, trust):
    """All faults of a signed body, each looked for apart from the others."""
    findings = Findings()
    lower = [(name.lower(), value) for name, value in fields]
    wanted = {name.lower() for name in trust.names}
    signatures = [value for name, value in lower if name in wanted]
    digests = [value for name, value in lower if name == "digest"]
    if not signatures or not digests:
        findings.faults.add("unsigned")
        return findings
    if len(signatures) > 1 or len(digests) > 1:
        findings.faults.add("field-twice")
    findings.compact, digest = signatures[0], digests[0]
    if digest != digest_field(body):
        findings.faults.add("digest-mismatch")
    parts = findings.compact.split(".")
    if len(parts) != 3 or parts[1]:
        findings.faults.add("compact-form")
        return findings
    protected, _, signature = parts
    findings.header = _read_header(protected, findings.faults)
    _check_grammar(findings.header, trust, findings.faults)
    findings.certificate = _choose_certificate(findings.header, trust, findings.faults)
    if findings.certificate is None:
        return findings
    if "algorithm" not in findings.faults:
        try:
            raw = from_base64url(signature)
        except Malformed:
            findings.faults.add("base64url")
            raw = from_base64url_leniently(signature)
        fault = _signature_fault(
            findings.certificate, findings.header["alg"], raw, signing_input(protected, digest))
        findings.faults.update({fault} - {None})
    if trust.check_path:
        _check_path(findings, trust)
    if trust.identity is not None:
        if identity_number(trust.identity) not in certificate_numbers(findings.certificate):
            findings.faults.add("identity")
    return findings


def _read_header(protected, faults):
    try:
        octets = from_base64url(protected)
    except Malformed:
        faults.add("base64url")
        octets = from_base64url_leniently(protected)
    try:
        header = read_json(octets)
    except Malformed as error:
        faults.add(str(error))
        header = json.loads(octets) if str(error) == "duplicate-name" else {}
    return header if isinstance(header, dict) else {}


def _check_grammar(header, trust, faults):
    if header.get("alg") not in trust.algorithms:
        faults.add("algorithm")
    crit = header.get("crit")
    if not isinstance(crit, list) or sorted(map(str, crit)) != ["b64", "sigD"]:
        faults.add("crit")
    if header.get("b64") is not False or header.get("sigD") != SIGNED_FIELDS:
        faults.add("binding")
    if str(header.get("typ", "jose")).lower() != "jose":
        faults.add("typ")
    if {"jku", "jwk", "x5u", "x5t", "zip"} & header.keys():
        faults.add("forbidden-member")
    issued_at = header.get("iat", 0)
    if isinstance(issued_at, bool) or not isinstance(issued_at, int):
        faults.add("iat")


def _choose_certificate(header, trust, faults):
    """The certificate that every reference in the header agrees on."""
    sent = []
    for text in header.get("x5c") or []:
        try:
            sent.append(x509.load_der_x509_certificate(base64.b64decode(text, validate=True)))
        except ValueError:
            faults.add("x5c")
            return None
    references = []
    if "x5t#S256" in header:
        references.append(("S256", header["x5t#S256"]))
    if "x5t#o" in header:
        other = header["x5t#o"]
        references.append((other.get("digAlg"), other.get("digVal")))
    candidates = sent[:1] or trust.pinned + trust.intermediates
    matching = [
        one for one in candidates
        if all(a in DIGESTS and base64url(DIGESTS[a](der(one)).digest()) == value
               for a, value in references)
    ]
    if not references and not sent:
        faults.add("no-certificate")
        return None
    if not matching:
        faults.add("certificate-disagrees" if sent else "certificate-unknown")
        return sent[0] if sent else None
    return matching[0]


def _signature_fault(certificate, algorithm, signature, octets):
    key = certificate.public_key()
    digest = HASHES[algorithm]()
    try:
        if algorithm.startswith("PS"):
            if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048 or key.key_size % 8:
                return "key-fit"
            if len(signature) != key.key_size // 8:
                return "signature"
            pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            key.verify(signature, octets, pss, digest)
            return None
        curve, size = CURVES[algorithm]
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != curve:
            return "key-fit"
        if len(signature) != 2 * size:
            return "signature"
        r, s = (int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big"))
        key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(digest))
        return None
    except InvalidSignature:
        return "signature"


def _check_path(findings, trust):
    """A plain walk from the leaf to an anchor: issuer, validity at iat and now, CA, CRL."""
    now = time.time() if trust.now is None else trust.now
    leaf, header, faults = findings.certificate, findings.header, findings.faults
    sent = [x509.load_der_x509_certificate(base64.b64decode(text))
            for text in (header.get("x5c") or [])[1:]]
    pool = trust.intermediates + sent
    path, current = [leaf], leaf
    anchors = {der(anchor) for anchor in trust.anchors}
    while der(current) not in anchors and len(path) <= 5:
        issuers = [one for one in trust.anchors + pool if _issued(one, current)]
        if not issuers or der(issuers[0]) in {der(one) for one in path}:
            faults.add("path")
            break
        current = issuers[0]
        path.append(current)
    issued_at = header.get("iat") if isinstance(header.get("iat"), int) else now
    for one in path:
        begins, ends = one.not_valid_before_utc.timestamp(), one.not_valid_after_utc.timestamp()
        if not all(begins <= moment <= ends for moment in (issued_at, now)):
            faults.add("expired")
        if any(_revokes(crl, one) for crl in trust.revocation_lists):
            faults.add("revoked")
    usage = _extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        faults.add("key-usage")
    basic = _extension(leaf, x509.BasicConstraints)
    if basic is not None and basic.ca:
        faults.add("leaf-is-authority")


def _extension(certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _issued(issuer, certificate):
    basic = _extension(issuer, x509.BasicConstraints)
    if basic is None or not basic.ca:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
        return True
    except (ValueError, TypeError, InvalidSignature):
        return False


def _revokes(crl, certificate):
    return (crl.issuer == certificate.issuer
            and crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None)
