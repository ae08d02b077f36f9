"""Verify golden exchanges (schemas/vectors/<name>/) with joserfc and with the openssl command.

A folder holds `request.http` (head and body, octet for octet, as capture_server.py records it),
or instead `headers` and `body.json`; `anchors.pem` (roots), optionally `chain.pem`
(intermediates), `crl.pem` (all revocation lists) and `signer.pem` (the leaf, where x5c is
absent), and optionally `expected.json`: {"verdict": "ok"|"refused", "at": seconds since 1970,
"identity": URN}. Where no time is given the path is checked at `iat`.

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
    """Signature and path by the openssl command alone (protocol.md 4b); None when both hold."""
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
        registry = registry.with_resource(value.get("$id", path.as_uri()), resource)
    envelope = jades.read_json(body)
    name = envelope.get("dataschema", "")
    if not name.startswith(SCHEMA_BASE) or name not in registry:
        return {f"schema unknown: {name}"}
    validator = jsonschema.Draft202012Validator({"$ref": name}, registry=registry)
    return {f"schema: {error.json_path} {error.validator}"
            for error in validator.iter_errors(envelope["data"])}


def verify(folder, schemas=None):
    """The reasons to refuse an exchange; empty when there are none."""
    expected = read_expected(folder)
    fields, body = read_exchange(folder)

    def certificates(name):
        path = folder / name
        return jades.read_certificates(path) if path.exists() else []

    trust = jades.Trust(
        anchors=certificates("anchors.pem"), intermediates=certificates("chain.pem"),
        pinned=certificates("signer.pem"), identity=expected.get("identity"), check_path=False,
        names=(jades.DEFAULT_NAME, jades.DUTCH_NAME, "oots-response-sig"))
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
