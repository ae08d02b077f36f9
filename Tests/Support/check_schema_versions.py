"""Holds every published pair of versions to its numbers, and the checker to many small cases."""
# SPDX-License-Identifier: Apache-2.0

import copy
import hashlib
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import schema_changes as changes  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
results = []


def check(name, holds, detail=""):
    results.append(holds)
    if not holds:
        print(f"failed {name} {detail}")


def base(number="1.0.0"):
    """A schema about nobody with every form of rule that ours use."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{changes.BASE}parcel/{number}/schema.json",
        "title": "Parcel",
        "description": "A parcel.",
        "type": "object",
        "properties": {
            "kind": {"description": "Kind.", "type": "string", "enum": ["letter", "box"]},
            "weight": {"type": "integer", "minimum": 1, "maximum": 100},
            "name": {"type": "string", "maxLength": 10, "pattern": "^[a-z]+$"},
            "lines": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/line"}},
            "sender": {"$ref": "#/$defs/party"},
            "receiver": {"$ref": "#/$defs/party"},
        },
        "required": ["kind", "name"],
        "allOf": [
            {"if": {"properties": {"kind": {"const": "letter"}}, "required": ["kind"]},
             "then": {"properties": {"weight": {"maximum": 10}}}},
            {"if": {"properties": {"kind": {"const": "box"}}, "required": ["kind"]},
             "then": {"$ref": "#/$defs/boxed"}},
        ],
        "additionalProperties": False,
        "$defs": {
            "line": {
                "type": "object",
                "properties": {"text": {"type": "string"}, "count": {"type": "integer"}},
                "required": ["text"], "additionalProperties": False},
            "party": {
                "type": "object", "properties": {"town": {"type": "string", "format": "date"}},
                "additionalProperties": False},
            "boxed": {
                "type": "object",
                "properties": {"kind": True, "name": True, "weight": True},
                "required": ["weight"], "additionalProperties": False},
        },
    }


CASES = []


def case(level, pointer=None):
    """Registers a change to the base: the level it must get, and a place that must be named."""
    def register(edit):
        CASES.append((edit.__name__.replace("_", " "), level, pointer, edit))
        return edit
    return register


def put(schema, path, value):
    """Sets a value at a path of names; with None takes it away."""
    *way, last = path.split("/")
    for step in way:
        schema = schema[int(step)] if isinstance(schema, list) else schema[step]
    if value is None:
        del schema[last]
    else:
        schema[last] = value


def edits(level, pointer, path, value, name):
    CASES.append((name, level, pointer, lambda schema: put(schema, path, value)))


# Nothing, and texts.
edits("none", None, "properties/kind/enum", ["box", "letter"], "codes in another order")
edits("none", None, "required", ["name", "kind"], "required names in another order")
edits("text", "/title", "title", "Parcels", "another title")
edits("text", "/properties/kind/description", "properties/kind/description", "Sort.",
      "another description")
edits("text", "/properties/name/description", "properties/name/description", "Name.",
      "a description where none was")
edits("text", "/$comment", "$comment", "seen", "a comment")
edits("text", "/properties/name/examples", "properties/name/examples", ["ann"], "an example")
edits("text", "/$defs/crate", "$defs/crate", {"type": "object"},
      "a definition that nothing refers to")

# Additions: members that the old version does not know.
edits("addition", "/properties/colour", "properties/colour", {"type": "string"}, "a new member")
edits("addition", "/properties/lines/items/$ref/properties/unit", "$defs/line/properties/unit",
      {"type": "string"}, "a new member of a list's entries")
edits("addition", "/properties/sender/$ref/properties/street", "$defs/party/properties/street",
      {"type": "string", "minLength": 1}, "a new member behind a reference")


@case("addition", "/properties/colour")
def a_new_member_and_a_text(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["title"] = "Parcels"


@case("addition", "/allOf/1/then/$ref/properties/colour")
def a_new_member_that_one_kind_may_have(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["$defs"]["boxed"]["properties"]["colour"] = True


@case("addition", "/allOf/0/then/properties/colour")
def a_new_member_that_one_kind_must_not_have(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"][0]["then"]["properties"]["colour"] = False


@case("addition", "/allOf/2")
def a_rule_that_needs_the_new_member(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"].append({"if": {"required": ["colour"]}, "then": {"required": ["weight"]}})


@case("addition", "/dependentRequired")
def a_dependency_of_the_new_member(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["dependentRequired"] = {"colour": ["weight"]}


@case("addition", "/allOf/0")
def a_rule_about_the_new_member_before_the_others(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"].insert(0, {"properties": {"colour": {"maxLength": 3}}})


@case("addition", "/allOf/2")
def a_rule_about_a_new_member_of_a_lists_entries(schema):
    schema["$defs"]["line"]["properties"]["unit"] = {"type": "string"}
    schema["allOf"].append(
        {"properties": {"lines": {"items": {"properties": {"unit": {"maxLength": 3}}}}}})


@case("addition", "/properties/box")
def a_new_member_with_a_definition_of_its_own(schema):
    schema["$defs"]["crate"] = {"type": "object", "required": ["wood"]}
    schema["properties"]["box"] = {"$ref": "#/$defs/crate"}


# Breaking: a new receiver refuses old documents.
edits("breaking", "/required", "required", ["kind", "name", "weight"], "one more required member")
edits("breaking", "/properties/name/maxLength", "properties/name/maxLength", 9, "a lower limit")
edits("breaking", "/properties/weight/minimum", "properties/weight/minimum", 2, "a higher least")
edits("breaking", "/properties/name/pattern", "properties/name/pattern", "^[a-y]+$",
      "another pattern")
edits("breaking", "/properties/name/minLength", "properties/name/minLength", 2, "one more rule")
edits("breaking", "/properties/kind/enum", "properties/kind/enum", ["letter"], "a code less")
edits("breaking", "/properties/weight", "properties/weight", None, "a member less")
edits("breaking", "/properties/weight/type", "properties/weight/type", "string", "another type")
edits("breaking", "/properties/lines/maxItems", "properties/lines/maxItems", 2, "a shorter list")
edits("breaking", "/properties/weight", "properties/weight", False, "a member forbidden")
edits("breaking", "/allOf/2", "allOf", [*base()["allOf"], {"required": ["weight"]}],
      "one more rule for all")
edits("breaking", "/not", "not", {"required": ["weight"]}, "a prohibition")
edits("breaking", "/properties/sender/$ref/required", "$defs/party/required", ["town"],
      "a required member behind a reference")

# Breaking: an old receiver refuses new documents, or reads them otherwise.
edits("breaking", "/required", "required", ["kind"], "one required member less")
edits("breaking", "/properties/name/maxLength", "properties/name/maxLength", 11, "a higher limit")
edits("breaking", "/properties/name/maxLength", "properties/name/maxLength", None, "a limit less")
edits("breaking", "/properties/kind/enum", "properties/kind/enum", ["letter", "box", "tube"],
      "a code more")
edits("breaking", "/additionalProperties", "additionalProperties", True, "closed became open")
edits("breaking", "/additionalProperties", "additionalProperties", None, "no longer closed")
edits("breaking", "/properties/weight/type", "properties/weight/type", ["integer", "string"],
      "one more type")
edits("breaking", "/properties/sender/$ref/properties/town/format",
      "$defs/party/properties/town/format", "uuid", "another format")
edits("breaking", "/properties/name/default", "properties/name/default", "x", "a default")
edits("breaking", "/allOf", "allOf", base()["allOf"][:1], "a rule less")
edits("breaking", "/allOf/0/if/properties/kind/const", "allOf/0/if/properties/kind/const", "box",
      "a rule for another kind")
edits("breaking", "/allOf/0/if/properties/name", "allOf/0/if/properties/name", {"const": "x"},
      "a condition that asks for more")
edits("breaking", "/$schema", "$schema", "https://json-schema.org/draft/2019-09/schema",
      "another dialect")
edits("breaking", "/properties/weight/enum", "properties/weight/enum", [1, True],
      "a list of values")
edits("breaking", "/properties/sender/$ref", "properties/sender", {"type": "object"},
      "a reference less")
edits("breaking", "/dependentRequired", "dependentRequired", {"weight": ["sender"]},
      "a dependency of an old member")


@case("breaking", "/required")
def a_new_member_that_is_required(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["required"].append("colour")


@case("breaking", "/allOf/0/then/properties/name")
def a_rule_for_one_kind_about_an_old_member(schema):
    schema["allOf"][0]["then"]["properties"]["name"] = {"maxLength": 5}


@case("breaking", "/allOf/1/then/$ref/properties/lines")
def an_old_member_let_into_one_kind(schema):
    schema["$defs"]["boxed"]["properties"]["lines"] = True


@case("breaking", "/allOf/2")
def a_rule_that_needs_an_old_member(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"].append({"if": {"required": ["weight"]}, "then": {"required": ["colour"]}})


@case("breaking", "/allOf/2")
def a_rule_for_all_that_lack_the_new_member(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"].append(
        {"if": {"required": ["colour"]}, "then": {}, "else": {"required": ["weight"]}})


@case("breaking", "/allOf/2")
def a_rule_about_the_new_member_and_an_old_one(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"].append({"properties": {"colour": {"maxLength": 3}, "name": {"maxLength": 3}}})


@case("breaking", "/allOf/0/if/properties/colour")
def a_condition_about_the_new_member(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"][0]["if"]["properties"]["colour"] = {"const": "red"}


@case("breaking", "/allOf/0/if/dependentRequired")
def a_dependency_in_a_condition(schema):
    schema["properties"]["colour"] = {"type": "string"}
    schema["allOf"][0]["if"]["dependentRequired"] = {"colour": ["weight"]}


def small_cases():
    for name, level, pointer, edit in CASES:
        old, new = base(), base("1.1.0")
        edit(new)
        before = copy.deepcopy((old, new))
        needed, claimed, found = changes.verdict(old, new)
        listed = "; ".join(map(str, found))
        check(name, needed == level, f"is {needed}, should be {level}: {listed}")
        check(f"{name}: the place", pointer is None or any(
            one.pointer == pointer and one.level == level for one in found), listed)
        check(f"{name}: the claim", changes.holds(needed, claimed) == (level != "breaking"))
        check(f"{name}: nothing is changed by looking", (old, new) == before)


def numbers():
    """What each step from number to number may do."""
    for before, after, allowed in (
            ("1.0.0", "1.0.1", "text"), ("1.0.0", "1.1.0", "addition"),
            ("1.0.0", "2.0.0", "breaking"), ("1.9.3", "1.10.0", "addition"),
            ("0.9.0", "1.0.0", "breaking"), ("1.0.1", "1.0.0", "none"),
            ("1.0.0", "1.0.0", "none"), ("2.0.0", "1.5.0", "none")):
        _, claimed, _ = changes.verdict(base(before), base(after))
        check(f"{before} to {after}", claimed == allowed, claimed)
    for level, claimed in itertools.product(changes.LEVELS, changes.LEVELS):
        enough = changes.LEVELS.index(claimed) >= changes.LEVELS.index(level)
        check(f"{level} under {claimed}", changes.holds(level, claimed) == enough)
    for wrong in ("parcel/1.0", "parcel/01.0.0", "Parcel/1.0.0"):
        try:
            changes.version({"$id": f"{changes.BASE}{wrong}/schema.json"})
            check(wrong, False, "is taken for a version")
        except ValueError:
            check(wrong, True)


def references():
    """What another schema's new version changes counts where it is referred to."""
    def carrier(number, parcel):
        return {"$id": f"{changes.BASE}carrier/{number}/schema.json", "type": "object",
                "properties": {"load": {"$ref": f"{changes.BASE}parcel/{parcel}/schema.json"}},
                "additionalProperties": False}
    for name, path, value, level in (
            ("a member", "properties/colour", {"type": "string"}, "addition"),
            ("a limit", "properties/name/maxLength", 5, "breaking")):
        parcel, newer = base(), base("1.1.0")
        put(newer, path, value)
        needed, _, found = changes.verdict(
            carrier("1.0.0", "1.0.0"), carrier("1.1.0", "1.1.0"), [parcel, newer])
        check(f"{name} of another schema", needed == level, "; ".join(map(str, found)))
    loose = {"$id": f"{changes.BASE}loose/1.0.0/schema.json", "type": "object"}
    tight = {"$id": f"{changes.BASE}loose/1.1.0/schema.json", "type": "object",
             "properties": {"colour": {"type": "string"}}}
    check("a new name in an open object",
          changes.level(changes.compare(loose, tight)) == "breaking")
    box = {"if": {"properties": {"kind": {"const": "box"}}, "required": ["kind"]},
           "then": {"properties": {"kind": True}, "additionalProperties": False}}
    loose["allOf"] = [copy.deepcopy(box)]
    box["then"]["properties"]["colour"] = True
    tight = {**loose, "$id": tight["$id"], "allOf": [box]}
    check("a new member of one kind in an open object",
          changes.level(changes.compare(loose, tight)) == "addition")
    tight["allOf"] = [box, {"properties": {"colour": {"maxLength": 3}}}]
    check("a rule about it for all kinds",
          changes.level(changes.compare(loose, tight)) == "breaking")
    ring = {"$id": f"{changes.BASE}ring/1.0.0/schema.json", "type": "object",
            "properties": {"next": {"$ref": "#"}}, "additionalProperties": False}
    longer = copy.deepcopy(ring)
    longer["$id"] = ring["$id"].replace("1.0.0", "1.1.0")
    longer["properties"]["name"] = {"$ref": "#"}
    check("a schema that refers to itself",
          changes.level(changes.compare(ring, longer)) == "addition")


def program():
    """The exit code is what CI sees."""
    with tempfile.TemporaryDirectory() as folder:
        for number, edit in (("1.0.0", None), ("1.0.1", ("title", "Parcels")),
                             ("1.0.2", ("properties/colour", {"type": "string"}))):
            schema = base(number)
            if edit:
                put(schema, *edit)
            path = pathlib.Path(folder, "parcel", number)
            path.mkdir(parents=True)
            (path / "schema.json").write_text(json.dumps(schema))
        for older, newer, status in (("1.0.0", "1.0.1", 0), ("1.0.0", "1.0.2", 1)):
            run = subprocess.run(
                [sys.executable, "-B", changes.__file__, f"{folder}/parcel/{older}",
                 f"{folder}/parcel/{newer}"], capture_output=True, text=True)
            check(f"exit code {older} to {newer}", run.returncode == status,
                  run.stdout + run.stderr)
        usage = subprocess.run([sys.executable, "-B", changes.__file__], capture_output=True)
        check("usage", usage.returncode == 64)


def new_schema():
    """The command that begins and pins a version, in a copy with a history of its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy_ = pathlib.Path(folder)
        for part in ("scripts/new-schema", "Tests/Support/schema_changes.py"):
            (copy_ / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, copy_ / part)
        (copy_ / "schemas").mkdir()
        (copy_ / "schemas/published.sha256").write_text("")
        path = copy_ / "schemas/parcel/1.0.0/schema.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(base(), indent=2))
        carrier = copy_ / "schemas/carrier/1.0.0/schema.json"
        carrier.parent.mkdir(parents=True)
        carrier.write_text(json.dumps({
            "$id": f"{changes.BASE}carrier/1.0.0/schema.json",
            "properties": {"load": {"$ref": base()["$id"] + "#/$defs/line"}}}))
        identity = ["-c", "user.name=test", "-c", "user.email=test@example"]

        def git(*words):
            subprocess.run(["git", *identity, *words], cwd=copy_, check=True, capture_output=True)

        def run(*words):
            return subprocess.run([sys.executable, "-B", copy_ / "scripts/new-schema", *words],
                                  capture_output=True, text=True)

        def expect(name, status, says, *words):
            done = run(*words)
            told = done.stdout + done.stderr
            check(f"new-schema {name}", done.returncode == status and says in told, told)

        git("init", "-q")
        expect("pins the first", 0, "pinned parcel/1.0.0", "--pin", "parcel", "1.0.0")
        expect("pins the other", 0, "pinned carrier/1.0.0", "--pin", "carrier", "1.0.0")
        git("add", "-A")
        git("commit", "-q", "-m", "published")
        expect("begins", 0, "pinned parcel/1.1.0", "parcel", "1.1.0")
        newer = copy_ / "schemas/parcel/1.1.0/schema.json"
        schema = json.loads(newer.read_text())
        check("new-schema sets $id", schema["$id"] == base("1.1.0")["$id"])
        expect("moves references", 0, "refers to parcel 1.1.0", "carrier", "1.0.1")
        check("new-schema refers to the newest", base("1.1.0")["$id"] in (
            copy_ / "schemas/carrier/1.0.1/schema.json").read_text())
        expect("refuses a number that is taken", 1, "comes after it", "parcel", "1.0.5")
        expect("refuses a name that is not there", 64, "no schema", "letter", "1.0.0")
        expect("refuses what is no version", 64, "not a version", "parcel", "1.2")
        put(schema, "properties/colour", {"type": "string"})
        newer.write_text(json.dumps(schema))
        expect("pins an addition", 0, "/properties/colour", "--pin", "parcel", "1.1.0")
        digest = hashlib.sha256(newer.read_bytes()).hexdigest()
        check("new-schema writes the digest",
              f"{digest}  parcel/1.1.0/schema.json" in
              (copy_ / "schemas/published.sha256").read_text().splitlines())
        put(schema, "properties/name/maxLength", 20)
        newer.write_text(json.dumps(schema))
        expect("refuses a number that claims too little", 1, "is breaking", "--pin", "parcel",
               "1.1.0")
        path.write_text(json.dumps(base()))
        expect("refuses what is published", 1, "never changes", "--pin", "parcel", "1.0.0")


def all_published():
    """Every pair of versions that partners can meet, next to each other or not."""
    everything = changes.published(ROOT / "schemas")
    schemas = [one for versions in everything.values() for one in versions]
    for name, versions in everything.items():
        for old, new in itertools.combinations(versions, 2):
            needed, claimed, found = changes.verdict(old, new, schemas)
            check(f"{old['$id']} to {new['$id']}", changes.holds(needed, claimed),
                  "\n  ".join(["", *map(str, found)]))
        for schema in versions:
            same = changes.level(changes.compare(schema, copy.deepcopy(schema), schemas))
            check(f"{schema['$id']} to itself", same == "none")
        majors = {changes.version(one)[1][0] for one in versions}
        check(f"{name} has at most two majors", len(majors) <= 2)


def pins():
    """Each published file is there, as it was published, and stands under its own name."""
    lines = (ROOT / "schemas/published.sha256").read_text().splitlines()
    pinned = {line.split("  ")[1]: line.split("  ")[0] for line in lines}
    files = {str(path.relative_to(ROOT / "schemas")): path
             for path in ROOT.glob("schemas/*/*/schema.json")}
    check("every schema is pinned, and no other", set(pinned) == set(files),
          set(pinned) ^ set(files))
    for name, path in files.items():
        check(f"{name} is as published",
              hashlib.sha256(path.read_bytes()).hexdigest() == pinned.get(name))
        schema = json.loads(path.read_text())
        check(f"{name} has its own $id", schema["$id"] == changes.BASE + name)


def main():
    small_cases()
    numbers()
    references()
    program()
    new_schema()
    all_published()
    pins()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


sys.exit(main())
