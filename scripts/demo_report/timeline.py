"""The deliveries in time: attempts, refused and true receipts, alarms, and who was down."""
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import math

from demo_report.facts import Delivery, Facts, moment
from demo_report.markup import Markup, box, el, joined, line, number, picture, scrolled, text

GUTTER, WIDTH, RIGHT = 148.0, 1120.0, 24.0
TOP, BASE_ROW, SUB_ROW, GAP = 58.0, 30.0, 26.0, 8.0
ALARMS = {"not-arrived": "not arrived", "call-partner": "call the partner", "held": "held"}
# Width of one bar of receipts, in seconds.
BIN = 0.25


@dataclasses.dataclass(frozen=True)
class Lane:
    partner: str
    y: float
    height: float
    single: list[Delivery]
    long: list[Delivery]


class Scale:
    """Seconds of the demonstration to places in the picture."""

    def __init__(self, facts: Facts) -> None:
        self.began = facts.began
        self.seconds = max(1.0, facts.ended - facts.began)

    def x(self, at: float) -> float:
        share = (at - self.began) / self.seconds
        return GUTTER + min(max(share, 0), 1) * (WIDTH - GUTTER - RIGHT)

    def since(self, at: float) -> str:
        return f"{at - self.began:.1f} s"


def lanes(facts: Facts) -> list[Lane]:
    """One for each partner that got something; deliveries of more than one attempt stand alone."""
    found, y = [], TOP
    for partner in facts.partners:
        mine = [one for one in facts.deliveries if one.partner == partner]
        if not mine:
            continue
        long = [one for one in mine if not one.is_load and len(one.attempts) > 1]
        single = [one for one in mine if one not in long]
        height = BASE_ROW + SUB_ROW * len(long)
        found.append(Lane(partner, y, height, single, long))
        y += height + GAP
    return found


def spans(facts: Facts) -> dict[str, list[tuple[float, float]]]:
    """When each program was down."""
    found: dict[str, list[tuple[float, float]]] = {}
    since: dict[str, float] = {}
    for one in facts.story:
        if one["what"] == "down":
            since[one["who"]] = moment(one["at"])
        elif one["what"] == "up" and one["who"] in since:
            found.setdefault(one["who"], []).append((since.pop(one["who"]), moment(one["at"])))
    return found


def tried(x: float, y: float) -> Markup:
    return el("path", d=f"M{number(x - 4)} {number(y - 4)}l8 8m0 -8l-8 8", class_="tried")


def lied(x: float, y: float) -> Markup:
    points = f"{number(x)},{number(y - 7)} {number(x + 7)},{number(y)} " \
             f"{number(x)},{number(y + 7)} {number(x - 7)},{number(y)}"
    return joined(el("polygon", points=points, class_="lied"),
                  line(x, y - 3, x, y + 1, "stroke"), line(x, y + 2.6, x, y + 3.4, "stroke"))


def receipt(x: float, y: float) -> Markup:
    return joined(el("circle", cx=number(x), cy=number(y), r="6", class_="receipt"),
                  el("path", d=f"M{number(x - 3)} {number(y)}l2.2 2.4l3.8 -4.6", class_="tick"))


def alarm(x: float, y: float) -> Markup:
    points = f"{number(x)},{number(y - 8)} {number(x + 8)},{number(y + 6)} " \
             f"{number(x - 8)},{number(y + 6)}"
    return joined(el("polygon", points=points, class_="alarm"),
                  line(x, y - 3, x, y + 1.4, "stroke"), line(x, y + 3, x, y + 3.8, "stroke"))


def began(x: float, y: float) -> Markup:
    return line(x, y - 8, x, y + 8, "began")


def long_row(facts: Facts, delivery: Delivery, y: float, scale: Scale) -> Markup:
    """One delivery that took more than one attempt."""
    start, end = scale.x(delivery.accepted), scale.x(delivery.delivered or facts.ended)
    lies = {one.at for one in delivery.acknowledgements if one.verdict != "verified"}
    alarms = -99.0
    marks: list[Markup] = [line(start, y, end, y, "way"), began(start, y)]
    for event in facts.events:
        if event["kind"] in ALARMS and event.get("deliveryId") == delivery.id:
            x = max(scale.x(moment(event["at"])), alarms + 17)
            marks.append(alarm(x, y))
            alarms = x
    for attempt in delivery.attempts:
        x = scale.x(attempt.ended)
        if any(abs(attempt.ended - at) < 0.05 for at in lies):
            marks.append(lied(x, y))
        elif attempt.outcome == "done":
            marks.append(receipt(x, y))
        else:
            marks.append(tried(x, y))
    name = facts.title(delivery)
    if end + len(name) * 6.2 + 20 < WIDTH:
        return joined(marks, text(end + 14, y + 4, name, "note"))
    return joined(marks, text(start - 16, y + 4, name, "note", "end"))


def bars(found: list[Delivery], y: float, scale: Scale) -> Markup:
    """How many receipts came, in a quarter of a second each."""
    bins: dict[int, int] = {}
    for one in found:
        if one.delivered:
            index = int((one.delivered - scale.began) / BIN)
            bins[index] = bins.get(index, 0) + 1
    most, drawn = max(bins.values(), default=1), []
    for index, count in sorted(bins.items()):
        x, width = scale.x(scale.began + index * BIN), scale.x(scale.began + BIN) - GUTTER
        height = max(2.0, 20 * math.sqrt(count / most))
        drawn.append(box(x, y + 10 - height, max(1.5, width - 1), height, "many"))
    return joined(drawn)


def lane_marks(facts: Facts, lane: Lane, scale: Scale,
               down: dict[str, list[tuple[float, float]]]) -> Markup:
    parts = [box(GUTTER, lane.y, WIDTH - GUTTER - RIGHT, lane.height, "lane", 4),
             text(GUTTER - 12, lane.y + 20, lane.partner, "who", "end")]
    for since, until in down.get(lane.partner, []):
        x, width = scale.x(since), scale.x(until) - scale.x(since)
        parts.append(box(x, lane.y, max(width, 3), lane.height, "down"))
        if width > 44:
            parts.append(text(x + 6, lane.y + 12, "down", "small"))
    middle = lane.y + BASE_ROW / 2
    load = [one for one in lane.single if one.is_load]
    if load:
        parts.append(bars(load, middle, scale))
    for one in lane.single:
        if not one.is_load and one.delivered:
            parts.append(receipt(scale.x(one.delivered), middle))
    for index, delivery in enumerate(lane.long):
        y = lane.y + BASE_ROW + SUB_ROW * index + SUB_ROW / 2 - 4
        parts.append(long_row(facts, delivery, y, scale))
    return joined(parts)


def axis(scale: Scale, bottom: float) -> Markup:
    step = next(one for one in (1, 2, 5, 10, 20, 60) if scale.seconds / one <= 14)
    parts = []
    for second in range(0, int(scale.seconds) + 1, step):
        x = scale.x(scale.began + second)
        parts += [line(x, TOP - 6, x, bottom, "grid"),
                  text(x, bottom + 18, f"{second} s", "small", "middle")]
    return joined(parts)


def acts(facts: Facts, scale: Scale, bottom: float) -> Markup:
    """Where each act begins, numbered as in the list below the picture."""
    parts: list[Markup] = []
    last = [-99.0, -99.0]
    starts = [one for one in facts.story if one["what"] == "act"][:-1]
    for index, one in enumerate(starts, 1):
        x = scale.x(moment(one["at"]))
        row = 0 if x - last[0] > 20 else 1
        last[row] = x
        y = 16 + 22 * row
        parts += [line(x, y, x, bottom, "act"),
                  el("circle", cx=number(x), cy=number(y), r="9", class_="act"),
                  text(x, y + 4, str(index), "act", "middle")]
    return joined(parts)


def legend() -> Markup:
    rows = [(receipt(9, 9), "a receipt, verified: DELIVERED"), (tried(9, 9), "an attempt that"
            " failed"), (lied(9, 9), "a receipt that was refused"), (alarm(9, 10), "alarm: not"
            " arrived, call the partner, or held"), (began(9, 9), "accepted"),
            (box(5, 3, 8, 12, "many"), "receipts of the load, per quarter second"),
            (box(1, 2, 16, 14, "down"), "this program is down")]
    return el("p", [el("span", el("svg", mark, width="18", height="18", aria_hidden="true",
                                  class_="picture"), f" {words}", class_="key")
                    for mark, words in rows], class_="legend")


def description(facts: Facts, scale: Scale) -> str:
    """The picture in words."""
    said = [f"{len(facts.deliveries)} deliveries in {scale.seconds:.0f} seconds."]
    for one in facts.told:
        if len(one.attempts) > 1 and one.delivered:
            said.append(
                f"{one.partner}, {facts.title(one)}: accepted at {scale.since(one.accepted)},"
                f" {len(one.attempts)} attempts, delivered at {scale.since(one.delivered)}.")
    for event in facts.events:
        if event["kind"] in ALARMS:
            said.append(f"{event['partner']}: {ALARMS[event['kind']]} at"
                        f" {scale.since(moment(event['at']))}.")
    return " ".join(said)


def section(facts: Facts) -> Markup:
    scale, found, down = Scale(facts), lanes(facts), spans(facts)
    bottom = found[-1].y + found[-1].height + 6
    gone = [joined(box(scale.x(since), TOP - 6, max(3, scale.x(until) - scale.x(since)),
                       bottom - TOP + 6, "down gateway"),
                   text((scale.x(since) + scale.x(until)) / 2, TOP - 12, "gateway killed", "note",
                        "middle"))
            for since, until in down.get("referrald", [])]
    drawn = picture(
        WIDTH, bottom + 26, "The deliveries in time", description(facts, scale),
        acts(facts, scale, bottom), axis(scale, bottom),
        gone, [lane_marks(facts, lane, scale, down) for lane in found], name="timeline")
    names = [one["who"] for one in facts.story if one["what"] == "act"][:-1]
    return joined(legend(), scrolled("Timeline", drawn),
                  el("ol", [el("li", name) for name in names], class_="acts"))


PATTERNS = Markup(
    '<svg width="0" height="0" class="patterns" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="7" height="7" class="hatch-ground"/>'
    '<line x1="0" y1="0" x2="0" y2="7" class="hatch-line"/></pattern>'
    '<pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="5" height="5" class="stripe-ground"/>'
    '<line x1="0" y1="0" x2="0" y2="5" class="stripe-line"/></pattern></defs></svg>')
