"""Bring acknowledgements to a gateway over mutual TLS, honest or wrong, and tell what it answered.

Steps come as a JSON list; each names a document as a partner kept it and what to bring about it.
One JSON line for each step: status, problem (the last word of `type`) and detail, or the error.
"""
# SPDX-License-Identifier: Apache-2.0

import argparse
import base64
import hashlib
import http.client
import json
import pathlib
import ssl

import acknowledgements
import forgeries
import jades


def read_request(path):
    """A document from the octets of a request, without judging it."""
    head, _, body = pathlib.Path(path).read_bytes().partition(b"\r\n\r\n")
    fields = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")[1:]]
    compact = jades.signature_of(fields)
    header = json.loads(jades.from_base64url(compact.split(".")[0]))
    return acknowledgements.Document(body, compact, json.loads(body), header.get("iat"))


class Caller:
    """One organisation: how it shows itself in TLS and how it signs."""

    def __init__(self, pki, identity, code, gateway):
        def signer(name):
            return jades.Signer.load(f"{pki}/{name}-sign.pem", f"{pki}/{name}-sign.key")

        own = signer(code)
        self.context = acknowledgements.Context(
            identity=identity, recipient=gateway, signer=own,
            signers={
                "rogue": acknowledgements.rogue_of(own), "expired": signer("expired"),
                "revoked": signer("revoked"), "other-partner": signer("comensha"),
                "issuer": jades.Signer.load(
                    f"{pki}/ca/services.pem", f"{pki}/ca/services.key"),
            })

    def compose(self, step):
        """The acknowledgement of a step, signed."""
        document = read_request(step["request"])
        mode = step.get("mode", "honest")
        if mode in forgeries.FORGERIES:
            return forgeries.answer(mode, document, self.context, step)
        if mode != "honest" or "kind" not in step:
            self.context.earlier_id = step.get("id")
            return acknowledgements.answer(document, self.context, mode, step)
        value = acknowledgements.envelope(
            document, self.context, step["kind"], **step.get("data", {}))
        value["id"] = step.get("id", value["id"])
        value["data"] = {name: one for name, one in value["data"].items() if one is not None}
        body = jades.write_json(value) + b" " * step.get("blanks", 0)
        fields = jades.sign(body, self.context.signer, issued_at=step.get("iat"))
        return acknowledgements.Answer(
            200, [("Content-Type", step.get("type", "application/cloudevents+json"))] + fields,
            body)


def tls(pki, certificate):
    """How a client shows itself; None: without a certificate."""
    context = ssl.create_default_context(cafile=f"{pki}/anchors.pem")
    context.check_hostname = False
    if certificate:
        context.load_cert_chain(f"{pki}/{certificate}-chain.pem", f"{pki}/{certificate}.key")
    return context


def bring(options, step, given):
    """POST (or what the step says) over a connection of its own."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", options.port, timeout=30,
        context=tls(options.pki, step.get("as", f"{options.code}-server")))
    try:
        method = step.get("method", "POST")
        connection.putrequest(
            method, step.get("path", "/v1/acknowledgements"), skip_accept_encoding=True)
        if method == "POST":
            for name, value in given.fields:
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(given.body)))
        connection.endheaders(given.body if method == "POST" else None)
        answer = connection.getresponse()
        body = answer.read()
        is_problem = answer.getheader("Content-Type") == "application/problem+json"
        problem = json.loads(body) if is_problem else {}
        return {
            "status": answer.status, "problem": problem.get("type", "").split("/")[-1],
            "detail": problem.get("detail", ""), "retryAfter": answer.getheader("Retry-After"),
            "date": answer.getheader("Date"), "version": answer.getheader("API-Version"),
            "octets": len(body), "sha256": hashlib.sha256(body).hexdigest(),
            "type": answer.getheader("Content-Type"), "digest": answer.getheader("Digest")}
    except (OSError, http.client.HTTPException) as error:
        return {"status": 0, "error": f"{type(error).__name__}: {error}"}
    finally:
        connection.close()


def main():
    """Bring each step, in order."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--pki", required=True)
    add("--port", type=int, required=True)
    add("--code", required=True, help="the partner's code; its sample keys have that name")
    add("--identity", required=True, metavar="URN")
    add("--gateway", default="urn:nld:oin:00000099000000001000", metavar="URN")
    add("--steps", required=True, metavar="FILE.json")
    options = parser.parse_args()
    caller = Caller(options.pki, options.identity, options.code, options.gateway)
    earlier, kept = None, pathlib.Path(options.steps).parent / "brought.json"
    for step in json.loads(pathlib.Path(options.steps).read_text()):
        if step.get("replay"):  # what the run of this program before brought last
            fields, body = json.loads(kept.read_text())
            earlier = acknowledgements.Answer(200, fields, body.encode())
        given = earlier if earlier and not step.keys().isdisjoint(
            {"again", "replay"}) else caller.compose(step)
        earlier = given
        try:
            kept.write_text(json.dumps([given.fields, given.body.decode()]))
        except UnicodeDecodeError:
            kept.unlink(missing_ok=True)
        result = bring(options, step, given)
        result["body"] = base64.b64encode(given.body).decode()
        try:
            result["id"] = json.loads(given.body)["id"]
        except (ValueError, KeyError, TypeError):
            pass
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
