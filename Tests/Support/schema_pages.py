"""Pages for people out of schemas: members with forms and codes, and conditions in words."""
# SPDX-License-Identifier: Apache-2.0

import schema_changes as changes

NOTICE = "<!-- Made by scripts/make-documents; changes here are lost. -->"
TYPES = {"string": "text", "integer": "number", "boolean": "yes or no", "array": "list",
         "object": "group"}
FORMATS = {"uuid": "UUID", "date": "date", "date-time": "date and time", "uri": "URI",
           "json-pointer": "JSON Pointer"}
RULES = ("if", "then", "else", "allOf", "anyOf", "oneOf", "not")


class Lists:
    """The code lists, and which of them a closed list of a schema is."""

    def __init__(self, by_name):
        self.all = by_name

    def of(self, codes):
        """The list with exactly these codes, or the shortest that has them all."""
        wanted = set(codes)
        fitting = [(len(one["codes"]), name) for name, one in self.all.items()
                   if wanted <= {code["code"] for code in one["codes"]}]
        return min(fitting)[1] if fitting else None


class Expander:
    """A schema without references; what stands beside a reference narrows what it leads to."""

    def __init__(self, schemas):
        self.library = changes.Library(schemas)

    def expand(self, schema, root):
        if isinstance(schema, list):
            return [self.expand(one, root) for one in schema]
        if not isinstance(schema, dict):
            return schema
        plain = {}
        for word, value in schema.items():
            if word in ("properties", "$defs"):
                plain[word] = {name: self.expand(one, root) for name, one in value.items()}
            elif word in ("items", *RULES):
                plain[word] = self.expand(value, root)
            elif word != "$ref":
                plain[word] = value
        if "$ref" in schema:
            target, document = self.library.resolve(schema["$ref"], root)
            plain = narrowed(self.expand(target, document), plain)
        # What always holds is no condition.
        for one in [one for one in plain.get("allOf", ()) if not set(one) & set(RULES)
                    and one.get("additionalProperties") is not False]:
            rest = [other for other in plain["allOf"] if other is not one]
            plain = narrowed({**plain, "allOf": rest}, one)
        return plain


def narrowed(base, over):
    """Both hold: members are joined one by one, rules are put side by side."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over if over is False or base is True else base
    joined = dict(base)
    if "if" in base and "if" in over:
        rule = {word: over[word] for word in ("if", "then", "else") if word in over}
        over = {word: value for word, value in over.items() if word not in rule}
        over["allOf"] = [*over.get("allOf", []), rule]
    for word, value in over.items():
        if word == "properties":
            members = dict(base.get(word, {}))
            for name, one in value.items():
                members[name] = narrowed(members.get(name, {}), one)
            joined[word] = members
        elif word == "required":
            joined[word] = [*base.get(word, []), *(one for one in value
                                                   if one not in base.get(word, []))]
        elif word == "items":
            joined[word] = narrowed(base.get(word, {}), value)
        elif word == "allOf":
            joined[word] = [*base.get(word, []), *value]
        else:
            joined[word] = value
    return joined


def shown(path):
    return f"`{path}`" if path else "the whole"


def kind_of(schema):
    """What a value looks like, in a few words."""
    if "const" in schema:
        return f"`{schema['const']}`" if isinstance(schema["const"], str) else "yes"
    kind = schema.get("type", "")
    words = TYPES.get(kind, "any")
    if kind == "string":
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        if "enum" in schema:
            return "code"
        return words + between(schema.get("minLength"), schema.get("maxLength"), "characters")
    if kind == "integer":
        return words + between(schema.get("minimum"), schema.get("maximum"), "")
    if kind == "array":
        inner = schema.get("items", {})
        count = between(schema.get("minItems"), schema.get("maxItems"), "")
        return f"list{count} of {plural(kind_of(inner))}"
    return words


def between(least, most, unit):
    unit = f" {unit}" if unit else ""
    if least is not None and most is not None:
        return f", {least}{unit}" if least == most else f", {least} to {most}{unit}"
    if most is not None:
        return f", at most {most}{unit}"
    return f", at least {least}{unit}" if least is not None else ""


def plural(words):
    head, comma, rest = words.partition(",")
    many = {"text": "texts", "code": "codes", "group": "groups", "number": "numbers",
            "UUID": "UUIDs", "date": "dates"}
    return many.get(head, head) + comma + rest


def rows(schema, path, lists, found):
    """A row for each member, those of groups below them."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        if not isinstance(member, dict):
            continue
        here = f"{path}.{name}" if path else name
        inner = member.get("items", {}) if member.get("type") == "array" else member
        codes = inner.get("enum") if isinstance(inner, dict) else None
        link = ""
        if codes and (known := lists.of(codes)):
            link = f"[{known}](codes.md#{known})"
            if len(codes) < len(lists.all[known]["codes"]):
                link += ": " + ", ".join(f"`{one}`" for one in codes)
        found.append((f"`{here}{'[]' if member.get('type') == 'array' else ''}`",
                      kind_of(member), "yes" if name in required else "", link,
                      member.get("description", "")))
        if isinstance(inner, dict) and inner.get("properties"):
            rows(inner, here + ("[]" if member.get("type") == "array" else ""), lists, found)


def condition(schema, path):
    """When a rule counts, in words."""
    said = []
    for name, member in schema.get("properties", {}).items():
        said += condition(member, joined(path, name))
    said += [f"{shown(joined(path, name))} is there" for name in schema.get("required", ())
             if name not in schema.get("properties", {})]
    if "const" in schema:
        said.append(f"{shown(path)} is {value(schema['const'])}")
    if "enum" in schema:
        said.append(f"{shown(path)} is " + " or ".join(map(value, schema["enum"])))
    if "minItems" in schema:
        said.append(f"{shown(path)} is there and has at least {schema['minItems']}")
    if "not" in schema:
        said += [one.replace(" is ", " is not ", 1) for one in condition(schema["not"], path)]
    return said


def demands(schema, path):
    """What a rule asks for: sentences, and (condition, what it asks for) below them."""
    there, absent, rest = [], [], []

    def walk(schema, path):
        if not isinstance(schema, dict):
            if schema is False:
                absent.append(shown(path))
            return
        there.extend(shown(joined(path, name)) for name in schema.get("required", ()))
        for name, member in schema.get("properties", {}).items():
            walk(member, joined(path, name))
        if "items" in schema:
            walk(schema["items"], f"{path}[]")
        for word, form in (("const", "is"), ("pattern", "fits"), ("minimum", "is at least"),
                           ("maximum", "is at most"), ("minItems", "has at least"),
                           ("maxItems", "has at most"), ("minProperties", "has at least")):
            if word in schema:
                rest.append(f"{shown(path)} {form} {value(schema[word])}")
        if "enum" in schema:
            rest.append(f"{shown(path)} is " + " or ".join(map(value, schema["enum"])))
        if schema.get("additionalProperties") is False:
            names = [value(name) for name, one in schema.get("properties", {}).items()
                     if one is not False]
            rest.append(f"{shown(path)} has nothing but {', '.join(names)}")
        rest.extend(rules(schema, path))

    walk(schema, path)
    return ([f"required: {', '.join(dict.fromkeys(there))}"] if there else []) + (
        [f"not allowed: {', '.join(dict.fromkeys(absent))}"] if absent else []) + rest


def value(one):
    if isinstance(one, bool):
        return "true" if one else "false"
    return str(one) if isinstance(one, int) else f"`{one}`"


def joined(path, name):
    return f"{path}.{name}" if path else name


def rules(schema, path):
    """The rules of one level that hold only sometimes, or between members."""
    found = []
    if "if" in schema:
        found.append((f"if {' and '.join(condition(schema['if'], path))}",
                      demands(schema.get("then", True), path)))
        if "else" in schema:
            found.append(("otherwise", demands(schema["else"], path)))
    for one in schema.get("allOf", ()):
        found += demands(one, path)
    for word, start in (("anyOf", "at least one of"), ("oneOf", "exactly one of")):
        if word in schema:
            choices = [again for one in schema[word] for again in [choice(one, path)] if again]
            found.append((start, choices))
    if "not" in schema:
        found.append(" and ".join(condition({"not": schema["not"]}, path)))
    return found


def choice(schema, path):
    """One of several ways to keep a rule, in a line."""
    said = [f"{shown(joined(path, name))}" for name in schema.get("required", ())]
    said += [one for one in demands({word: one for word, one in schema.items()
                                     if word != "required"}, path) if isinstance(one, str)]
    return ", ".join(said)


def nested(schema, path):
    """The rules of a group and of all below it."""
    found = rules(schema, path)
    for name, member in schema.get("properties", {}).items():
        if isinstance(member, dict):
            found += nested(member, joined(path, name))
    if isinstance(schema.get("items"), dict):
        found += nested(schema["items"], f"{path}[]")
    return found


def table(head, lines):
    def cell(text):
        return str(text).replace("|", "\\|").replace("\n", " ")
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}",
            *(f"| {' | '.join(map(cell, line))} |" for line in lines), ""]


def section(title, schema, path, lists):
    found = []
    rows(schema, path, lists, found)
    text = [f"## {title}", ""] if title else []
    if schema.get("description") and title:
        text += [schema["description"], ""]
    head = ("member", "what", "required", "codes", "meaning")
    return text + table(head, found) if found else text


def branches(schema):
    """The parts of a schema that has one closed object for each kind; empty for another schema."""
    return [one["then"]["$ref"].split("/")[-1] for one in schema.get("allOf", ())
            if set(one.get("then", {})) == {"$ref"} and set(one) == {"if", "then"}
            and set(one["if"].get("properties", {})) == {"kind"}]


def page(schema, expander, lists):
    name, number = changes.version(schema)
    version = ".".join(map(str, number))
    text = [NOTICE, f"# {schema['title']} {version}", "", schema["description"], "",
            f"`{schema['$id']}`", "",
            f"The schema is [{name}/{version}](../../schemas/{name}/{version}/schema.json). "
            "A member that is not in these tables is refused. *Required* means always; what is "
            "required sometimes stands under conditions. How to read the rest: "
            "[README.md](README.md).", ""]
    kinds = branches(schema)
    whole = expander.expand(schema, schema)
    if kinds:
        text += section("", {"properties": {"kind": whole["properties"]["kind"]},
                             "required": ["kind"]}, "", lists)
        for kind in kinds:
            one = whole["$defs"][kind]
            text += section(kind, one, "", lists)
            text += conditional(nested(one, ""))
        return "\n".join(text)
    groups = whole["properties"]
    plain = {member: one for member, one in groups.items() if not grouped(one)}
    if plain:
        text += section("", {"properties": plain, "required": whole.get("required", ())}, "",
                        lists)
    for member, one in groups.items():
        if not grouped(one):
            continue
        if member == "withdraws":
            text += ["## withdraws", "", one["description"],
                     "Its members are those of `referral`.", ""]
            continue
        text += section(member, {**one, "properties": {member: one},
                                 "required": [name for name in whole.get("required", ())
                                              if name == member]}, "", lists)
    rest = {**whole, "properties": {name: one for name, one in groups.items()
                                    if name != "withdraws"}}
    return "\n".join(text + conditional(nested(rest, "")))


def grouped(schema):
    inner = schema.get("items", schema)
    return isinstance(inner, dict) and bool(inner.get("properties"))


def conditional(found):
    lines = []

    def write(node, depth):
        head, below = node if isinstance(node, tuple) else (node, None)
        if below == []:
            return
        lines.append("  " * depth + f"- {head}{':' if below else ''}")
        for one in below or ():
            write(one, depth + 1)

    for index, node in enumerate(found):
        if node not in found[:index]:
            write(node, 0)
    return ["### Conditions", "", *lines, ""] if lines else []


def codes_page(lists):
    text = [NOTICE, "# Codes", "",
            "Every code of every closed list, and of the lists that rules and events read. Where a "
            "code needs somebody to act, it says so in both languages.", ""]
    for name, one in lists.all.items():
        text += [f"## {name}", "",
                 f"Version {one['version']}, {one['asOf']}. Source: {one['source']}.", ""]
        if "note" in one:
            text += [one["note"], ""]
        acts = any("whatToDo" in code for code in one["codes"])
        head = ("code", "Nederlands", "English") + (("wat te doen", "what to do") if acts else ())
        text += table(head, [
            (f"`{code['code']}`", code["labels"]["nl"], code["labels"]["en"],
             *((code.get("whatToDo", {}).get("nl", ""), code.get("whatToDo", {}).get("en", ""))
               if acts else ())) for code in one["codes"]])
    return "\n".join(text)


def index(published):
    text = [NOTICE, "# The schemas, for people", "",
            "Each page is made from one schema: every member with its form, whether it must be "
            "there, its codes and its meaning. Names of members below a group have its name before "
            "them; `[]` marks a list. The schemas themselves, and the promise how they change: "
            "[schemas](../../schemas/README.md).", ""]
    lines = []
    for name, versions in sorted(published.items()):
        for schema in versions:
            version = ".".join(map(str, changes.version(schema)[1]))
            lines.append((f"[{name} {version}]({name}-{version}.md)", schema["description"]))
    text += table(("page", "what it is"), lines)
    text += ["[codes.md](codes.md) has the code lists in Dutch and English, "
             "[htcds.md](htcds.md) our fields and codes beside those of HTCDS 2.0.", ""]
    return "\n".join(text)
