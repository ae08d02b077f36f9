"""Who saw what: referral by partner, and behind each row its fields by JSON Pointer."""
# SPDX-License-Identifier: Apache-2.0
import collections
import re

from demo_report import stage
from demo_report.facts import Facts
from demo_report.markup import Markup, box, el, joined, number, scrolled
from demo_report.stage import Example, Json

EFFECTS = {"disclosed": ("●", "shown"), "generalised": ("◐", "coarser"),
           "removed": ("○", "held back")}
BAR = 72.0
LEVELS = {"full": "full", "pseudonymised": "pseudonymised", "deidentified": "de-identified"}


def counts(preview: Json) -> dict[str, int]:
    found = collections.Counter(line["effect"] for line in preview["lines"])
    return {effect: found.get(effect, 0) for effect in EFFECTS}


def in_words(found: dict[str, int]) -> str:
    return ", ".join(f"{count} {EFFECTS[effect][1]}" for effect, count in found.items() if count)


def bar(found: dict[str, int]) -> Markup:
    """Shares as lengths: filled, striped, empty."""
    total, x, parts = sum(found.values()), 0.0, []
    for effect, count in found.items():
        width = BAR * count / total
        if count:
            parts.append(box(x, 0.5, width, 11, f"share {effect}"))
        x += width
    return el("svg", parts, box(0.5, 0.5, BAR - 1, 11, "outline"), width=number(BAR), height="12",
              viewBox=f"0 0 {number(BAR)} 12", aria_hidden="true", class_="bar")


def cell(example: Example, preview: Json | None) -> Markup:
    if preview is None:
        return el("td", el("span", "–", aria_hidden="true"),
                  el("span", "not a recipient", class_="unseen"), class_="none")
    found, level = counts(preview), LEVELS[preview["detailLevel"]]
    kept = found["disclosed"] + found["generalised"]
    return el(
        "td",
        el("a", bar(found),
           el("span", f"{kept} of {sum(found.values())}", class_="count"),
           el("span", level, class_=f"level {preview['detailLevel']}"),
           href=f"#fields-{example.name}",
           aria_label=f"{preview['partner']}, {level}: {in_words(found)}"))


def legend() -> Markup:
    rows = [("disclosed", "shown as it is"), ("generalised", "made coarser: a year, a region, an"
             " age band"), ("removed", "held back by a rule")]
    return el("p", [
        el("span", el("svg", box(0.5, 0.5, 21, 11, f"share {effect}"),
                      box(0.5, 0.5, 21, 11, "outline"), width="22", height="12",
                      aria_hidden="true"),
           f" {EFFECTS[effect][0]} {words}", class_="key") for effect, words in rows],
        class_="legend")


def overview(facts: Facts) -> Markup:
    partners = [code for code in facts.partners
                if any(code in seen for seen in facts.previews.values())]
    kinds = stage.codes("kinds")
    rows = []
    for example in facts.examples:
        seen = facts.previews.get(example.name)
        if not seen:
            continue
        header = example.header
        kind = kinds[header["kind"]]["labels"]["en"]
        operation = "" if header["operation"] == "create" else f", {header['operation']}"
        rows.append(el(
            "tr", el("th", el("a", example.name, href=f"#fields-{example.name}"),
                     el("span", kind + operation, class_="kind"), scope="row"),
            [cell(example, seen.get(partner)) for partner in partners]))
    return scrolled(
        "Referrals by partner",
        el("table",
           el("caption", "How many fields of each referral each partner saw. A part that is taken"
              " out whole counts once."),
           el("thead", el("tr", el("th", "Referral", scope="col"),
                          [el("th", code, scope="col") for code in partners])),
           el("tbody", rows), class_="matrix"))


def pattern(pointer: str) -> str:
    """The pointer with * for every index."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


def field_cell(lines: list[Json]) -> Markup:
    """What became of the fields of one pattern, with the rules where some were changed."""
    if not lines:
        return el("td", class_="none")
    parts: list[Markup] = []
    by_effect = collections.Counter(line["effect"] for line in lines)
    for effect, (sign, word) in EFFECTS.items():
        count = by_effect.get(effect, 0)
        if not count:
            continue
        rules = sorted({line["rule"] for line in lines if line["effect"] == effect})
        parts.append(el(
            "span", el("span", sign, aria_hidden="true"), el("span", word, class_="unseen"),
            f" {count}" if len(by_effect) > 1 or count > 1 else "",
            el("code", " ".join(rules)) if effect != "disclosed" else "",
            class_=f"effect {effect}"))
    return el("td", parts)


def rule_list(facts: Facts, seen: dict[str, Json]) -> Markup:
    """The rules that changed or held something back, with their reasons."""
    used = sorted({(line["rule"], partner) for partner, preview in seen.items()
                   for line in preview["lines"] if line["effect"] != "disclosed"})
    texts: dict[tuple[str, str], list[str]] = {}
    for rule, partner in used:
        found = facts.rules.get((partner, rule)) or facts.rules.get(("", rule))
        reason = found["reason"] if found else "see docs/rules.md"
        texts.setdefault((rule, reason.rstrip(".")), []).append(partner)
    if not texts:
        return el("p", "No rule changed anything or held anything back.")
    return joined(
        el("h3", "Rules that changed or held something back"),
        el("dl", [
            joined(el("dt", el("code", rule), " ", ", ".join(partners)), el("dd", reason + "."))
            for (rule, reason), partners in texts.items()], class_="rules"))


def fields(facts: Facts, example: Example, seen: dict[str, Json]) -> Markup:
    rows: dict[str, dict[str, list[Json]]] = {}
    for partner, preview in seen.items():
        for line in preview["lines"]:
            row = rows.setdefault(pattern(line["pointer"]), {})
            row.setdefault(partner, []).append(line)
    order = {pointer: index for index, pointer in enumerate(rows)}
    groups: dict[str, list[str]] = {}
    for pointer in sorted(rows, key=lambda one: order[one]):
        groups.setdefault(pointer.split("/")[1], []).append(pointer)
    bodies = [
        el("tbody", el("tr", el("th", group, colspan=len(seen) + 1, scope="rowgroup")),
           [el("tr", el("th", el("code", pointer), scope="row"),
               [field_cell(rows[pointer].get(partner, [])) for partner in seen])
            for pointer in pointers])
        for group, pointers in groups.items()]
    heads = [el("th", partner, el("span", LEVELS[preview["detailLevel"]], class_="kind"),
                scope="col") for partner, preview in seen.items()]
    return el(
        "details", el("summary", example.name, el("span", f"{len(rows)} kinds of fields,"
                      f" {len(seen)} partner{'s' if len(seen) > 1 else ''}", class_="kind")),
        # Browsers open a closed part for a link to what is in it.
        el("div", scrolled(f"Fields of {example.name}", el(
            "table", el("thead", el("tr", el("th", "Field", scope="col"), heads)), bodies,
            class_="fields")), rule_list(facts, seen), id=f"fields-{example.name}"))


def section(facts: Facts) -> Markup:
    return joined(
        legend(), overview(facts),
        el("p", "Open a referral for each of its fields, with the rule that decided. Indices of"
           " arrays are written as ", el("code", "*"), "; a number says of how many fields."),
        [fields(facts, example, facts.previews[example.name])
         for example in facts.examples if example.name in facts.previews])
