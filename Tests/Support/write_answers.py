"""Write answers of every mode of acknowledgements.py as files, signed with the sample keys.

    write_answers.py PKI EXCHANGE OUT

PKI is what certs/make-development-pki made, EXCHANGE a folder of schemas/vectors whose document is
answered as if it had just come. For each mode OUT gets MODE.json and MODE.headers, for a verifier
that works with files.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import sys
import time

import acknowledgements
import jades

SENDER = "urn:nld:oin:00000099000000001000"
POLICE = "urn:nld:oin:00000099000000010000"
SIGNERS = {"other-partner": "comensha-sign", "expired": "expired-sign",
           "revoked": "revoked-sign", "rogue": "rogue-sign"}


def main(pki, exchange, out):
    """All modes; the body as it came, the fields one in each line."""
    def signer(name):
        return jades.Signer.load(pki / f"{name}.pem", pki / f"{name}.key")

    body = (exchange / "body.json").read_bytes()
    document = acknowledgements.Document(
        body, (exchange / "signature.jws").read_text(), json.loads(body), int(time.time()))
    context = acknowledgements.Context(
        POLICE, SENDER, signer("politie-avim-sign"),
        {name: signer(file) for name, file in SIGNERS.items()})
    for mode in acknowledgements.SIGNED_MODES:
        answer = acknowledgements.answer(document, context, mode)
        lines = [f"HTTP/1.1 {answer.status} Accepted"] + [f"{a}: {b}" for a, b in answer.fields]
        (out / f"{mode}.json").write_bytes(answer.body)
        (out / f"{mode}.headers").write_text("\r\n".join(lines) + "\r\n\r\n", "latin-1")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
