"""The lies and their refusal, the events in Dutch, and the chains of revisions."""
# SPDX-License-Identifier: Apache-2.0
import collections

from demo_report.facts import Delivery, Facts, moment
from demo_report.markup import Markup, box, el, joined, number, scrolled, text
from demo_report.stage import Json

STEP = 15.0
# By the step of the exercise that makes the lie (docs/exercises.md).
LIES = {
    "payload-digest-mismatch": (
        "A receipt for other octets", "It is signed with the partner's own key, but the digest in"
        " it is not that of the document that we sent."),
    "signature-invalid": (
        "A stranger's signature", "The partner's certificate is named, but another key signed."),
    "identity-mismatch": (
        "Another partner's name", "It is well signed by this partner, and says that somebody else"
        " received the document."),
}
TIMES = {"call-partner": "!", "not-arrived": "!", "held": "■", "refused": "✕", "delivered": "✓",
         "accepted": "→", "cancelled": "–", "dead": "✕", "expired": "✕", "answer": "↩"}


def strip(steps: list[Json]) -> Markup:
    """The steps of the verification in a row: passed, failed, not reached."""
    parts = []
    for index, one in enumerate(steps):
        x = index * STEP
        parts.append(box(x + 1, 1, STEP - 2, STEP - 2, f"check {one['outcome']}", 2))
        sign = {"passed": "✓", "failed": "✕"}.get(one["outcome"], "·")
        parts.append(text(x + STEP / 2, STEP - 4, sign, f"check {one['outcome']}", "middle"))
    failed = next((one for one in steps if one["outcome"] == "failed"), None)
    words = f"step {failed['step']} failed" if failed else "all steps passed"
    return el("svg", el("title", words), parts, role="img", class_="picture strip",
              viewBox=f"0 0 {number(STEP * len(steps))} {number(STEP)}",
              width=number(STEP * len(steps)), height=number(STEP))


def liar(facts: Facts) -> Delivery | None:
    """The delivery with the most refused acknowledgements."""
    refused = {one.id: sum(ack.verdict != "verified" for ack in one.acknowledgements)
               for one in facts.told}
    return max((one for one in facts.told if refused[one.id]),
               key=lambda one: refused[one.id], default=None)


def lies(facts: Facts) -> Markup:
    delivery = liar(facts)
    if delivery is None:
        return el("p", "No receipt was refused in this run.")
    total = max(len(one.steps) for one in delivery.acknowledgements)
    after = [state for before, state in zip(delivery.path, delivery.path[1:])
             if before == "SENDING"]
    rows = []
    for one, state in zip(sorted(delivery.acknowledgements, key=lambda ack: ack.at), after):
        code = one.failed.get("code", "")
        steps = one.steps + [{"outcome": "skipped"}] * (total - len(one.steps))
        name, wrong = LIES.get(code, ("A receipt", "")) if code else (
            "The honest receipt", "After the operator released the delivery: the partner's first,"
            " true receipt.")
        verdict = joined(el("code", code), f" at step {one.failed['step']},"
                         f" {one.failed['title']}") if code else el("strong", "verified")
        rows.append(el(
            "tr", el("th", name, el("span", wrong, class_="kind"), scope="row"),
            el("td", strip(steps), el("div", verdict)),
            el("td", el("span", state, class_="step"))))
    return joined(
        el("p", "One delivery to ", el("strong", delivery.partner), ", one document, the same"
           " octets each time. Whatever the status of the answer says: without a receipt that"
           " passes each step, the delivery is not DELIVERED. After the third answer that is no"
           " proof it is HELD, and a person must look."),
        scrolled("Refused receipts", el(
            "table", el("thead", el("tr", [el("th", head, scope="col") for head in (
                "What the partner sent", f"The {total} steps of the verification",
                "The delivery afterwards")])),
            el("tbody", rows), class_="lies")))


def event_item(facts: Facts, event: Json) -> Markup:
    """One event as a case worker reads it, in Dutch."""
    advice = [el("p", event["whatToDo"]["nl"])] if "whatToDo" in event else []
    reasons = [el("li", el("code", one["code"]), f" {one['labels']['nl']}. ",
                  one["whatToDo"]["nl"]) for one in event.get("reasons", [])]
    partner = facts.partners.get(event.get("partner", ""), {}).get("name")
    after = f"{moment(event['at']) - facts.began:.1f}".replace(".", ",")
    loud = event["kind"] in ("call-partner", "not-arrived", "held", "refused")
    return el(
        "li", el("span", TIMES.get(event["kind"], "·"), class_="sign", aria_hidden="true"),
        el("div", el("h3", event["labels"]["nl"],
                     el("span", f" na\u00a0{after}\u00a0s", class_="kind")),
           el("p", partner, class_="kind") if partner else None, advice,
           el("ul", reasons) if reasons else None),
        class_="loud" if loud else None)


def events(facts: Facts) -> Markup:
    """Those that ask for something, and what came of the danger; the others are counted."""
    danger = {one.referralId for one in facts.told if one.priority == "immediate-danger"}
    shown = [event for event in facts.events
             if event.get("referralId") in danger
             or event["kind"] not in ("accepted", "delivered")]
    counted = collections.Counter(event["labels"]["nl"] for event in facts.events
                                  if event not in shown)
    rest = ", ".join(f"{count} × {label}" for label, count in counts(counted))
    return el("div", el("ol", [event_item(facts, event) for event in shown], class_="events"),
              el("p", f"En verder: {rest}.") if rest else None, lang="nl")


def counts(counted: collections.Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: -item[1])


def revisions(facts: Facts) -> Markup:
    chains: dict[tuple[str, str], list[Delivery]] = {}
    for one in facts.told:
        if one.referralId in facts.names:
            chains.setdefault((one.referralId, one.partner), []).append(one)
    rows = []
    for (referral, partner), chain in sorted(chains.items()):
        chain.sort(key=lambda one: one.revision)
        if len(chain) < 2:
            continue
        links: list[object] = []
        for index, one in enumerate(chain):
            links += [el("span", " → ", class_="to") if index else None,
                      el("span", f"{one.revision} {one.operation}", class_="step")]
        rows.append(el("tr", el("th", facts.names[referral], scope="row"), el("td", partner),
                       el("td", links), el("td", chain[-1].state)))
    heads = ["Referral", "Partner", "Revisions that it got", "The last one"]
    return scrolled("Revisions", el(
        "table", el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", rows), class_="revisions"))
