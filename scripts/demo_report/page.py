"""report.html: one file that needs no other, no script and no network."""
# SPDX-License-Identifier: Apache-2.0
import collections
import datetime
import pathlib

from demo_report import facts, machine, matrix, scenes, stage, timeline
from demo_report.facts import Facts
from demo_report.markup import Markup, el

# Nothing but the styles in the page itself is ever loaded.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
NOT_SHOWN = (
    ("The service under systemd: unit, watchdog, rights of operators", "docs/service.md"),
    ("Keys and certificates that are no samples", "docs/configuration.md"),
    ("Metrics, health and what to watch", "docs/monitoring.md"),
    ("Every order of an operator, alarms and jobs", "docs/operations.md"),
    ("Full disks, broken disks and wrong clocks", "docs/faults.md"),
    ("Revocation lists that run out, and answers that are undecided", "docs/verification.md"),
    ("The evidence log", "README.md"),
    ("Speed: this is a debug build that works for seconds", "docs/states.md"),
)


def section(name: str, title: str, lead: object, *children: object) -> Markup:
    return el("section", el("h2", title, id=f"{name}-head"), el("p", lead, class_="lead"),
              *children, id=name, aria_labelledby=f"{name}-head")


def figures(found: Facts) -> Markup:
    states = collections.Counter(one.state for one in found.deliveries)
    refused = sum(ack.verdict != "verified" for one in found.told for ack in one.acknowledgements)
    rows = [
        (len({one.partner for one in found.deliveries}), "partners"),
        (len(found.deliveries), "deliveries"),
        (states["DELIVERED"], "with a verified receipt"),
        (refused, "receipts refused"),
        (len(found.events), "events to the case system"),
        (f"{found.ended - found.began:.0f} s", "from first to last"),
    ]
    return el("dl", [el("div", el("dt", name), el("dd", value)) for value, name in rows],
              class_="figures")


def sections(found: Facts) -> list[tuple[str, str, Markup]]:
    """Name, title for the contents, and the section."""
    made = [
        ("saw", "Who saw what", "Each partner has a policy. What it does not name, the partner"
         " does not get. After the first act the demonstration searched what the partners'"
         " own stores hold for each text that was held back.",
         matrix.section(found)),
        ("time", "The deliveries in time", "The police's system and the gateway itself are killed"
         " while 200 referrals are in flight, two other partners are down for a while, one lies."
         " Nothing is lost, and nothing takes effect twice.", timeline.section(found)),
        ("states", "The states of a delivery", "On each arrow: how often it was taken, and by"
         " which routes of the table. Grey arrows were not taken. Square corners are ends.",
         machine.section(found)),
        ("lies", "Three lies", "A receipt is believed only when its signature, its signer and its"
         " digests are right.", scenes.lies(found)),
        ("events", "What the case worker reads", "The case system hears back by files, in Dutch"
         " and English. Here is the Dutch of all events that ask for somebody, and of the referral"
         " in immediate danger from its first event to its receipt.", scenes.events(found)),
        ("revisions", "Corrections and withdrawals", "They go to everybody who got the original;"
         " each revision names the digest of what this partner got before. After a withdrawal the"
         " partner's store holds no content any more.", scenes.revisions(found)),
    ]
    return [(name, title, section(name, title, lead, body)) for name, title, lead, body in made]


def not_shown() -> Markup:
    return section(
        "rest", "What this run did not show", "Each of these has its own page.",
        el("ul", [el("li", words, " ", el("a", place, href=f"../{place}"))
                  for words, place in NOT_SHOWN], class_="rest"))


def scale_note(found: Facts) -> str:
    """What is quicker here than in service."""
    scales = stage.settings()["delivery"]
    danger = next((one for one in found.told if one.priority == "immediate-danger"), None)
    called = next((one for one in found.events if one["kind"] == "call-partner"), None)
    note = f" Waits between attempts are {scales['retry_scale']:.0%} of the true ones"
    if not danger or not called:
        return note + "."
    after = facts.moment(called["at"]) - danger.accepted
    scale = scales["answer_scale"]
    share = "the true" if scale == 1 else f"{scale:.0%} of the true"
    return (f"{note}; a call to the partner was asked for after {after:.1f} s, by {share} 60 s."
            " Only the profile development can shorten them.")


def document(found: Facts) -> str:
    made = sections(found)
    day = datetime.datetime.fromtimestamp(found.began, datetime.UTC).strftime("%-d %B %Y, %H:%M")
    style = pathlib.Path(__file__).with_name("style.css").read_text()
    head = el(
        "head", el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", "Referral Gateway: what the demonstration showed"),
        el("style", Markup(style)))
    body = el(
        "body", el("a", "To the first part", href="#saw", class_="skip"), timeline.PATTERNS,
        el("header", el("p", "Referral Gateway, demonstration", class_="over"),
           el("h1", "Who saw what, and what arrived"),
           el("p", f"A run of scripts/demo on {day} UTC, with fictional referrals only."
              f"{scale_note(found)}", class_="lead"),
           figures(found)),
        el("nav", el("ol", [el("li", el("a", title, href=f"#{name}")) for name, title, _ in made],
                     el("li", el("a", "What this run did not show", href="#rest"))),
           aria_label="Contents"),
        el("main", [one for _, _, one in made], not_shown()),
        el("footer", el("p", "Every person, organisation, number and place is invented. This page"
                        " is one file without scripts; it loads nothing.")))
    return "<!doctype html>\n" + el("html", head, body, lang="en") + "\n"


def write(file: str) -> None:
    """Gathers what happened from the running programs and writes the page."""
    pathlib.Path(file).write_text(document(facts.gather()))
