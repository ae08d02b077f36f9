"""Compare two versions of a schema: says what changed, where, and which number that asks for.

Usage: schema_changes.py OLD NEW   (two files schema.json, or two folders of them)

A change is a *text* (PATCH), an *addition* (MINOR) or *breaking* (MAJOR). An addition lets through
exactly what the old version let through, plus members that the old version does not know: then a
new receiver reads old documents, and an old receiver reads new ones without their new members.
Whatever is not shown to be that is breaking. Exit 0 when the number claims enough, 1 when less.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import re
import sys

BASE = "https://referral-gateway.example/schemas/"
LEVELS = ("none", "text", "addition", "breaking")
TEXTS = {"title", "description", "$comment", "examples"}
NAMES = {"$id", "$schema", "$defs"}
ONE = {"items", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties"}
MANY = {"allOf", "anyOf", "oneOf", "prefixItems"}
BRANCHES = {"then", "else"}
CONDITIONS = {"if", "not"}
# An answer to "what else may this change mean", where the keyword alone does not say it.
WHY = {
    "enum": "a closed list changed: one side refuses what the other sends",
    "const": "the only value changed",
    "required": "what must be there changed",
    "additionalProperties": "open became closed or closed became open",
    "type": "the type changed",
    "default": "what its absence means changed",
    "format": "the form of the text changed",
    "pattern": "the form of the text changed",
}


class Change:
    """One difference: its level, a pointer into the new schema, and the reason."""

    def __init__(self, level, pointer, reason):
        self.level, self.pointer, self.reason = level, pointer, reason

    def __str__(self):
        return f"{self.level:9} {self.pointer or '/'}: {self.reason}"


class Library:
    """Schemas by $id, so that a reference into another schema is compared by what it leads to."""

    def __init__(self, schemas=()):
        self.by_id = {schema["$id"]: schema for schema in schemas}

    def resolve(self, reference, root):
        """The schema that a reference names, and the document in which it stands."""
        name, _, place = reference.partition("#")
        document = self.by_id[name] if name else root
        found = document
        for token in place.split("/")[1:] if place else ():
            found = found[token.replace("~1", "/").replace("~0", "~")]
        return found, document


class Side:
    """A subschema of one version, with the document that its references count from."""

    def __init__(self, schema, root, library):
        self.schema, self.root, self.library = schema, root, library

    def at(self, schema):
        return Side(schema, self.root, self.library)

    def followed(self):
        schema, root = self.library.resolve(self.schema["$ref"], self.root)
        return Side(schema, root, self.library)


class Comparison:
    def __init__(self, library):
        self.library, self.changes = library, []
        self.seen, self.open, self.asked = set(), [], set()
        # Places in an instance, ("persons", "*", "names"): of members that the old version lets
        # through anywhere, and of those that only the new version does.
        self.known, self.added = set(), set()

    def note(self, level, pointer, reason):
        if not any((c.level, c.pointer, c.reason) == (level, pointer, reason)
                   for c in self.changes):
            self.changes.append(Change(level, pointer, reason))

    def run(self, old, new):
        left, right = (Side(one, one, self.library) for one in (old, new))
        # The first walk finds the new members, the second judges with all of them known.
        for _ in range(2):
            self.changes, self.seen = [], set()
            self.open = [(id(old), id(new))]
            self.walk(left, right, "", (), "always")
        self.definitions(old.get("$defs", {}), new.get("$defs", {}))
        return self.changes

    def definitions(self, old, new):
        """A definition has an effect where something refers to it, and there it was compared."""
        for name in sorted(set(old) ^ set(new)):
            self.note("text", f"/$defs/{escape(name)}",
                      "a definition is new" if name in new else "a definition is gone")

    def walk(self, old, new, pointer, place, when):
        """`place` is where the value stands in an instance. `when` the rule counts: always, or
        sometimes (under a condition or as a choice), or as the condition itself, where letting
        through more may mean letting through less."""
        key = (id(old.schema), id(new.schema), place, when)
        if key in self.seen:
            return
        self.seen.add(key)
        if not isinstance(old.schema, dict) or not isinstance(new.schema, dict):
            if text(old.schema) != text(new.schema):
                self.note("breaking", pointer, "a schema became true, false or a set of rules")
            return
        for word in sorted(set(old.schema) | set(new.schema)):
            self.keyword(word, old, new, f"{pointer}/{escape(word)}", place, when)

    def keyword(self, word, old, new, pointer, place, when):
        was, now = old.schema.get(word, MISSING), new.schema.get(word, MISSING)
        seldom = when if when == "condition" else "sometimes"
        if word in NAMES:
            if word == "$schema" and was != now:
                self.note("breaking", pointer, "the dialect changed")
        elif word in TEXTS:
            if was != now:
                self.note("text", pointer, "a text changed")
        elif word == "properties":
            self.properties(old, new, pointer, place, when)
        elif word == "allOf":
            self.conjunction(old, new, pointer, place, when)
        elif MISSING in (was, now):
            if was is MISSING and when != "condition" and self.only_about_new(
                    new.at({word: now}), place):
                self.note("addition", pointer, "a rule about members that are new")
            else:
                gone = "is new" if was is MISSING else "is gone"
                self.note("breaking", pointer, f"the rule {word} {gone}")
        elif word == "$ref":
            left, right = old.followed(), new.followed()
            pair = (id(left.schema), id(right.schema))
            if pair not in self.open:  # a schema that contains itself is compared once
                self.open.append(pair)
                self.walk(left, right, pointer, place, when)
                self.open.pop()
        elif word in MANY:
            self.many(old.at(was), new.at(now), word, pointer, place, seldom)
        elif word in ONE or word == "additionalProperties" and isinstance(was, dict):
            inner = place + ("*" if word in ("items", "contains") else "**",)
            self.walk(old.at(was), new.at(now), pointer, inner, when)
        elif word in BRANCHES:
            self.walk(old.at(was), new.at(now), pointer, place, seldom)
        elif word in CONDITIONS:
            self.walk(old.at(was), new.at(now), pointer, place, "condition")
        elif not same(word, was, now):
            self.note("breaking", pointer, WHY.get(word, f"the rule {word} changed"))

    def properties(self, old, new, pointer, place, when):
        was, now = old.schema.get("properties", {}), new.schema.get("properties", {})
        closed = all(side.schema.get("additionalProperties") is False for side in (old, new))
        for name in sorted(set(was) | set(now)):
            here, inner = f"{pointer}/{escape(name)}", place + (name,)
            if name in was and was[name] is not False:
                self.known.add(inner)
            if name in was and name in now:
                self.walk(old.at(was[name]), new.at(now[name]), here, inner, when)
            elif name in was:
                self.note("breaking", here, "a member is gone")
            elif when == "condition":
                self.note("breaking", here, "a condition asks for more")
            elif closed and inner in self.known:
                self.note("breaking", here, "a member stands where it could not stand before")
            elif closed:
                if when == "always":
                    self.added.add(inner)
                self.note("addition", here, "a new member, not required")
            elif inner in self.added or self.only_about_new(new.at(now[name]), inner):
                self.note("addition", here, "a rule about members that are new")
            else:
                self.note("breaking", here, "a member that could be anything has rules now")

    def conjunction(self, old, new, pointer, place, when):
        """Rules that all hold: equal ones are matched wherever they stand, the rest in order."""
        was, now = list(old.schema.get("allOf", [])), list(enumerate(new.schema.get("allOf", [])))
        for rule in list(was):
            twin = next((one for one in now if text(bare(one[1])) == text(bare(rule))), None)
            if twin:
                was.remove(rule)
                now.remove(twin)
                self.walk(old.at(rule), new.at(twin[1]), f"{pointer}/{twin[0]}", place, when)
        fresh = [one for one in now
                 if when != "condition" and self.only_about_new(new.at(one[1]), place)]
        for one in fresh:
            now.remove(one)
            self.note("addition", f"{pointer}/{one[0]}", "a rule about members that are new")
        for rule, (index, other) in zip(was, now):
            self.walk(old.at(rule), new.at(other), f"{pointer}/{index}", place, when)
        for index, _ in now[len(was):]:
            self.note("breaking", f"{pointer}/{index}", "one more rule to keep")
        for _ in was[len(now):]:
            self.note("breaking", pointer, "a rule is gone")

    def many(self, old, new, word, pointer, place, when):
        if len(old.schema) != len(new.schema):
            self.note("breaking", pointer, f"{word} has another number of entries")
        for index, (one, other) in enumerate(zip(old.schema, new.schema)):
            inner = place + (str(index),) if word == "prefixItems" else place
            self.walk(old.at(one), new.at(other), f"{pointer}/{index}", inner, when)

    def only_about_new(self, side, place):
        """Whether every document without the new members keeps this rule."""
        schema = side.schema
        if schema is True or id(schema) in self.asked:
            return True
        if not isinstance(schema, dict):
            return False
        self.asked.add(id(schema))
        try:
            return all(self.vacuous(word, side, place) for word in schema)
        finally:
            self.asked.remove(id(schema))

    def vacuous(self, word, side, place):
        value = side.schema[word]
        if word in TEXTS or word == "$defs":
            return True
        if word == "if":  # by itself it says nothing; see then and else
            return True
        if word == "then":
            return self.demands_new(side.schema.get("if", True), place)
        if word == "properties":
            return all(place + (name,) in self.added
                       or self.only_about_new(side.at(inner), place + (name,))
                       for name, inner in value.items())
        if word == "dependentRequired":
            return all(place + (name,) in self.added for name in value)
        if word == "items":
            return self.only_about_new(side.at(value), place + ("*",))
        if word == "allOf":
            return all(self.only_about_new(side.at(one), place) for one in value)
        if word == "$ref":
            return self.only_about_new(side.followed(), place)
        return False

    def demands_new(self, condition, place):
        """Whether a condition holds for no document without the new members."""
        if not isinstance(condition, dict):
            return False
        required = condition.get("required", ())
        return any(place + (name,) in self.added for name in required) or any(
            name in required and self.demands_new(inner, place + (name,))
            for name, inner in condition.get("properties", {}).items())


MISSING = object()


def escape(token):
    return token.replace("~", "~0").replace("/", "~1")


def same(word, was, now):
    """Equal values; the order of codes and names means nothing. JSON's true is not 1."""
    if word in ("enum", "required", "type") and isinstance(was, list) and isinstance(now, list):
        return sorted(map(text, was)) == sorted(map(text, now))
    return text(bare(was)) == text(bare(now))


def text(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def bare(schema):
    """Without texts, for equality of what is allowed."""
    if isinstance(schema, list):
        return [bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {word: ({name: bare(one) for name, one in value.items()}
                   if word in ("properties", "patternProperties", "dependentSchemas", "$defs")
                   and isinstance(value, dict) else bare(value))
            for word, value in schema.items() if word not in TEXTS}


def compare(old, new, others=()):
    """Every difference between two versions; `others` are the schemas that they refer to."""
    return Comparison(Library([*others, old, new])).run(old, new)


def level(changes):
    return max((change.level for change in changes), key=LEVELS.index, default="none")


def version(schema):
    """Name and three numbers out of $id; an identifier of another form is a mistake."""
    match = re.fullmatch(re.escape(BASE) + r"([a-z-]+)/(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
                         r"/schema\.json", schema["$id"])
    if not match:
        raise ValueError(f"$id {schema['$id']} is not of the form {BASE}NAME/X.Y.Z/schema.json")
    return match[1], tuple(int(part) for part in match.groups()[1:])


def claim(old, new):
    """What the step from one number to the next allows."""
    if new <= old:
        return "none"
    if new[0] > old[0]:
        return "breaking"
    return "addition" if new[1] > old[1] else "text"


def verdict(old, new, others=()):
    """(level of the change, level that the number claims, all changes)."""
    (name, was), (other, now) = version(old), version(new)
    if name != other:
        raise ValueError(f"{name} and {other} are two schemas, not two versions of one")
    changes = compare(old, new, others)
    return level(changes), claim(was, now), changes


def holds(needed, claimed):
    """A number may claim more than the change; a change needs a number of its own."""
    return LEVELS.index(needed) <= LEVELS.index(claimed)


def published(root):
    """All schemas below a folder, by name, in the order of their versions."""
    schemas = [json.loads(path.read_text()) for path in root.glob("*/*/schema.json")]
    found = {}
    for schema in sorted(schemas, key=version):
        found.setdefault(version(schema)[0], []).append(schema)
    return found


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 64
    paths = [pathlib.Path(argument) for argument in arguments]
    paths = [path / "schema.json" if path.is_dir() else path for path in paths]
    old, new = (json.loads(path.read_text()) for path in paths)
    others = [json.loads(path.read_text()) for folder in {p.resolve().parents[2] for p in paths}
              for path in folder.glob("*/*/schema.json")]
    needed, claimed, changes = verdict(old, new, others)
    for change in changes:
        print(change)
    enough = holds(needed, claimed)
    print(f"the change is {needed}, the number claims {claimed}: "
          f"{'enough' if enough else 'too little'}")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
