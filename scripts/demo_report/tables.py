"""Tables for the terminal. What is read on standard input are JSON Lines of referralctl."""
# SPDX-License-Identifier: Apache-2.0
import collections
import pathlib
import sys
import textwrap

from demo_report import stage
from demo_report.stage import Json

RULES_SHOWN = 3
CELL = 26


def standard_input() -> list[Json]:
    return stage.json_lines(sys.stdin.read())


def accepted() -> list[Json]:
    return [line for line in standard_input()
            if line["kind"] == "submission" and line["result"] == "accepted"]


def submissions() -> int:
    """One line for each submission handed in; fails when one was refused."""
    lines = [line for line in standard_input() if line["kind"] == "submission"]
    names = {one.key: one.name for one in stage.examples()}
    for one in lines:
        if one["result"] != "accepted":
            continue
        partners = ", ".join(
            to["partner"] + ("" if to["detailLevel"] == "full" else f" ({to['detailLevel']})")
            for to in one["deliveries"])
        name = names.get((one["referralId"], one["revision"]), one["referralId"])
        print(f"    {name:28} to {partners}")
    return sum(1 for one in lines if one["result"] != "accepted")


def expected() -> None:
    """How many deliveries were made of what was accepted."""
    print(sum(len(one["deliveries"]) for one in accepted()))


def routes() -> int:
    """Whom the routes chose, and how much each gets or by which rule nothing; 1 when nobody."""
    goes = 0
    for line in standard_input():
        if not line.get("routes"):
            continue
        rules = " ".join(sorted({one["rule"] for one in line.get("reasons", [])}))
        level = line["detailLevel"] if line["goes"] else f"nothing: {rules}"
        print(f"    {line['partner']:13} {level:24} by {', '.join(line['routes'])}")
        goes += line["goes"]
    return 0 if goes else 1


def needed(unnamed: str, *more: str) -> None:
    """The partners that get something in the demonstration; the others need not run."""
    codes = stage.routed(pathlib.Path(unnamed)).union(more)
    for one in stage.examples():
        codes |= set(one.submission.get("recipients") or stage.routed(one.file))
    print("\n".join(sorted(codes)))


def examples(which: str) -> None:
    """The files of one act, in the order in which they are handed in."""
    for one in stage.examples():
        if one.is_first == (which == "first"):
            print(one.file.relative_to(stage.ROOT))


def deliveries() -> None:
    """How many to each partner, by kind, detail level and state."""
    rows = collections.Counter(
        (one["partner"], one["referralKind"], one["detailLevel"], one["state"])
        for one in standard_input() if one["kind"] == "delivery")
    for (partner, kind, level, state), count in sorted(rows.items()):
        print(f"    {partner:13} {kind:24} {level:13} {state:10} {count}")


def matrix(*names: str) -> None:
    """Fields let through of all fields, by group and partner, and the rules that held some back."""
    lines = [line for line in stage.ctl("list", "--limit", "1000") if line["kind"] == "delivery"]
    for example in stage.examples():
        if example.name not in names:
            continue
        print(f"  {example.name}")
        partners = sorted(line["partner"] for line in lines
                          if (line["referralId"], line["revision"]) == example.key)
        found = [stage.preview(example.file, partner) for partner in partners]
        for row in matrix_rows([one for one in found if one]):
            print("    " + row.rstrip())


def matrix_rows(previews: list[Json]) -> list[str]:
    groups: dict[str, dict[str, list[Json]]] = {}
    for preview in previews:
        for line in preview["lines"]:
            group = groups.setdefault(line["pointer"].split("/")[1], {})
            group.setdefault(preview["partner"], []).append(line)
    partners = [one["partner"] for one in previews]
    heads = [f"{one['partner']}, {one['detailLevel']}" for one in previews]
    rows = ["".ljust(14) + "".join(head.ljust(CELL + 2) for head in heads)]
    for name, by_partner in groups.items():
        cells = [matrix_cell(by_partner.get(partner, [])) for partner in partners]
        rows.append(name.ljust(14) + "".join(cell[:CELL].ljust(CELL + 2) for cell in cells))
    return rows


def matrix_cell(lines: list[Json]) -> str:
    held = sorted({line["rule"] for line in lines if line["effect"] == "removed"})
    shown = sum(1 for line in lines if line["effect"] != "removed")
    if not lines:
        return "-"
    rules = " ".join(held[:RULES_SHOWN]) + (" ..." if len(held) > RULES_SHOWN else "")
    return f"{shown} of {len(lines)}" + (f" ({rules})" if rules else "")


def refusals() -> None:
    """The acknowledgements of one delivery that were refused; the last line has their codes."""
    shown = standard_input()[0]
    failed = [refusal(one) for one in shown["acknowledgements"] if one["verdict"] != "verified"]
    states = [line["state"] for line in stage.log()
              if line["event"] == "delivery-attempted" and line["delivery"] == shown["id"]]
    for (step, title, code), state in zip(failed, states):
        print(f"    step {step:2} {title:42} {code:24} then {state}")
    print(" ".join(code for _, _, code in failed))


def refusal(acknowledgement: Json) -> tuple[int, str, str]:
    """Number and title of the step that failed, and its code."""
    for line in acknowledgement["report"]:
        if line["outcome"] == "failed":
            return line["step"], line["title"], line["code"]
    return 0, "", acknowledgement["verdict"]


def revisions() -> None:
    """Who got which revisions of the referrals that have more than one."""
    rows: dict[tuple[str, str], list[Json]] = {}
    for line in standard_input():
        rows.setdefault((line["referralId"], line["partner"]), []).append(line)
    names = {one.key[0]: one.name for one in stage.examples() if one.is_first}
    for (referral, partner), lines in sorted(rows.items()):
        lines.sort(key=lambda line: line["revision"])
        if len(lines) > 1 and referral in names:
            steps = ", ".join(f"{line['revision']} {line['operation']}" for line in lines)
            print(f"    {names[referral]:28} {partner:13} {steps}")


def told(kind: str, referral: str = "") -> int:
    """Prints the last such event in Dutch; 1 when there is none."""
    found = [event for event in stage.hear() if event["kind"] == kind
             and event.get("referralId", "") == referral]
    if not found:
        return 1
    print(in_dutch(found[-1]))
    return 0


def in_dutch(event: Json) -> str:
    """Time, label and what to do, as a case worker reads them."""
    label = event["labels"]["nl"]
    partner = f" [{event['partner']}]" if "partner" in event else ""
    lines = [f"{event['at'][11:19]}  {label}{partner}"]
    texts = [event["whatToDo"]["nl"]] if "whatToDo" in event else []
    for reason in event.get("reasons", []):
        texts.append(f"{reason['code']}: {reason['labels']['nl']}. {reason['whatToDo']['nl']}")
    for text in texts:
        lines += textwrap.wrap(text, 84, initial_indent=" " * 10, subsequent_indent=" " * 10)
    return "\n".join("    " + line for line in lines)


def events() -> None:
    """How often each kind of event was told, with its Dutch label and what to do."""
    found = stage.hear()
    counts = collections.Counter(
        (event["labels"]["nl"], event.get("whatToDo", {}).get("nl", "")) for event in found)
    for (label, advice), count in counts.items():
        print(f"    {count:4} x {label}")
        for line in textwrap.wrap(advice, 80):
            print(f"           {line}")
    print(f"  {len(found)} events, each taken away by its reader; from the folder spool/events")
