"""Run verifiers over every vector: verify.py and referral-verify, or the command that is given.

    run_verifier.py [COMMAND [ARGUMENT...]]

The cases of schemas/vectors/verification, the golden exchanges of schemas/vectors with their
twins, the answers of the European Commission (where they are; REFERRAL_VECTORS), every octet of
one message flipped, and command lines that are not understood. For verify.py also, inside this
process, the JSON texts that a strict reader takes and refuses, and Project Wycheproof's signatures.
The last line counts.
"""
# SPDX-License-Identifier: Apache-2.0

import concurrent.futures
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import jades
import verify_golden

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "schemas" / "vectors"
PUBLIC = pathlib.Path(os.environ.get("REFERRAL_VECTORS", ROOT.parent / "shared" / "vectors"))
VERIFY = ROOT / "examples" / "partner" / "verify.py"
BINARY = ROOT / ".build" / "debug" / "referral-verify"
STEPS_OF_EACH = {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
VERDICTS = ("valid", "invalid", "undecided")
results = []


def check(name, holds, detail=""):
    """One result; a failure is printed at once."""
    results.append(bool(holds))
    if not holds:
        print(f"FAILED {name}: {detail}", flush=True)


def run(command, arguments):
    """(exit status, steps, closing line) of one call; the lines are empty where there are none."""
    return run_whole(command, arguments)[:3]


def run_whole(command, arguments):
    """The same, and then all lines."""
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)
    try:
        lines = [json.loads(line) for line in done.stdout.splitlines()]
    except ValueError:
        lines = []
    steps = [line for line in lines if line["kind"] == "step"]
    return done.returncode, steps, lines[-1] if lines else {}, lines


def arguments_of(case, folder):
    """The command line of a case (README.md of the vectors)."""
    made = [case["verb"], "--trust", folder / case["trust"], "--body", folder / case["body"],
            "--headers", folder / case["headers"], "--json"]
    for option, member in (("--identity", "identity"), ("--recipient", "recipient"),
                           ("--header-name", "headerName"), ("--at", "at")):
        if member in case:
            made += [option, case[member]]
    for path in case["crls"]:
        made += ["--crl", folder / path]
    return made + (["--no-revocation-check"] if case["noRevocationCheck"] else [])


def fault_of(case, status, steps, verdict):
    """What is not as the case says, or None."""
    if status != case["exit"]:
        return f"exit {status}, expected {case['exit']}; {verdict}"
    if "step" not in case:
        return None
    if [verdict.get(name) for name in ("step", "code")] != [case["step"], case["code"]]:
        return f"{verdict}, expected {case['step']} {case['code']}"
    if (verdict["verdict"], verdict["exit"]) != (VERDICTS[status], status):
        return f"exit {status}, but {verdict}"
    before = [line["step"] for line in steps
              if line["outcome"] in ("failed", "undecided") and line["step"] != case["step"]]
    return f"also steps {before}" if before else None


def check_cases(command, pool):
    """Every case, and that there is a wrong one for every step."""
    folder = VECTORS / "verification"
    cases = json.loads((folder / "cases.json").read_text())
    wrong = {case["step"] for case in cases if case["exit"] == 1 and "step" in case}
    check("a wrong case for every step", wrong == STEPS_OF_EACH, wrong ^ STEPS_OF_EACH)
    check("cases for every exit status", {case["exit"] for case in cases} == {0, 1, 2})
    calls = pool.map(lambda case: run(command, arguments_of(case, folder)), cases)
    for case, call in zip(cases, calls):
        fault = fault_of(case, *call)
        check(case["name"], fault is None, fault)
    for path in sorted(folder.glob("bodies/document-*.json")):
        if path.stem != "document-that-is-a-receipt":
            faults = verify_golden.schema_faults(path.read_bytes(), ROOT / "schemas")
            check(f"{path.name} fits the schemas", not faults, faults)


def write_message(place, name, fields, body):
    """Files of one message: arguments that name them."""
    (place / f"{name}.body").write_bytes(body)
    (place / f"{name}.headers").write_text(
        "".join(f"{one}: {value}\n" for one, value in fields), "latin-1")
    return ["--body", place / f"{name}.body", "--headers", place / f"{name}.headers"]


def check_golden(command, pool, place):
    """The golden exchanges are valid at their time; their twins and flipped octets are not."""
    for folder in sorted(path.parent for path in VECTORS.glob("*/request.http")):
        expected = verify_golden.read_expected(folder)
        fields, body = verify_golden.read_exchange(folder)
        trust = place / f"{folder.name}.pem"
        trust.write_bytes(b"".join(
            (folder / name).read_bytes() for name in ("anchors.pem", "chain.pem")))
        moment = iso_time(expected["at"])
        rest = ["--trust", trust, "--identity", expected["identity"], "--at", moment,
                "--crl", folder / "crl.pem", "--json"]
        message = write_message(place, folder.name, fields, body)
        status, _, verdict = run(command, ["document", *message, *rest])
        check(f"golden {folder.name}", status == 0, verdict)
        for twin in expected["twins"]:
            message = write_message(
                place, "twin", *verify_golden.twin_of(twin, fields, body))
            status, _, verdict = run(command, ["document", *message, *rest])
            right = status == 1 and verdict.get("code") == twin["code"]
            check(f"golden {folder.name} {twin['name']}", right, verdict)
        if folder.name == "emm":
            check_flips(command, pool, place, fields, body, rest)


def iso_time(seconds):
    """RFC 3339 in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_flips(command, pool, place, fields, body, rest):
    """One octet changed, at places all over body and signature: always refused."""
    twins = [{"part": "body", "offset": at, "xor": 1 << at % 8, "digestOfChangedBody": fits}
             for at in range(0, len(body), len(body) // 12) for fits in (False, True)]
    twins += [{"part": "signature", "offset": at, "xor": 1 << at % 8,
               "digestOfChangedBody": False} for at in range(0, 64, 9)]

    def call(item):
        number, twin = item
        message = write_message(
            place, f"flip-{number}", *verify_golden.twin_of(twin, fields, body))
        return run(command, ["document", *message, *rest])[0]

    for twin, status in zip(twins, pool.map(call, enumerate(twins))):
        check(f"flipped {twin}", status == 1, status)


def check_attachments(command, place):
    """A signed document with two files: each is compared, and no other is taken for it."""
    rest, files = attachment_message(place)
    good = {name: (files / name).read_bytes() for name in ("a1", "a2")}
    tries = [
        ("both", good, 0, None, ["passed", "passed"]),
        ("none", {}, 0, None, ["skipped", "skipped"]),
        ("one", {"a2": good["a2"]}, 0, None, ["skipped", "passed"]),
        ("swapped", {"a1": good["a2"]}, 1, "attachment-size", ["failed", "skipped"]),
        ("longer", {"a1": good["a1"] + b"x"}, 1, "attachment-size", ["failed", "skipped"]),
        ("much longer", {"a1": good["a1"] + bytes(500_000)}, 1, "attachment-size",
         ["failed", "skipped"]),
        ("shorter", {"a1": good["a1"][:-1]}, 1, "attachment-size", ["failed", "skipped"]),
        ("empty", {"a1": b""}, 1, "attachment-size", ["failed", "skipped"]),
        ("another octet", {"a1": good["a1"], "a2": b"x" + good["a2"][1:]}, 1,
         "attachment-digest", ["passed", "failed"]),
        ("unknown", {"a3": good["a1"]}, 1, "attachment-unknown",
         ["skipped", "skipped", "failed"]),
    ]
    for name, octets, expected, code, outcomes in tries:
        call = ["document", *rest]
        for one, content in octets.items():
            (place / f"file-{one}").write_bytes(content)
            call += ["--attachment", f"{one}={place / f'file-{one}'}"]
        status, steps, verdict, lines = run_whole(command, call)
        said = [line["outcome"] for line in lines if line["kind"] == "attachment"]
        right = (status, verdict.get("code"), said) == (expected, code, outcomes)
        check(f"attachment {name}", right and verdict["exit"] == status, (status, verdict, said))
    known = ["--attachment", f"a1={files / 'a1'}"]
    forged = [*rest[:3], place / "attached-other.body", *rest[4:]]
    forged[3].write_bytes(rest[3].read_bytes() + b" ")
    status, _, verdict, lines = run_whole(command, ["document", *forged, *known])
    said = [line["outcome"] for line in lines if line["kind"] == "attachment"]
    check("attachment of a forged document", (status, said) == (1, ["skipped"]), verdict)
    at = rest.index("--identity")
    unnamed = ["document", *rest[:at], *rest[at + 2:]]
    status, _, verdict, lines = run_whole(command, [*unnamed, *known])
    check("attachment, signer not given", status == 2, verdict)
    status = run(command, [*unnamed, "--attachment", f"a1={files / 'a2'}"])[0]
    check("another file, signer not given", status == 1, status)
    for name, words, expected in (
        ("missing", [f"a1={place / 'none'}"], 2), ("without an id", [f"={files / 'a1'}"], 64),
        ("without a file", ["a1"], 64), ("twice", [f"a1={files / 'a1'}"] * 2, 64),
    ):
        call = ["document", *rest, *(part for word in words for part in ("--attachment", word))]
        status = run(command, call)[0]
        check(f"attachment {name}", status == expected, status)
    status = run(command, ["signature", *rest, *known])[0]
    check("attachment of any body", status == 64, status)


def attachment_message(place):
    """(options of a document with attachments, signed here; the folder of its files)."""
    golden = VECTORS / "politie-avim"
    expected = verify_golden.read_expected(golden)
    envelope = json.loads(verify_golden.read_exchange(golden)[1])
    name = "06-permit-granted"
    data = json.loads((VECTORS / "documents" / name / "politie-avim.json").read_bytes())
    envelope["data"] = data
    envelope["dataschema"] = envelope["dataschema"].replace("/1.0.0/", "/1.1.0/")
    envelope["conversationid"] = data["header"]["referralId"]
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample"), x509.NameAttribute(
        NameOID.SERIAL_NUMBER, jades.identity_number(expected["identity"]))])
    now = datetime.datetime.fromtimestamp(expected["at"], datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.KeyUsage(*[True] + [False] * 8), True).sign(key, hashes.SHA256()))
    trust = place / "attached.pem"
    trust.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    fields = [("Content-Type", "application/cloudevents+json"), *jades.sign(
        body, jades.Signer(key, certificate), issued_at=expected["at"])]
    message = write_message(place, "attached", fields, body)
    rest = [*message[2:], *message[:2], "--trust", trust, "--identity", expected["identity"],
            "--at", iso_time(expected["at"]), "--no-revocation-check", "--json"]
    return rest, ROOT / "examples" / f"{name}.json.files"


def check_commission(command):
    """Answers signed by the European Commission: without a list undecided, else valid."""
    folder = PUBLIC / "oots"
    found = sorted(folder.glob("*.headers"))
    if not found:
        print("skipped oots: no vectors")
    for path in found:
        call = ["signature", "--trust", folder / "services_communs_acc.pem", "--body",
                path.with_suffix(".xml"), "--headers", path, "--header-name", "oots-response-sig",
                "--at", "iat", "--json"]
        status, _, _ = run(command, call)
        check(f"Commission {path.stem} without a list", status == 2, status)
        status, _, verdict = run(command, [*call, "--no-revocation-check"])
        check(f"Commission {path.stem}", status == 0, verdict)


def check_usage(command, place):
    """Status 64, and never 0, for what is not understood; 2 for what cannot be read."""
    folder = VECTORS / "verification"
    good = ["document", "--trust", folder / "trust/anchors.pem", "--body",
            folder / "bodies/document-ps256.json", "--headers",
            folder / "messages/document-ps256.headers", "--no-revocation-check"]
    for name, call in (
        ("no verb", good[1:]), ("unknown verb", ["bundles", *good[1:]]),
        ("no body", good[:3] + good[5:]), ("unknown option", [*good, "--crls", "x"]),
        ("no such time", [*good, "--at", "2026-13-01T00:00:00Z"]),
        ("no identity", [*good, "--identity", "police"]), ("nothing", []),
    ):
        status, _, _ = run(command, call)
        check(f"usage: {name}", status == 64, status)
    lists = place / "lists"  # with one that has ended, as a folder has after some weeks
    lists.mkdir()
    for name in ("root", "issuing", "issuing-ended"):
        (lists / f"{name}.pem").write_bytes((folder / f"crl/{name}.pem").read_bytes())
    good[-1:] = ["--crl", lists, "--at", "2026-11-25T12:00:00Z", "--identity",
                 "urn:nld:oin:00000099000000001000"]
    status, _, verdict = run(command, good)
    check("lists in a folder", status == 0, verdict)
    for name in ("--crl", "--trust", "--body", "--headers"):
        call = list(good)
        call[call.index(name) + 1] = folder / "none"
        status, _, _ = run(command, call)
        check(f"a file for {name} that is not there", status == 2, status)


def check_signatures(verify):
    """verify.py's step 9 against Project Wycheproof: the right length and salt, and no other."""
    names = {"ES256": "ecdsa_secp256r1_sha256_p1363_test.json",
             "PS256": "rsa_pss_3072_sha256_mgf1_32_test.json"}
    for algorithm, name in names.items():
        path = PUBLIC / "wycheproof" / name
        if not path.exists():
            print(f"skipped wycheproof {algorithm}: no vectors")
            continue
        for group in json.loads(path.read_text())["testGroups"]:
            key = serialization.load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
            for case in group["tests"]:
                holds = verify.signature_holds(
                    key, algorithm, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                check(f"Wycheproof {algorithm} {case['tcId']}",
                      holds == (case["result"] == "valid"), case["comment"])


def check_strict_json(verify):
    """verify.py's reader against the JSON Parsing Test Suite."""
    folder = PUBLIC / "json-test-suite"
    found = sorted(folder.rglob("*.json"))
    if not found:
        print("skipped json-test-suite: no vectors")
        return
    for path in found:
        try:
            verify.read_json(path.read_bytes(), 512)
            taken = True
        except ValueError:
            taken = False
        duplicate = "duplicated_key" in path.name
        if path.name.startswith(("y_", "n_")):
            expected = path.name.startswith("y_") and not duplicate
            check(f"JSON {path.name}", taken == expected, f"taken: {taken}")


def check_command(command):
    """Everything that any verifier must do."""
    with tempfile.TemporaryDirectory() as place, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        check_cases(command, pool)
        check_golden(command, pool, pathlib.Path(place))
        check_commission(command)
        check_attachments(command, pathlib.Path(place))
        check_usage(command, pathlib.Path(place))


def main():
    """Run everything; the last line counts."""
    if sys.argv[1:]:
        check_command(sys.argv[1:])
    else:
        check_command([sys.executable, "-B", str(VERIFY)])
        if BINARY.exists():
            check_command([str(BINARY)])
        else:
            print("skipped referral-verify: not built")
        sys.path.insert(0, str(VERIFY.parent))
        import verify
        check_strict_json(verify)
        check_signatures(verify)
    failed = results.count(False)
    print(f"verifier: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
