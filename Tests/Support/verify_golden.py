"""Verify golden exchanges (schemas/vectors/<name>/) with joserfc and with the openssl command.

A folder holds `request.http` (head and body, octet for octet, as capture_server.py records it),
or instead `headers` and `body.json`; `anchors.pem` (roots), optionally `chain.pem`
(intermediates), `crl.pem` (all revocation lists) and `signer.pem` (the leaf, where x5c is
absent), and optionally `expected.json`: {"verdict": "ok"|"refused", "at": seconds since 1970,
"identity": URN, "twins": [...]}. Where no time is given the path is checked at `iat`. What else
lies there (`body.json`, `header.json`, `signature.jws`, `signing-input.txt`) must say the same as
the exchange. A twin is the exchange with one octet changed: {"name", "part": "body"|"signature",
"offset", "xor", "digestOfChangedBody": whether the digest fields fit the changed body, "code"}; it
must be refused, and with that code.

    verify_golden.py [--schemas DIR] FOLDER...     each is printed as ok or refused with reasons
    verify_golden.py --each FOLDER                 every folder inside that holds an exchange

Exit 0: every verdict is the expected one (ok where nothing is said); 1: another verdict.
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import jsonschema
import referencing
from cryptography.hazmat.primitives import serialization
from joserfc.errors import JoseError

import independent_partner
import jades

SCHEMA_BASE = "https://referral-gateway.example/schemas/"
SIGNATURE_NAMES = (jades.DEFAULT_NAME, jades.DUTCH_NAME, "oots-response-sig")
CODES = {"digest-mismatch": "digest-mismatch", "signature": "signature-invalid"}


def read_exchange(folder):
    """(fields, body) of a recorded exchange."""
    recorded = folder / "request.http"
    if recorded.exists():
        head, _, body = recorded.read_bytes().partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:]
    else:
        body = (folder / "body.json").read_bytes()
        lines = (folder / "headers").read_text("latin-1").splitlines()
    pairs = [line.partition(":") for line in lines if ":" in line]
    return [(name.strip(), value.strip()) for name, _, value in pairs], body


def openssl(*arguments):
    """The last line of an openssl run that failed, or None."""
    run = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    return None if run.returncode == 0 else (run.stdout + run.stderr).strip()[-200:]


def openssl_fault(compact, digest, certificate, folder, at, header):
    """Signature and path by the openssl command alone (README.md); None when both hold."""
    protected, _, signature = compact.split(".")
    algorithm = header["alg"]
    name = "-sha256" if algorithm.endswith("256") else "-sha384"
    pem = serialization.Encoding.PEM
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        (place / "input").write_bytes(jades.signing_input(protected, digest))
        raw = jades.from_base64url(signature)
        options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        if algorithm.startswith("ES"):
            half, options = len(raw) // 2, []
            (place / "pair").write_text(
                f"asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x{raw[:half].hex()}\n"
                f"s=INTEGER:0x{raw[half:].hex()}\n")
            fault = openssl("asn1parse", "-genconf", place / "pair", "-noout",
                            "-out", place / "signature")
            if fault:
                return fault
        else:
            (place / "signature").write_bytes(raw)
        (place / "leaf.pem").write_bytes(certificate.public_bytes(pem))
        (place / "public.pem").write_bytes(certificate.public_key().public_bytes(
            pem, serialization.PublicFormat.SubjectPublicKeyInfo))
        fault = openssl("dgst", name, *options, "-verify", place / "public.pem",
                        "-signature", place / "signature", place / "input")
        if fault:
            return f"openssl dgst: {fault}"
        return openssl_path_fault(folder, place / "leaf.pem", at)


def openssl_path_fault(folder, leaf, at):
    """The path by `openssl verify`; None when it holds or no anchors are given."""
    if not (folder / "anchors.pem").exists():
        return None
    arguments = ["verify", "-x509_strict", "-attime", int(at), "-CAfile", folder / "anchors.pem"]
    if (folder / "chain.pem").exists():
        arguments += ["-untrusted", folder / "chain.pem"]
    if (folder / "crl.pem").exists():
        arguments += ["-crl_check_all", "-CRLfile", folder / "crl.pem"]
    fault = openssl(*arguments, leaf)
    return fault and f"openssl verify: {fault}"


def schema_faults(body, schemas):
    """Violations of the schema that `dataschema` names, where it is in the folder."""
    registry = referencing.Registry()
    for path in sorted(schemas.glob("*/*/schema.json")):
        value = json.loads(path.read_text())
        resource = referencing.Resource.from_contents(
            value, default_specification=referencing.jsonschema.DRAFT202012)
        registry = registry.with_resource(value["$id"], resource)
    envelope = jades.read_json(body)
    name = envelope.get("dataschema", "")
    if not name.startswith(SCHEMA_BASE) or name not in registry:
        return {f"schema unknown: {name}"}
    validator = jsonschema.Draft202012Validator({"$ref": name}, registry=registry)
    return {f"schema: {error.json_path} {error.validator}"
            for error in validator.iter_errors(envelope["data"])}


def companion_faults(folder, fields, body):
    """Files beside the exchange that say something else than it."""
    compact = jades.signature_of(fields, SIGNATURE_NAMES) or "."
    protected = compact.partition(".")[0]
    same = {
        "body.json": body, "signature.jws": compact.encode("ascii"),
        "header.json": jades.from_base64url_leniently(protected),
        "signing-input.txt": jades.signing_input(protected, jades.digest_field(body))}
    return {f"{name} differs" for name, octets in same.items()
            if (folder / name).exists() and (folder / name).read_bytes() != octets}


def twin_of(twin, fields, body):
    """(fields, body) of the exchange with the one octet changed."""
    def changed(octets):
        place = twin["offset"]
        return octets[:place] + bytes([octets[place] ^ twin["xor"]]) + octets[place + 1:]

    new = {}
    if twin["part"] == "body":
        body = changed(body)
    else:
        protected, _, signature = jades.signature_of(fields, SIGNATURE_NAMES).split(".")
        signature = jades.base64url(changed(jades.from_base64url(signature)))
        new = {name.lower(): f"{protected}..{signature}" for name in SIGNATURE_NAMES}
    if twin["digestOfChangedBody"]:
        digest = jades.digest_field(body)
        new["digest"] = digest
        new["content-digest"] = f"sha-256=:{digest.partition('=')[2]}:"
    return [(name, new.get(name.lower(), value)) for name, value in fields], body


def twin_faults(folder, expected):
    """Twins that are not refused, or for another reason."""
    fields, body = read_exchange(folder)
    faults = set()
    for twin in expected.get("twins", []):
        found = verify(folder, exchange=twin_of(twin, fields, body))
        if twin["code"] not in {CODES.get(one) for one in found}:
            faults.add(f"twin {twin['name']}: {sorted(found) or 'ok'}")
        # The comparison of the digest is no openssl command's task.
        tools = ["joserfc"] + ["openssl dgst"] * (twin["code"] == "signature-invalid")
        faults |= {f"twin {twin['name']}: {tool} takes it" for tool in tools
                   if not any(one.startswith(tool) for one in found)}
    return faults


def verify(folder, schemas=None, exchange=None):
    """The reasons to refuse an exchange, that of the folder or another; empty without any."""
    expected = read_expected(folder)
    fields, body = exchange or read_exchange(folder)

    def certificates(name):
        path = folder / name
        return jades.read_certificates(path) if path.exists() else []

    trust = jades.Trust(
        anchors=certificates("anchors.pem"), intermediates=certificates("chain.pem"),
        pinned=certificates("signer.pem"), identity=expected.get("identity"), check_path=False,
        names=SIGNATURE_NAMES)
    findings = jades.inspect(body, fields, trust)
    faults = set(findings.faults)
    if findings.certificate is None or "algorithm" in faults:
        return faults
    at = expected.get("at", findings.issued_at or time.time())
    digest = next(value for name, value in fields if name.lower() == "digest")
    try:
        independent_partner.verify_with_joserfc(
            body, findings.compact, digest, findings.certificate)
    except (JoseError, ValueError) as error:
        faults.add(f"joserfc: {error}")
    try:
        fault = openssl_fault(
            findings.compact, digest, findings.certificate, folder, at, findings.header)
        faults.update({fault} - {None})
    except jades.Malformed as error:
        faults.add(str(error))
    if schemas and not faults:
        faults |= schema_faults(body, schemas)
    if not exchange:
        faults |= companion_faults(folder, fields, body) | twin_faults(folder, expected)
    return faults


def read_expected(folder):
    """What expected.json says, or nothing."""
    path = folder / "expected.json"
    return json.loads(path.read_text()) if path.exists() else {}


def main():
    """Verify every folder named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--each", action="store_true", help="the folders inside, not itself")
    parser.add_argument("--schemas", type=pathlib.Path, help="the schemas/ folder")
    options = parser.parse_args()
    folders = options.folders
    if options.each:
        folders = sorted(
            one for top in folders for one in top.iterdir()
            if (one / "request.http").exists() or (one / "headers").exists())
    other = 0
    for folder in folders:
        faults = verify(folder, options.schemas)
        verdict = "refused" if faults else "ok"
        right = verdict == read_expected(folder).get("verdict", "ok")
        other += not right
        print(f"{verdict} {folder.name} {' | '.join(sorted(faults))}".strip()
              + ("" if right else "  (NOT as expected)"))
    print(f"golden: {len(folders) - other} passed, {other} failed")
    return 1 if other or not folders else 0


if __name__ == "__main__":
    sys.exit(main())
