#!/usr/bin/env python3
"""Verify a signed message of the referral gateway, or a partner's answer to it, offline.

    verify.py signature|document|acknowledgement --trust FILE [--identity URN] --body FILE
              --headers FILE [--recipient URN] [--header-name NAME] [--crl FILE|DIR]...
              [--no-revocation-check] [--at TIME|iat] [--attachment ID=FILE]... [--json]

`signature` looks at any signed body, `document` at what the gateway sends, `acknowledgement` at
what a partner answers. --trust is a PEM file. With a root in it, the root is the anchor and all
others only help to find the way there; without one, its certificates are those of the signers.
--headers has one `Name: value` on a line. Steps and codes are those of docs/verification.md; the
steps that need what only a running system knows (2, 15 to 19) are skipped. Of the body the
envelope is checked, and what an acknowledgement must say; for all of a referral use the schemas.
Each --attachment is compared, in length and SHA-256, with what a document says of it.

Exit status: 0 valid, 1 invalid, 2 cannot decide (a list or an anchor is missing or has ended, no
identity to compare with, a file that cannot be read), 64 usage. One file, Python 3.9 or later; it
needs the package `cryptography` (42 or later). In a program: import verify, make a Trust, check().
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import base64
import hashlib
import json
import pathlib
import re
import sys
import time
from datetime import datetime, timezone

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import ExtensionOID, NameOID

VALID, INVALID, UNDECIDED, USAGE = 0, 1, 2, 64
WORDS = {VALID: "valid", INVALID: "invalid", UNDECIDED: "undecided"}
TITLES = {
    1: "sizes and header fields", 2: "partner known from the connection",
    3: "parts of the signature", 4: "protected header is strict JSON",
    5: "protected header has the agreed form", 6: "signing certificate named and known",
    7: "key fits the algorithm", 8: "digest of the octets", 9: "signature",
    10: "certificate path", 11: "revocation", 12: "signer is the partner",
    13: "body fits its schema", 14: "addressed to us, of the right type",
    15: "about a message that we sent to this partner",
    16: "about exactly our octets and signature", 17: "signing time",
    18: "acknowledgement not seen with other content", 19: "stored",
}

# What is read at most, before anybody is known to have sent it.
BODY_OCTETS = {"signature": 1_048_576, "document": 1_048_576, "acknowledgement": 65_536}
FIELD_OCTETS, ALL_FIELDS_OCTETS = 16_384, 32_768
HEADER_OCTETS, HEADER_DEPTH, HEADER_MEMBERS, BODY_DEPTH = 12_288, 8, 32, 32
CHAIN_CERTIFICATES, PATH_CERTIFICATES, PATH_TRIALS = 6, 6, 200
FILE_OCTETS, LINES_OCTETS = 33_554_432, 65_536
LAST_SECOND = 253_402_300_799  # of the year 9999
SKEW_SECONDS = 300

HEADER_NAMES = ("payload-signature", "nlgov-adr-payload-sig")
ALGORITHMS = {"PS256": hashes.SHA256, "PS384": hashes.SHA384,
              "ES256": hashes.SHA256, "ES384": hashes.SHA384}
CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48)}
SIGNED = {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["digest"]}
FORBIDDEN = ("jku", "jwk", "x5u", "x5t", "zip")
THUMBPRINTS = {"S256": hashlib.sha256, "S384": hashlib.sha384, "S512": hashlib.sha512}


class Refused(Exception):
    """A step that does not hold: the message is invalid."""

    def __init__(self, step, code, detail=""):
        super().__init__(code)
        self.step, self.code, self.detail = step, code, detail


class Report:
    """What was found, step by step, and what was read on the way."""

    def __init__(self, verb):
        self.verb = verb
        self.steps = {step: ("skipped", None, "") for step in TITLES}
        self.authentic = False
        self.certificate = self.algorithm = self.signed_at = None
        self.digest = self.signature_digest = self.envelope = None
        self.files = {}  # attachment: (outcome, code)

    def note(self, outcome, *steps, code=None, detail=""):
        """What was found at these steps; the second half of a step has the last word."""
        for step in steps:
            self.steps[step] = (outcome, code, detail)

    def fail(self, refused):
        """Note what made the message invalid."""
        self.note("failed", refused.step, code=refused.code, detail=refused.detail)

    @property
    def reason(self):
        """(step, outcome, code) that decides; None when everything holds."""
        for wanted in ("failed", "undecided"):
            for step, (outcome, code, _) in self.steps.items():
                if outcome == wanted:
                    return step, outcome, code
        return None

    @property
    def status(self):
        """The exit status."""
        return INVALID if self.wrong_file else {
            None: VALID, "failed": INVALID, "undecided": UNDECIDED}[self.reason and self.reason[1]]

    @property
    def wrong_file(self):
        """(attachment, code) of the first file that is not what the document says, or None."""
        return next(((name, code) for name, (outcome, code) in self.files.items()
                     if outcome == "failed"), None)

    def lines(self):
        """JSON Lines: the steps, then the verdict. No content of the body is in them."""
        for step, (outcome, code, detail) in self.steps.items():
            line = {"v": 1, "kind": "step", "step": step, "title": TITLES[step],
                    "outcome": outcome, "code": code, "detail": detail}
            yield {name: value for name, value in line.items() if value not in (None, "")}
        for name, (outcome, code) in self.files.items():
            line = {"v": 1, "kind": "attachment", "id": name, "outcome": outcome, "code": code}
            yield {name: value for name, value in line.items() if value is not None}
        step, _, code = self.reason or (None, None, None)
        name = None
        if self.wrong_file:
            step, (name, code) = None, self.wrong_file
        line = {
            "v": 1, "kind": "verdict", "verb": self.verb, "verdict": WORDS[self.status],
            "exit": self.status, "step": step, "attachment": name, "code": code,
            "authentic": self.authentic,
            "signer": self.certificate and self.certificate.subject.rfc4514_string(),
            "algorithm": self.algorithm, "signedAt": rfc3339(self.signed_at),
            "bodyDigest": self.digest, "signatureDigest": self.signature_digest}
        yield {name: value for name, value in line.items() if value is not None}


class Trust:
    """Whom to believe: certificates, revocation lists, and the identities to compare with."""

    def __init__(self, certificates, lists=(), identity=None, recipient=None, revocation=True,
                 header_name=None):
        self.anchors = [one for one in certificates if is_authority(one) and is_self_signed(one)]
        self.others = [one for one in certificates if one not in self.anchors]
        # Without an anchor, whoever is listed is believed, and nobody else.
        self.pinned = [] if self.anchors else [
            one for one in self.others if not is_authority(one)]
        self.lists, self.revocation = list(lists), revocation
        self.identity, self.recipient = identity, recipient
        self.header_names = HEADER_NAMES + ((header_name.lower(),) if header_name else ())

    @classmethod
    def load(cls, path, list_paths=(), **rest):
        """From a PEM file, and revocation lists (PEM or DER) in files or folders."""
        lists = [one for path_ in list_paths for one in read_lists(pathlib.Path(path_))]
        trust = cls(x509.load_pem_x509_certificates(read_file(path)), lists, **rest)
        if not trust.anchors and not trust.pinned:
            raise ValueError(f"{path} has intermediates only, which prove nothing by themselves")
        return trust


def check(verb, body, fields, trust, at=None):
    """Take all steps that can be taken offline; returns a Report.

    `fields`: pairs of name and value, as they came. `at`: seconds since 1970, or "iat" for the
    time of the signature; None is now. Use nothing of report.envelope unless report.status is
    VALID.
    """
    report = Report(verb)
    try:
        chain = check_signature(verb, body, fields, trust, report)
        report.authentic = True
        now = time.time() if at is None else report.signed_at if at == "iat" else at
        check_certificate(report.certificate, chain, trust, now, report)
        if verb != "signature":
            check_body(verb, body, trust, report)
            note_time(now if at != "iat" else None, report)
    except Refused as refused:
        report.fail(refused)
    return report


# Steps 1 to 9: the key of this certificate signed these octets.

def check_signature(verb, body, fields, trust, report):
    """Fills the report; returns the certificates that the header shows beside the signer's."""
    text, digest = single_fields(verb, body, fields, trust.header_names)
    report.note("passed", 1)
    protected, signature = split_signature(text)
    report.note("passed", 3)
    header = read_header(protected)
    report.note("passed", 4)
    algorithm, chain = check_header(header)
    report.note("passed", 5)
    report.certificate = choose_certificate(header, chain, trust)
    report.algorithm, report.signed_at = algorithm, header.get("iat")
    report.note("passed", 6)
    key = public_key(report.certificate)
    if not key_fits(key, algorithm):
        raise Refused(7, "key-unfit")
    report.note("passed", 7)
    # Always from the octets that came; the field is only compared.
    report.digest = digest_field(body)
    if digest != report.digest:
        raise Refused(8, "digest-mismatch")
    report.note("passed", 8)
    signed = f"{protected}.digest: {report.digest}".encode("ascii")
    if not signature_holds(key, algorithm, signature, signed):
        raise Refused(9, "signature-invalid")
    report.note("passed", 9)
    report.signature_digest = digest_field(text.encode("ascii"))
    return chain[1:]


def digest_field(octets):
    """As in the field Digest (RFC 3230)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(octets).digest()).decode()


def single_fields(verb, body, fields, names):
    """Step 1: limits, and exactly one of each field that decides something."""
    if len(body) > BODY_OCTETS[verb]:
        raise Refused(1, "body-too-large")
    fields = [(name.lower(), value) for name, value in fields]
    sizes = [len(name.encode()) + len(value.encode()) for name, value in fields]
    if any(size > FIELD_OCTETS for size in sizes) or sum(sizes) > ALL_FIELDS_OCTETS:
        raise Refused(1, "fields-too-large")

    def values(*wanted):
        return [value for name, value in fields if name in wanted]

    if values("content-encoding") not in ([], ["identity"]):
        raise Refused(1, "content-encoding")
    found = {"signature": values(*names), "digest": values("digest"),
             "content-type": values("content-type")}
    for name, given in found.items():
        if len(given) > 1:
            raise Refused(1, f"{name}-repeated")
    for name, given in found.items():
        if not given:
            raise Refused(1, f"{name}-missing")
    return found["signature"][0], found["digest"][0]


def split_signature(text):
    """Step 3: PROTECTED..SIGNATURE; the text of the first, the octets of the second."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Refused(3, "parts-wrong")
    octets = [from_base64url(part) for part in parts]
    if None in octets or not parts[0] or not parts[2]:
        raise Refused(3, "not-canonical-base64url")
    if parts[1]:
        raise Refused(3, "parts-wrong")
    return parts[0], octets[2]


def from_base64url(text):
    """None unless the text is what an encoder writes: no padding, no bits left over."""
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return octets if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() == text else None


def read_header(protected):
    """Step 4."""
    octets = from_base64url(protected)
    try:
        if len(octets) > HEADER_OCTETS:
            raise ValueError("too large")
        header = read_json(octets, HEADER_DEPTH, HEADER_MEMBERS)
        if not isinstance(header, dict):
            raise ValueError("not an object")
        return header
    except ValueError as error:
        raise Refused(4, "header-not-strict-json", str(error)) from None


def read_json(octets, depth, members=10_000):
    """RFC 8259 without what two readers could understand differently; raises ValueError."""
    def pairs_of(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError("duplicate name")
        if len(names) > members:
            raise ValueError("too many members")
        return dict(pairs)

    def constant(_):
        raise ValueError("no number")

    def level(value):
        if isinstance(value, str):
            value.encode("utf-8")  # a lone surrogate has no UTF-8
        if isinstance(value, dict):
            for name in value:
                name.encode("utf-8")
            value = list(value.values())
        return 1 + max(map(level, value), default=0) if isinstance(value, list) else 0

    try:
        text = octets.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs_of, parse_constant=constant)
        if level(value) > depth:
            raise ValueError("too deep")
        return value
    except UnicodeError:
        raise ValueError("encoding") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("too deep") from None


def check_header(header):
    """Step 5: exactly the agreed form. Returns the algorithm and the certificates in x5c."""
    def demand(holds, member):
        if not holds:
            raise Refused(5, "header-form", member)

    for name in FORBIDDEN:
        demand(name not in header, name)
    demand(isinstance(header.get("alg"), str), "alg")
    # `typ`: the only member whose value may be in any case.
    demand(isinstance(header.get("typ", "jose"), str), "typ")
    issued_at = header.get("iat", 0)
    demand(type(issued_at) is int and 0 <= issued_at <= LAST_SECOND, "iat")
    chain = []
    if "x5c" in header:
        shown = header["x5c"]
        demand(isinstance(shown, list) and 1 <= len(shown) <= CHAIN_CERTIFICATES, "x5c")
        chain = [from_base64(one) for one in shown]
        demand(None not in chain, "x5c")
    crit = header.get("crit")
    demand(isinstance(crit, list) and len(crit) == 2 and all(isinstance(one, str) for one in crit)
           and set(crit) == {"b64", "sigD"}, "crit")
    if header["alg"] not in ALGORITHMS:
        raise Refused(5, "algorithm-not-allowed")
    demand(header.get("typ", "jose").lower() == "jose", "typ")
    demand(header.get("b64") is False, "b64")
    demand(header.get("sigD") == SIGNED, "sigD")
    return header["alg"], chain


def from_base64(text):
    """Standard base64 with padding, as x5c has it (RFC 7515 section 4.1.6); None otherwise."""
    if not isinstance(text, str) or not re.fullmatch("[A-Za-z0-9+/]*={0,2}", text):
        return None
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return octets if base64.b64encode(octets).decode() == text else None


def choose_certificate(header, chain, trust):
    """Step 6: every name in the header must mean the same certificate."""
    names = []
    if "x5t#S256" in header:
        names.append(("S256", header["x5t#S256"], "x5t#S256"))
    if "x5t#o" in header:
        other = header["x5t#o"]
        if not isinstance(other, dict) or set(other) != {"digAlg", "digVal"}:
            raise Refused(5, "header-form", "x5t#o")
        names.append((other["digAlg"], other["digVal"], "x5t#o"))
    for algorithm, value, member in names:
        if (algorithm not in tuple(THUMBPRINTS) or not isinstance(value, str)
                or from_base64url(value) is None):
            raise Refused(5, "header-form", member)

    def is_named(der):
        return all(THUMBPRINTS[algorithm](der).digest() == from_base64url(value)
                   for algorithm, value, _ in names)

    if not names and not chain:
        raise Refused(6, "signer-not-named")
    if chain:
        certificate = parse_certificate(chain[0])
        if certificate is None or not is_named(chain[0]):
            raise Refused(6, "signer-names-differ")
        if trust.pinned and certificate not in trust.pinned:
            raise Refused(6, "signer-unknown")
        return certificate
    for certificate in trust.pinned or trust.others:
        if is_named(der_of(certificate)):
            return certificate
    raise Refused(6, "signer-unknown")


def key_fits(key, algorithm):
    """Step 7."""
    if algorithm in CURVES:
        return (isinstance(key, ec.EllipticCurvePublicKey)
                and key.curve.name == CURVES[algorithm][0])
    return isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048 and key.key_size % 8 == 0


def signature_holds(key, algorithm, signature, signed):
    """Step 9: exact length; for PS the salt is as long as the hash."""
    digest = ALGORITHMS[algorithm]()
    try:
        if algorithm in CURVES:  # r and s side by side; the library wants them in DER
            size = CURVES[algorithm][1]
            if len(signature) != 2 * size:
                return False
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(digest))
        else:
            if len(signature) != key.key_size // 8:
                return False
            salted = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
            key.verify(signature, signed, salted, digest)
        return True
    except InvalidSignature:
        return False


# Steps 10 to 12: the certificate is good, and it is theirs.

def check_certificate(certificate, chain, trust, now, report):
    """Path and form now and at the time of the signature; revocation now."""
    check_leaf(certificate)
    if now is None:
        report.note("undecided", 10, code="signing-time-missing", detail="there is no iat")
    else:
        moments = {now, now if report.signed_at is None else report.signed_at}
        if trust.pinned:
            if time_fault(certificate, moments):
                raise Refused(10, "certificate-time", time_fault(certificate, moments))
            report.note("passed", 10)
        else:
            helpers = trust.others + [
                one for one in map(parse_certificate, chain) if one is not None]
            path, fault = find_path(certificate, helpers, trust.anchors, moments)
            if path is None:
                raise Refused(10, "path-invalid", fault)
            report.note("passed", 10)
            check_revocation(path, trust, now, report)
    if trust.identity is not None:
        named = trust.pinned and not identities_in(certificate)
        if not named and not is_subject(trust.identity, certificate):
            raise Refused(12, "identity-mismatch")
        report.note("passed", 12)


def check_leaf(certificate):
    """Step 10: what may sign messages."""
    if certificate.version is not x509.Version.v3 or is_authority(certificate):
        raise Refused(10, "certificate-form")
    usage = extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise Refused(10, "key-usage")
    # None is agreed offline, so there must be none.
    if extension(certificate, x509.ExtendedKeyUsage) is not None:
        raise Refused(10, "extended-key-usage")


def find_path(leaf, helpers, anchors, moments):
    """The first path from the leaf to an anchor that holds at all moments, or why there is none."""
    reason, trials = "there is no path to an anchor", 0
    waiting = [[leaf]]
    while waiting and trials < PATH_TRIALS:
        path, trials = waiting.pop(), trials + 1
        if path[-1] in anchors:
            fault = path_fault(path, moments)
            if fault is None:
                return path, None
            reason = fault
        elif len(path) < PATH_CERTIFICATES:
            # Anchors last, so that they are tried first.
            waiting += [path + [one] for one in helpers + anchors
                        if one not in path and is_issued(path[-1], one)]
    return None, reason


def path_fault(path, moments):
    """What RFC 5280 section 6 finds wrong with a path, leaf first; None if nothing."""
    known = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE,
             ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
             ExtensionOID.CERTIFICATE_POLICIES}
    constraints = {ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.POLICY_CONSTRAINTS,
                   ExtensionOID.INHIBIT_ANY_POLICY}
    between = 0  # authorities below this one that count for its path length
    for place, one in enumerate(path):
        if time_fault(one, moments):
            return time_fault(one, moments)
        if any(each.critical and each.oid not in known or each.oid in constraints
               for each in one.extensions):
            return "an extension that is not understood here"
        if not is_signed_with_sha2(one):
            return "signed with another hash than SHA-2"
        if place == 0:
            continue
        basic, usage = extension(one, x509.BasicConstraints), extension(one, x509.KeyUsage)
        if one.version is not x509.Version.v3 or not is_authority(one):
            return "an issuer is no authority"
        if usage is None or not usage.key_cert_sign:
            return "an issuer may not sign certificates"
        if basic.path_length is not None and between > basic.path_length:
            return "the path is longer than an issuer allows"
        if not is_strong(public_key(one)):
            return "an issuer has a weak key"
        between += one.subject != one.issuer
    return None


def time_fault(certificate, moments):
    """Why the certificate is not valid at all of these times, or None."""
    if min(moments) < seconds(certificate.not_valid_before_utc):
        return "a certificate is not valid yet"
    if max(moments) > seconds(certificate.not_valid_after_utc):
        return "a certificate has ended"
    return None


def check_revocation(path, trust, now, report):
    """Step 11: whoever is on a list of its issuer is revoked; without a list it stays open."""
    if not trust.revocation:
        return
    doubt = None
    for one, issuer in zip(path, path[1:]):
        usage = extension(issuer, x509.KeyUsage)
        usable = [each for each in trust.lists if each.issuer == issuer.subject
                  and usage is not None and usage.crl_sign and is_list_of(each, issuer)]
        # Who is on a list that has ended is revoked all the same.
        if any(each.get_revoked_certificate_by_serial_number(one.serial_number) is not None
               for each in usable):
            raise Refused(11, "revoked")
        if not usable:
            doubt = doubt or "an issuer's list is missing"
        elif not any(is_fresh(each, now) for each in usable):
            doubt = doubt or "an issuer's list has ended"
    if doubt:
        report.note("undecided", 11, code="revocation-unknown", detail=doubt)
    else:
        report.note("passed", 11)


def is_list_of(each, issuer):
    """Whether the issuer signed this list, and it covers everything that the issuer issued."""
    key = public_key(issuer)
    # A list for some certificates only, or of changes only, says so in a critical extension.
    return (key is not None and not any(one.critical for one in each.extensions)
            and each.is_signature_valid(key))


def is_fresh(each, now):
    """Whether the list speaks about now."""
    ends = each.next_update_utc
    return ends is not None and seconds(each.last_update_utc) <= now <= seconds(ends)


def identity_of(urn):
    """("oin", number) or ("organization", identifier); None for another form."""
    match = re.fullmatch("urn:nld:oin:([0-9A-Z]{20})(:systeem:[A-Za-z0-9-]{1,64})?", urn)
    if match:
        return "oin", match[1]
    match = re.fullmatch("https://referral-gateway[.]example/id/eidas/([A-Za-z0-9.-]{4,64})", urn)
    return match and ("organization", match[1])


def identities_in(certificate):
    """What the subject says of the organisation, as identity_of() does."""
    return [(kind, one.value)
            for kind, oid in (("oin", NameOID.SERIAL_NUMBER),
                              ("organization", NameOID.ORGANIZATION_IDENTIFIER))
            for one in certificate.subject.get_attributes_for_oid(oid)]


def is_subject(urn, certificate):
    """Whether the certificate's subject is this organisation, and no second one of the kind."""
    identity = identity_of(urn)
    return identity is not None and [
        one for one in identities_in(certificate) if one[0] == identity[0]] == [identity]


# Steps 12 to 14: only now is the body read.

TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
DIGEST = "SHA-256=[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
WHO = ("(urn:nld:oin:[0-9A-Z]{20}%s"
       "|https://referral-gateway[.]example/id/(eidas|pinned)/[A-Za-z0-9.:_-]{1,80})")
TYPE = "nl.mensenhandelsignalen.verwijzing.%s.v1"
SCHEMA = "https://referral-gateway[.]example/schemas/%s/1[.][0-9]+[.][0-9]+/schema[.]json"
ACKNOWLEDGED = TYPE % "bevestigd"
STATISTICS = "nl.mensenhandelsignalen.statistiek.aangeboden.v1"
TYPES = {"create": TYPE % "aangeboden", "update": TYPE % "gewijzigd",
         "correct": TYPE % "gewijzigd", "withdraw": TYPE % "ingetrokken"}
ENVELOPE = {
    "specversion": "1[.]0", "id": UUID, "source": WHO % "(:systeem:[A-Za-z0-9-]{1,64})?",
    "recipient": WHO % "", "time": TIME, "datacontenttype": "application/json",
}
MORE = {
    "document": {"expires": TIME, "conversationid": UUID, "nonce": "[A-Za-z0-9_-]{21}[AQgw]",
                 "requestedacks": "receipt( [a-z-]+)*", "dataschema": SCHEMA % "referral"},
    "statistics": {"expires": TIME, "conversationid": UUID, "nonce": "[A-Za-z0-9_-]{21}[AQgw]",
                   "requestedacks": "receipt", "dataschema": SCHEMA % "statistics"},
    "acknowledgement": {"subject": UUID, "causationid": UUID,
                        "dataschema": SCHEMA % "acknowledgement"},
}
EVERY_KIND = {"messageId": UUID, "payloadDigest": DIGEST, "signatureDigest": DIGEST}
# What a kind must have besides; a kind that is not here is kept and has no effect.
KINDS = {
    "receipt": {"conversationId": UUID, "receivedAt": TIME},
    "acceptance": {"conversationId": UUID},
    "rejection": {"reasons": list},
    "forwarded": {"conversationId": UUID, "forwardedTo": ".+", "at": TIME},
    "query": {"conversationId": UUID, "questions": list},
    "case-number": {"conversationId": UUID, "scheme": ".+", "value": ".+"},
    "follow-up": {"conversationId": UUID, "outcome": ".+", "date": ".+"},
    "change-executed": {"conversationId": UUID, "result": ".+"},
}


def check_body(verb, body, trust, report):
    """Steps 12 (its second half) to 14."""
    envelope = read_envelope(verb, body)
    report.note("passed", 13)
    source = envelope["source"]
    if trust.identity is not None:
        if identity_of(source) != identity_of(trust.identity):
            raise Refused(12, "identity-mismatch", "source")
    elif not trust.pinned and not is_subject(source, report.certificate):
        raise Refused(12, "identity-mismatch", "source")
    else:
        # Somebody under these anchors signed as himself; whether he is the one meant is open.
        report.note("undecided", 12, code="identity-not-given")
    if trust.recipient is not None and (
            identity_of(envelope["recipient"]) != identity_of(trust.recipient)):
        raise Refused(14, "not-addressee")
    if verb == "acknowledgement":
        expected = ACKNOWLEDGED
    elif envelope["type"] == STATISTICS:
        expected = STATISTICS
    else:
        expected = TYPES[envelope["data"]["header"]["operation"]]
    if envelope["type"] != expected:
        raise Refused(14, "wrong-type")
    report.note("passed", 14, detail="" if trust.recipient else "recipient not compared")
    report.envelope = envelope


def note_time(now, report):
    """Step 17 needs the other side's record; this is what can be said without."""
    signed_at, said = report.signed_at, "in time"
    if signed_at is None:
        signed_at = read_time(report.envelope["time"])
    if now is None:
        said = "not compared"
    elif signed_at > now + SKEW_SECONDS:
        said = "signed after the time asked about"
    elif now > read_time(report.envelope.get("expires", "9999-12-31T23:59:59Z")) + SKEW_SECONDS:
        said = "expired by the time asked about"
    report.note("skipped", 17, detail=said)


def read_envelope(verb, body):
    """Step 13."""
    try:
        envelope = read_json(body, BODY_DEPTH)
    except ValueError as error:
        raise Refused(13, "not-strict-json", str(error)) from None
    if not isinstance(envelope, dict):
        raise Refused(13, "schema-invalid", "the body is no object")
    of_type = {ACKNOWLEDGED: "acknowledgement", STATISTICS: "statistics"}.get(
        str(envelope.get("type")), "document")
    demand_members(envelope, {**ENVELOPE, **MORE[of_type]}, "")
    if envelope.get("type") not in (ACKNOWLEDGED, STATISTICS, *TYPES.values()):
        raise Refused(13, "schema-invalid", "/type")
    if not isinstance(envelope.get("data"), dict):
        raise Refused(13, "schema-invalid", "/data")
    check_data(verb, of_type, envelope["data"])
    return envelope


def check_data(verb, of_type, data):
    """Step 13, as far as the rules of the exchange need it."""
    if verb == "document" and of_type == "statistics":
        check_numbers(data)
        return
    if verb == "document":
        header = data.get("header")
        if not isinstance(header, dict):
            raise Refused(13, "schema-invalid", "/data/header")
        demand_members(header, {"referralId": UUID, "kind": "[A-Z_]+",
                                "operation": "|".join(TYPES)}, "/data/header")
        if type(header.get("revision")) is not int or header["revision"] < 1:
            raise Refused(13, "schema-invalid", "/data/header/revision")
        return
    if not isinstance(data.get("kind"), str):
        raise Refused(13, "schema-invalid", "/data/kind")
    demand_members(data, {**EVERY_KIND, **KINDS.get(data["kind"], {})}, "/data")


def check_numbers(data):
    """Of a statistics batch: which quarter, and that no number is below the threshold."""
    demand_members(data, {"period": "2[0-9]{3}-Q[1-4]", "tables": list}, "/data")
    threshold = data.get("threshold")
    if type(threshold) is not int or threshold < 11:
        raise Refused(13, "schema-invalid", "/data/threshold")
    for table in data["tables"]:
        if not isinstance(table, dict) or not isinstance(table.get("cells", []), list):
            raise Refused(13, "schema-invalid", "/data/tables")
        cells = [cell for cell in table.get("cells", []) if isinstance(cell, dict)]
        for number in [table.get("total"), *(cell.get("count") for cell in cells)]:
            if number is not None and (type(number) is not int or number < threshold):
                raise Refused(13, "schema-invalid", "/data/tables")


def demand_members(value, patterns, place):
    """Every one of these members, each a text of its pattern (or a list that is not empty)."""
    for name, pattern in patterns.items():
        member = value.get(name)
        holds = isinstance(member, list) and member if pattern is list \
            else matches(member, pattern)
        if not holds:
            raise Refused(13, "schema-invalid", f"{place}/{name}")


def matches(value, pattern):
    """A text that is the pattern from its first to its last character."""
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


# Attachments: files beside a document.

def compare_files(report, files):
    """Compare files, a dictionary of paths by attachment, with what the document says of them."""
    if report.status == INVALID or report.envelope is None:
        # Of a document that does not verify nothing is proven.
        report.files = {name: ("skipped", None) for name in files}
        return
    for entry in report.envelope["data"].get("attachments", []):
        path = files.get(entry["id"])
        code = file_fault(path, entry["size"], entry["sha256"]) if path else None
        report.files[entry["id"]] = ("failed" if code else "passed" if path else "skipped", code)
    for name in files:
        report.files.setdefault(name, ("failed", "attachment-unknown"))


def file_fault(path, size, sha256):
    """The code of what is wrong, or None; reads in pieces, and no further than it must."""
    digest, count = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while count <= size and (piece := file.read(65_536)):
            count += len(piece)
            digest.update(piece)
    if count != size:
        return "attachment-size"
    return None if digest.hexdigest() == sha256 else "attachment-digest"


# Certificates.

def parse_certificate(der):
    """None for what is no certificate."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        # The library parses these only when they are asked for.
        _ = (certificate.version, certificate.subject, certificate.issuer, certificate.extensions,
             certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        return certificate
    except Exception:  # of many kinds; these octets are anybody's
        return None


def der_of(certificate):
    """The octets of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def extension(certificate, kind):
    """An extension's value, or None."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def is_authority(certificate):
    """basicConstraints with CA=true."""
    basic = extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def public_key(certificate):
    """None for a key that the library does not know."""
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def is_signed_with_sha2(certificate):
    """Not with a hash that can be forged, or one that the library does not know."""
    try:
        return isinstance(certificate.signature_hash_algorithm,
                          (hashes.SHA256, hashes.SHA384, hashes.SHA512))
    except UnsupportedAlgorithm:
        return False


def is_strong(key):
    """At least 112 bits of strength (NIST SP 800-57)."""
    return (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048
            or isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 224)


def is_issued(certificate, issuer):
    """Whether the issuer's name and key stand behind this certificate."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
        return True
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def is_self_signed(certificate):
    """Whether it is a root."""
    return certificate.subject == certificate.issuer and is_issued(certificate, certificate)


def seconds(moment):
    """A time of the library in seconds since 1970."""
    return int(moment.timestamp())


def rfc3339(moment):
    """Seconds since 1970 as a time, None as None."""
    return moment if moment is None else datetime.fromtimestamp(
        moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# The command.

def read_file(path):
    """A file of a sensible size."""
    with open(path, "rb") as file:
        octets = file.read(FILE_OCTETS + 1)
    if len(octets) > FILE_OCTETS:
        raise ValueError(f"{path} is too large")
    return octets


def read_lists(path):
    """All revocation lists of a file, or of all files of a folder."""
    if path.is_dir():
        return [one for each in sorted(path.iterdir()) if each.is_file()
                for one in read_lists(each)]
    octets = read_file(path)
    if b"-----BEGIN" not in octets:
        return [x509.load_der_x509_crl(octets)]
    end = b"-----END X509 CRL-----"
    return [x509.load_pem_x509_crl(part + end + b"\n") for part in octets.split(end)[:-1]]


def read_fields(octets):
    """Pairs of name and value, one on a line. A start line may stand first, empty lines last."""
    if len(octets) > LINES_OCTETS:
        raise Refused(1, "fields-too-large")
    lines = octets.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")
    if re.fullmatch("HTTP/[0-9.]+ [ -~]+|[A-Z]+ [!-~]+ HTTP/[0-9.]+", lines[0]):
        lines = lines[1:]
    fields = [re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(|[!-~\x80-\xff]|"
                           r"[!-~\x80-\xff][\t -~\x80-\xff]*[!-~\x80-\xff])[ \t]*", line)
              for line in lines]
    if None in fields:
        raise Refused(1, "fields-malformed")
    return [(field[1], field[2]) for field in fields]


def read_time(text):
    """"iat", or RFC 3339 as seconds since 1970."""
    if text == "iat":
        return text
    if not re.fullmatch(TIME[:-1] + "(Z|[+-][0-9]{2}:[0-9]{2})", text):
        raise argparse.ArgumentTypeError("not iat and not a time such as 2026-11-26T12:00:00Z")
    try:
        text = re.sub("[.][0-9]+", "", text).replace("Z", "+00:00")
        return seconds(datetime.fromisoformat(text).astimezone(timezone.utc))
    except ValueError:
        raise argparse.ArgumentTypeError("there is no such time") from None


def read_identity(text):
    """An identity in a form that can be compared."""
    if identity_of(text) is None:
        raise argparse.ArgumentTypeError("not urn:nld:oin:<OIN> or another known identity")
    return text


def read_attachment(text):
    """An attachment's id and a path."""
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError("not ID=FILE")
    return name, path


class Parser(argparse.ArgumentParser):
    """Exit status 64 for a command line that is not understood."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parse_arguments():
    """The command line."""
    parser = Parser(prog="verify.py", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("verb", choices=tuple(BODY_OCTETS))
    add("--trust", required=True, metavar="FILE", help="anchors and issuing certificates, PEM")
    add("--identity", type=read_identity, metavar="URN", help="who must have signed")
    add("--body", required=True, metavar="FILE", help="the octets as they came")
    add("--headers", required=True, metavar="FILE", help="the header fields as they came")
    add("--recipient", type=read_identity, metavar="URN", help="whom it must be addressed to")
    add("--header-name", metavar="NAME",
        help="the field of the signature, if none of " + ", ".join(HEADER_NAMES))
    add("--crl", action="append", default=[], metavar="FILE|DIR", help="revocation lists")
    add("--no-revocation-check", action="store_true")
    add("--at", type=read_time, metavar="TIME|iat", help="verify as of then; without it now")
    add("--attachment", action="append", default=[], type=read_attachment, metavar="ID=FILE",
        help="a fetched file: is it the attachment ID of the document?")
    add("--json", action="store_true", help="the report as JSON Lines")
    options = parser.parse_args()
    if options.attachment and options.verb != "document":
        parser.error("only a document has attachments")
    if len(dict(options.attachment)) < len(options.attachment):
        parser.error("--attachment names one id twice")
    return parser, options


def main():
    """Verify one message; the report goes to standard output."""
    parser, options = parse_arguments()
    report = Report(options.verb)
    try:
        trust = Trust.load(
            options.trust, [] if options.no_revocation_check else options.crl,
            identity=options.identity, recipient=options.recipient,
            revocation=not options.no_revocation_check, header_name=options.header_name)
        fields, body = read_fields(read_file(options.headers)), read_file(options.body)
        report = check(options.verb, body, fields, trust, options.at)
        if options.verb == "document":
            compare_files(report, dict(options.attachment))
    except Refused as refused:
        report.fail(refused)
    except Exception as error:  # also a fault of this program: never a verdict
        parser.exit(UNDECIDED, f"cannot decide: {type(error).__name__}: {error}\n")
    for line in report.lines():
        if options.json:
            print(json.dumps(line))
        elif line["kind"] == "step":
            reason = "; ".join(line[name] for name in ("code", "detail") if name in line)
            print("{step:2}  {title:<50} {outcome:<10}".format(**line) + reason)
        elif line["kind"] == "attachment":
            print("    attachment {id:<39} {outcome:<10}".format(**line) + line.get("code", ""))
        else:
            print("\n".join(f"{name} {value}" for name, value in line.items() if name in (
                "signer", "signedAt", "bodyDigest", "signatureDigest")))
            print(line["verdict"])
    return report.status


if __name__ == "__main__":
    sys.exit(main())
