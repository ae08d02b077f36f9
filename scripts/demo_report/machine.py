"""The states of a delivery, with the ways that the deliveries of this run took through them."""
# SPDX-License-Identifier: Apache-2.0
import collections
import dataclasses
import string

from demo_report.facts import Delivery, Facts
from demo_report.markup import Markup, box, el, joined, picture, scrolled, text

WIDTH, HEIGHT = 1000.0, 400.0
BOX = (124.0, 46.0)
PLACES = {
    "QUEUED": (130, 200), "SENDING": (480, 200), "DELIVERED": (860, 200),
    "DEFERRED": (305, 62), "AWAITING": (670, 62), "HELD": (480, 338), "DEAD": (860, 338),
    "CANCELLED": (130, 338), "EXPIRED": (130, 62),
}
ENDED = {"DELIVERED", "DEAD", "CANCELLED", "EXPIRED"}
# Each way as a path, and the place of its number. More ways: docs/states.md.
WAYS = {
    ("QUEUED", "SENDING"): ("M192 188H418", (305, 188)),
    ("SENDING", "QUEUED"): ("M418 213H192", (305, 213)),
    ("SENDING", "DELIVERED"): ("M542 200H798", (670, 200)),
    ("SENDING", "DEFERRED"): ("M446 177L350 85", (398, 131)),
    ("DEFERRED", "SENDING"): ("M367 62C455 62 490 120 490 177", (462, 101)),
    ("DEFERRED", "QUEUED"): ("M262 85L166 177", (214, 131)),
    ("DEFERRED", "HELD"): ("M322 85L448 315", (412, 249)),
    ("SENDING", "HELD"): ("M480 223V315", (480, 269)),
    ("HELD", "QUEUED"): ("M418 338C300 338 190 300 150 223", (276, 318)),
    ("SENDING", "AWAITING"): ("M524 177L632 85", (578, 131)),
    ("AWAITING", "DELIVERED"): ("M712 85L820 177", (766, 131)),
    ("SENDING", "DEAD"): ("M540 223L798 330", (669, 276)),
    ("QUEUED", "CANCELLED"): ("M130 223V315", (130, 269)),
    ("QUEUED", "EXPIRED"): ("M130 177V85", (130, 131)),
}
WORDS = {
    "QUEUED": "durable, due", "SENDING": "attempt on record", "DELIVERED": "receipt verified",
    "DEFERRED": "goes again later", "AWAITING": "partner says later", "HELD": "a person looks",
    "DEAD": "signed rejection", "CANCELLED": "replaced or stopped", "EXPIRED": "out of time",
}


@dataclasses.dataclass(frozen=True)
class Route:
    """Deliveries that went the same way, however often they were tried again."""
    letter: str
    steps: tuple[str, ...]
    deliveries: list[Delivery]


def without_repeats(path: list[str]) -> tuple[str, ...]:
    """The way with each run of attempts that failed alike only once."""
    steps: list[str] = []
    for state in path:
        steps.append(state)
        if steps[-4:] == ["SENDING", "DEFERRED"] * 2:
            del steps[-2:]
    return tuple(steps)


def routes(facts: Facts) -> list[Route]:
    """The most taken first."""
    found: dict[tuple[str, ...], list[Delivery]] = {}
    for one in facts.deliveries:
        found.setdefault(without_repeats(one.path), []).append(one)
    order = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Route(string.ascii_uppercase[index % 26], steps, deliveries)
            for index, (steps, deliveries) in enumerate(order)]


def passages(facts: Facts) -> collections.Counter[tuple[str, str]]:
    found: collections.Counter[tuple[str, str]] = collections.Counter()
    for one in facts.deliveries:
        found.update(zip(one.path, one.path[1:]))
    return found


def letters(found: list[Route], way: tuple[str, str]) -> str:
    return "".join(route.letter for route in found
                   if way in zip(route.steps, route.steps[1:])
                   or repeats(route, way))


def repeats(route: Route, way: tuple[str, str]) -> bool:
    """The way back of a run that was written only once."""
    return any(way in zip(one.path, one.path[1:]) for one in route.deliveries)


def state(name: str, count: int) -> Markup:
    x, y = PLACES[name]
    width, height = BOX
    kind = "ended" if name in ENDED else "open"
    used = "used" if count else "unused"
    return joined(
        box(x - width / 2, y - height / 2, width, height, f"state {kind} {used}",
            4 if name in ENDED else 14),
        text(x, y - 2, name, f"state-name {used}", "middle"),
        text(x, y + 14, WORDS[name], f"small {used}", "middle"))


def arrow(way: tuple[str, str], count: int, found: list[Route]) -> Markup:
    drawn, (x, y) = WAYS[way]
    used = "used" if count else "unused"
    path = el("path", d=drawn, class_=f"way {used}", marker_end=f"url(#arrow-{used})")
    if not count:
        return path
    label = f"{count}× {letters(found, way)}"
    width = 12 + 7.2 * len(label)
    return joined(path, box(x - width / 2, y - 9, width, 18, "badge", 9),
                  text(x, y + 4, label, "badge", "middle"))


def description(found: list[Route], count: collections.Counter[tuple[str, str]]) -> str:
    ways = ". ".join(f"{before} to {after}: {number_of} times"
                     for (before, after), number_of in count.most_common())
    return f"{len(found)} different routes. {ways}."


def arrowhead(used: str) -> Markup:
    return el("marker", el("path", d="M0 0L10 5L0 10z", class_=f"head {used}"),
              id=f"arrow-{used}", viewBox="0 0 10 10", refX="9", refY="5", markerWidth="7",
              markerHeight="7", orient="auto")


def steps(route: Route) -> Markup:
    """The route in words, and how many attempts were made."""
    parts: list[object] = []
    for index, name in enumerate(route.steps):
        if index:
            parts.append(el("span", " → ", class_="to"))
        parts.append(el("span", name, class_="step"))
    tries = sorted({one.line["attempts"] for one in route.deliveries})
    span = f"{tries[0]}" if len(tries) == 1 else f"{tries[0]} to {tries[-1]}"
    return joined(parts, el("span", f"attempts: {span}", class_="kind"))


def whose(facts: Facts, route: Route) -> str:
    """Names where they are few."""
    load = sum(1 for one in route.deliveries if one.is_load)
    named = sorted({f"{one.partner}: {facts.title(one)}" for one in route.deliveries
                    if not one.is_load})
    parts = named if len(named) <= 3 else [f"{len(named)} of the examples"]
    return "; ".join(parts + ([f"{load} of the load"] if load else []))


def table(facts: Facts, found: list[Route]) -> Markup:
    rows = [el("tr", el("th", route.letter, scope="row", class_="letter"),
               el("td", steps(route)), el("td", len(route.deliveries), class_="figure"),
               el("td", whose(facts, route))) for route in found]
    heads = ["Route", "States", "Deliveries", "Which"]
    return scrolled("Routes", el(
        "table", el("thead", el("tr", [el("th", head, scope="col") for head in heads])),
        el("tbody", rows), class_="routes"))


def section(facts: Facts) -> Markup:
    found, count = routes(facts), passages(facts)
    visits = collections.Counter(name for one in facts.deliveries for name in one.path)
    drawn = picture(
        WIDTH, HEIGHT, "The states of a delivery", description(found, count),
        el("defs", arrowhead("used"), arrowhead("unused")),
        el("circle", cx="28", cy="200", r="7", class_="start"),
        el("path", d="M35 200H68", class_="way used", marker_end="url(#arrow-used)"),
        [arrow(way, count.get(way, 0), found) for way in WAYS],
        [state(name, visits.get(name, 0)) for name in PLACES], name="machine")
    other = [f"{before} to {after} ({times} times)" for (before, after), times in count.items()
             if (before, after) not in WAYS]
    return joined(
        scrolled("States", drawn),
        el("p", "Also taken, and not drawn: " + ", ".join(other) + ".") if other else None,
        table(facts, found))
