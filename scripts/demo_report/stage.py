"""Asks the programs of the running demonstration, and takes away what the case system is told."""
# SPDX-License-Identifier: Apache-2.0
import base64
import dataclasses
import json
import pathlib
import shutil
import subprocess
import tomllib
import typing

Json = dict[str, typing.Any]

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / ".demo"
PROGRAMS = ROOT / ".build" / "debug"


@dataclasses.dataclass(frozen=True)
class Example:
    """A file of examples/, which is a submission."""
    file: pathlib.Path
    submission: Json

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def header(self) -> Json:
        header: Json = self.submission["referral"]["header"]
        return header

    @property
    def key(self) -> tuple[str, int]:
        """Referral id and revision: what a submission is known by."""
        return self.header["referralId"], self.header["revision"]

    @property
    def is_first(self) -> bool:
        """Nothing has to be there before it."""
        return self.header["revision"] == 1 and "withdraws" not in self.submission


def examples() -> list[Example]:
    """All of them: what comes first, then revisions in their order."""
    files = sorted((ROOT / "examples").glob("*.json"))
    found = [Example(file, json.loads(file.read_text())) for file in files]
    return sorted(found, key=lambda one: (not one.is_first, one.header["revision"], one.name))


def json_lines(text: str) -> list[Json]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def ctl(*arguments: str) -> list[Json]:
    """What referralctl prints; a status other than 0 is for the reader of the lines."""
    command = [str(PROGRAMS / "referralctl"), "--socket", str(DEMO / "admin.sock"), "--json"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    return json_lines(done.stdout)


def routed(file: pathlib.Path) -> set[str]:
    """Whom the routes choose for a submission that names nobody; needs no daemon."""
    lines = ctl("route", str(file), "--config", str(DEMO / "etc"))
    return {line["partner"] for line in lines if line.get("goes")}


def preview(file: pathlib.Path, partner: str) -> Json | None:
    """What this partner sees of it, field by field; None where it may not have it. Asked once."""
    kept = DEMO / "previews" / f"{file.stem}-{partner}.json"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        found = [line for line in ctl("preview", str(file), "--partner", partner)
                 if line["kind"] == "preview"]
        kept.write_text(json.dumps(found))
    found = json.loads(kept.read_text())
    return found[0] if found else None


def received(partner: str, delivery: str) -> Json | None:
    """The document as the partner's own store holds it; None once it is erased."""
    target = DEMO / "received" / delivery
    shutil.rmtree(target, ignore_errors=True)
    command = [str(PROGRAMS / "referral-partner"), "export", delivery,
               "--socket", str(DEMO / f"{partner}.sock"), "--output", str(target)]
    (DEMO / "received").mkdir(exist_ok=True)
    subprocess.run(command, capture_output=True, check=False)
    body = target / "body.json"
    return json.loads(body.read_bytes()) if body.exists() else None


def payload_digest(delivery: str) -> str:
    """SHA-256 of the document's octets, as the gateway keeps it, in the form of the wire."""
    digest = bytes.fromhex(ctl("show", delivery)[0]["facts"]["payloadDigest"])
    return "SHA-256=" + base64.b64encode(digest).decode()


def settings() -> Json:
    """The gateway's own file."""
    return tomllib.loads((DEMO / "etc" / "gateway.toml").read_text())


def register() -> dict[str, Json]:
    """The partners' files of this demonstration, by code."""
    files = sorted((DEMO / "etc" / "partners.d").glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text()) for file in files}


def policies() -> dict[str, Json]:
    files = sorted((DEMO / "etc" / "policies.d").glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text()) for file in files}


def codes(name: str) -> dict[str, Json]:
    """A published code list, by code."""
    document = json.loads((ROOT / "schemas" / "codelists" / f"{name}.json").read_text())
    return {one["code"]: one for one in document["codes"]}


def story() -> list[Json]:
    """What the demonstration itself did, and when."""
    return json_lines((DEMO / "story.jsonl").read_text())


def log() -> list[Json]:
    """The daemon's log, over its restarts."""
    lines = (DEMO / "referrald.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def hear() -> list[Json]:
    """Every event so far, in order. As a case system does it: each file is taken away once it is
    kept, and one that comes again under its id is known."""
    kept = DEMO / "heard.jsonl"
    events = json_lines(kept.read_text()) if kept.exists() else []
    known = {event["eventId"] for event in events}
    files = [file for file in (DEMO / "spool" / "events").glob("*.json")
             if not file.name.startswith(".")]
    new = {file.stem: json.loads(file.read_text()) for file in files}
    events += [event for name, event in new.items() if name not in known]
    events.sort(key=lambda event: (event["at"], event.get("sequence", 0)))
    kept.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))
    for file in files:
        file.unlink()
    return events


def referral_id(file: pathlib.Path) -> str:
    """Of the submission in this file."""
    return str(json.loads(file.read_text())["referral"]["header"]["referralId"])


def load_referrals() -> set[str]:
    """The ids of the many copies that only make load."""
    return {referral_id(file) for file in (DEMO / "load").glob("*.json")}
