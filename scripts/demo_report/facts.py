"""What happened, gathered once from the running programs, for the page."""
# SPDX-License-Identifier: Apache-2.0
import collections
import dataclasses
import datetime

from demo_report import stage
from demo_report.stage import Example, Json

# The state after an attempt, where the log was cut off by a crash (docs/states.md).
AFTER = {"done": "DELIVERED", "rejected": "DEAD", "conflict": "DEAD", "unknown": "QUEUED",
         "wait": "AWAITING", "undecided": "AWAITING"}

MADE = {"routed.json": "nobody named, made of 01", "later/000.json": "resent, made of 22",
        "danger.json": "immediate danger, made of 02", "doubt/000.json": "the lies, made of 07"}


@dataclasses.dataclass(frozen=True)
class Attempt:
    ended: float
    outcome: str


@dataclasses.dataclass(frozen=True)
class Acknowledgement:
    at: float
    verdict: str
    # Steps of docs/verification.md in order, with what came of each.
    steps: list[Json]

    @property
    def failed(self) -> Json:
        """Of a refused one: the step that failed."""
        return next((one for one in self.steps if one["outcome"] == "failed"), {})


@dataclasses.dataclass
class Delivery:
    line: Json
    accepted: float
    delivered: float | None
    is_load: bool
    attempts: list[Attempt]
    acknowledgements: list[Acknowledgement]
    path: list[str]

    def __getattr__(self, name: str) -> str:
        """Members of the line as `list` prints it: partner, state, priority and so on."""
        return str(self.line[name])

    @property
    def revision(self) -> int:
        return int(self.line["revision"])


@dataclasses.dataclass(frozen=True)
class Facts:
    began: float
    ended: float
    deliveries: list[Delivery]
    # By name of the example, then by partner.
    previews: dict[str, dict[str, Json]]
    examples: list[Example]
    events: list[Json]
    story: list[Json]
    partners: dict[str, Json]
    rules: dict[tuple[str, str], Json]
    # What was made of examples, by referral id.
    made: dict[str, str]

    @property
    def told(self) -> list[Delivery]:
        """All but those that only make load."""
        return [one for one in self.deliveries if not one.is_load]

    @property
    def names(self) -> dict[str, str]:
        """Examples by referral id."""
        return {one.key[0]: one.name for one in reversed(self.examples)}

    def title(self, delivery: Delivery) -> str:
        name = self.names.get(delivery.referralId) or self.made.get(delivery.referralId)
        if name is None:
            return delivery.referralKind
        return f"{name}, revision {delivery.revision}" if delivery.revision > 1 else name


def moment(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def attempt(line: Json) -> Attempt:
    ended = line.get("endedAt") or line["begunAt"]
    return Attempt(moment(ended), line.get("outcome", "unknown"))


def acknowledgement(line: Json) -> Acknowledgement:
    return Acknowledgement(moment(line["receivedAt"]), line["verdict"], line["report"])


def orders() -> dict[str, list[tuple[float, str]]]:
    """What operators did to single deliveries: when, and what state came of it."""
    found = collections.defaultdict(list)
    becomes = {"resend": "QUEUED", "release": "QUEUED", "hold": "HELD", "cancel": "CANCELLED"}
    for line in stage.ctl("audit", "list", "--limit", "1000"):
        state = becomes.get(line.get("action", "").removeprefix("delivery-"))
        if state:
            found[line["subject"].rpartition("/")[2]].append((moment(line["at"]), state))
    return found


def path(line: Json, logged: list[tuple[float, str]], attempts: list[Attempt],
         ordered: list[tuple[float, str]]) -> list[str]:
    """The states that a delivery went through, in order."""
    ends = logged
    if attempts and len(attempts) != len(logged):
        ends = [(one.ended, AFTER.get(one.outcome, "DEFERRED")) for one in attempts]
    marks = sorted([(at, ["SENDING", state]) for at, state in ends]
                   + [(at, [state]) for at, state in ordered])
    states = ["QUEUED"]
    for _, more in marks:
        states += more
    if states[-1] != line["state"]:
        states.append(line["state"])
    return states


def deliveries() -> list[Delivery]:
    """All of them, oldest first; attempts of those of the load only where the log lacks some."""
    load, ordered = stage.load_referrals(), orders()
    logged = collections.defaultdict(list)
    for line in stage.log():
        if line["event"] in ("delivery-attempted", "delivery-delivered"):
            logged[line["delivery"]].append((moment(line["time"]), line["state"]))
    found = []
    for line in stage.ctl("list", "--limit", "100000"):
        if line["kind"] != "delivery":
            continue
        ends, is_load = logged[line["id"]], line["referralId"] in load
        shown: Json = {}
        if not is_load or line["attempts"] != len(ends):
            shown = stage.ctl("show", line["id"])[0]
        attempts = [attempt(one) for one in shown.get("attemptList", [])]
        delivered = line.get("deliveredAt")
        found.append(Delivery(
            line, moment(line["acceptedAt"]), moment(delivered) if delivered else None, is_load,
            attempts, [acknowledgement(one) for one in shown.get("acknowledgements", [])],
            path(line, ends, attempts, ordered.get(line["id"], []))))
    return sorted(found, key=lambda one: one.accepted)


def previews(found: list[Delivery]) -> dict[str, dict[str, Json]]:
    """What each recipient of an example saw of it, field by field."""
    seen: dict[str, dict[str, Json]] = {}
    got = {(one.referralId, one.revision, one.partner) for one in found}
    partners = sorted({one.partner for one in found})
    for example in stage.examples():
        for partner in partners:
            if (*example.key, partner) in got and example.header["operation"] != "withdraw":
                preview = stage.preview(example.file, partner)
                if preview:
                    seen.setdefault(example.name, {})[partner] = preview
    return seen


def rules() -> dict[tuple[str, str], Json]:
    """Reason and action of each line of each policy, by partner and rule; and the rules R01..."""
    found: dict[tuple[str, str], Json] = {}
    for code, policy in stage.policies().items():
        for part in ("field", "pseudonymised", "deidentified"):
            for line in policy.get(part, []):
                found.setdefault((code, line["rule"]), line)
    for code, line in stage.codes("rules").items():
        found["", code] = {"reason": line["labels"]["en"]}
    found["", "no-rule"] = {"reason": "No line of the policy covers it, so it is not disclosed"}
    return found


def made() -> dict[str, str]:
    files = {stage.DEMO / place: words for place, words in MADE.items()}
    return {stage.referral_id(file): words for file, words in files.items() if file.exists()}


def gather() -> Facts:
    found, told, events = deliveries(), stage.story(), stage.hear()
    return Facts(
        began=moment(told[0]["at"]), ended=moment(told[-1]["at"]), deliveries=found,
        previews=previews(found), examples=stage.examples(), events=events, story=told,
        partners=stage.register(), rules=rules(),
        made=made())
