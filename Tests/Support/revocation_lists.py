"""Issue revocation lists of the development PKI: fresh, ended, or with more certificates on them.

Each list replaces its file in one step, as whoever fetches lists should do it.
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import datetime
import os
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

AUTHORITIES = ("root", "services")


def issue(folder, name, begins, ends, revoked, signer=None, number=None):
    """The list of one authority, PEM; `signer` signs it in that authority's name."""
    issuer = x509.load_pem_x509_certificate((folder / "ca" / f"{name}.pem").read_bytes())
    key = serialization.load_pem_private_key(
        (folder / "ca" / f"{signer or name}.key").read_bytes(), None)
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
        .last_update(begins).next_update(ends)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False))
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    for path in revoked:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        if certificate.issuer == issuer.subject:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
                .revocation_date(begins).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def main():
    """Write one file for each authority."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--pki", required=True, type=pathlib.Path, metavar="DIR")
    add("--out", required=True, type=pathlib.Path, metavar="DIR")
    add("--only", choices=AUTHORITIES, help="no list of the other authority")
    add("--ended", type=float, metavar="SECONDS", help="past the next update by so much")
    add("--revoke", action="append", default=[], metavar="NAME", help="a certificate of the PKI")
    options = parser.parse_args()
    now = datetime.datetime.now(datetime.UTC)
    begins, ends = now - datetime.timedelta(seconds=5), now + datetime.timedelta(days=7)
    if options.ended is not None:
        begins = now - datetime.timedelta(days=2, seconds=options.ended)
        ends = now - datetime.timedelta(seconds=options.ended)
    revoked = [options.pki / f"{name}.pem" for name in options.revoke]
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [options.only] if options.only else AUTHORITIES:
        fresh = options.out / f".{name}.new"
        fresh.write_bytes(issue(options.pki, name, begins, ends, revoked))
        os.replace(fresh, options.out / f"{name}.pem")


if __name__ == "__main__":
    main()
