"""Looks into what the partners really hold, and compares it with what was promised."""
# SPDX-License-Identifier: Apache-2.0
import collections.abc
import typing

from demo_report import stage
from demo_report.stage import Json

# Shorter texts are codes that stand in many places.
SHORTEST = 6


def leaves(value: typing.Any, pointer: str = "") -> collections.abc.Iterator[tuple[str, str]]:
    """Every text in a JSON value with its pointer."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from leaves(element, f"{pointer}/{index}")
    elif isinstance(value, str):
        yield pointer, value


def held_back_values(example: stage.Example, preview: Json) -> set[str]:
    """Texts that a rule took out, and that stand nowhere in what was let through."""
    texts = dict(leaves(example.submission["referral"]))
    effects = {line["pointer"]: line["effect"] for line in preview["lines"]}
    kept = {text for pointer, text in texts.items() if effects.get(pointer) != "removed"}
    removed = {text for pointer, text in texts.items() if effects.get(pointer) == "removed"}
    return {text for text in removed - kept if len(text) >= SHORTEST}


def held_back() -> int:
    """Searches each document that a partner holds for every text that a rule took out of it."""
    by_key = {one.key: one for one in stage.examples() if one.is_first}
    documents = searched = 0
    for line in stage.ctl("list", "--limit", "1000"):
        example = by_key.get((line["referralId"], line["revision"]))
        if line["kind"] != "delivery" or not example:
            continue
        document = stage.received(line["partner"], line["id"])
        preview = stage.preview(example.file, line["partner"])
        if not document or not preview:
            print(f"{line['partner']} does not hold {example.name}")
            return 1
        removed = held_back_values(example, preview)
        there = removed & {text for _, text in leaves(document)}
        if there:
            print(f"{len(there)} texts that a rule took out of {example.name} reached"
                  f" {line['partner']}")
            return 1
        documents, searched = documents + 1, searched + len(removed)
    print(f"{searched} texts that rules took out were looked for in the {documents} documents that"
          " the partners hold: none is there")
    return 0 if documents and searched else 1


def reached() -> int:
    """Every later revision names what its recipient got before, and a withdrawal left nothing."""
    first = {one.key[0] for one in stage.examples() if one.is_first}
    chains: dict[tuple[str, str], list[Json]] = {}
    for line in stage.ctl("list", "--limit", "1000"):
        if line["kind"] == "delivery" and line["referralId"] in first:
            chains.setdefault((line["referralId"], line["partner"]), []).append(line)
    corrected = withdrawn = 0
    for (_, partner), chain in chains.items():
        chain.sort(key=lambda line: line["revision"])
        problem, named = broken_link(partner, chain)
        if problem:
            print(problem)
            return 1
        corrected += named
        withdrawn += chain[-1]["operation"] == "withdraw"
    print(f"{corrected} later revisions name the digest of what that partner got before;"
          f" after {withdrawn} withdrawals the partner's store holds no content")
    return 0 if corrected and withdrawn else 1


def broken_link(partner: str, chain: list[Json]) -> tuple[str, int]:
    """What is wrong with one partner's revisions of one referral, and how many links were right."""
    documents = [stage.received(partner, line["id"]) for line in chain]
    if chain[-1]["operation"] == "withdraw":
        kept = [one for one in documents[:-1] if one]
        persons = documents[-1] and documents[-1]["data"].get("persons")
        if kept or persons:
            return f"{partner} still holds content that was withdrawn", 0
    named = 0
    for before, document in zip(chain, documents[1:]):
        if document is None:
            continue
        supersedes = document["data"]["header"].get("supersedes", {})
        if supersedes.get("digest") != stage.payload_digest(before["id"]):
            return f"{partner} got a revision that does not name the one before", 0
        named += 1
    return "", named
