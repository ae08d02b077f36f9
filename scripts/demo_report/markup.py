"""HTML and SVG as text; everything that comes from outside is escaped here."""
# SPDX-License-Identifier: Apache-2.0
import html


class Markup(str):
    """Text that is markup already."""


def escaped(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape(str(value), quote=True)


def joined(*children: object) -> Markup:
    """Children one after the other; None stands for nothing."""
    flat: list[str] = []
    for child in children:
        if isinstance(child, (list, tuple)):
            flat.append(joined(*child))
        elif child is not None:
            flat.append(escaped(child))
    return Markup("".join(flat))


VOID = {"path", "circle", "rect", "line", "polygon", "meta", "br", "use"}


def el(tag: str, *children: object, **attributes: object) -> Markup:
    """An element. `class_` is class, `aria_label` is aria-label; None leaves an attribute out."""
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items() if value is not None)
    if tag in VOID and not children:
        return Markup(f"<{tag}{named}/>" if tag not in ("meta", "br") else f"<{tag}{named}>")
    return Markup(f"<{tag}{named}>{joined(*children)}</{tag}>")


def number(value: float) -> str:
    """A coordinate, no longer than it need be."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def picture(width: float, height: float, title: str, description: str, *children: object,
            name: str) -> Markup:
    """An SVG picture that says in words what it shows."""
    return el(
        "svg", el("title", title, id=f"{name}-title"), el("desc", description, id=f"{name}-desc"),
        *children, viewBox=f"0 0 {number(width)} {number(height)}", width=number(width),
        height=number(height), role="img",
        aria_labelledby=f"{name}-title {name}-desc", class_=f"picture {name}")


def text(x: float, y: float, content: str, class_: str = "label", anchor: str = "start") -> Markup:
    return el("text", content, x=number(x), y=number(y), class_=class_,
              text_anchor=None if anchor == "start" else anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return el("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def box(x: float, y: float, width: float, height: float, class_: str, radius: float = 0) -> Markup:
    return el("rect", x=number(x), y=number(y), width=number(width), height=number(height),
              rx=number(radius) if radius else None, class_=class_)


def scrolled(label: str, *children: object) -> Markup:
    """What may be wider than a small screen; the keyboard can scroll it."""
    return el("div", *children, class_="scroll", role="region", aria_label=label, tabindex="0")
