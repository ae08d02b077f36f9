"""Check schemas, examples and text vectors with PyPI jsonschema and Python's own Unicode tables."""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import pathlib
import sys
import unicodedata

import jsonschema
import referencing

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFUSED_BY_SCHEMA = {
    "unknown-kind", "unknown-field", "wrong-type", "biometric-attachment",
    "both-trafficking-and-smuggling",
}
REFUSED_BY_RULES = {
    "unknown-partner", "missing-consent", "not-nfc", "reflection-too-long",
    "witness-without-statement", "same-conduct-fined", "reclassified-without-link",
}
results = []


def check(name, holds, detail=""):
    results.append(holds)
    if not holds:
        print(f"failed {name} {detail}")


def validators():
    """A validator for each version of submission, and for each of referral."""
    schemas = [json.loads(path.read_text()) for path in ROOT.glob("schemas/*/*/schema.json")]
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)
        check(schema["$id"], described(schema["properties"], schema.get("$defs", {})))
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas)
    return [{schema["$id"].split("/")[-2]: jsonschema.Draft202012Validator(
        {"$ref": schema["$id"]}, registry=registry,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        for schema in schemas if f"/{name}/" in schema["$id"]}
        for name in ("submission", "referral")]


def described(*groups):
    """Every member with a type says what it is."""
    for group in groups:
        for name, schema in group.items():
            if not isinstance(schema, dict):
                continue
            typed = "type" in schema or "enum" in schema
            if typed and "description" not in schema and name != "deidentified":
                if not constrains(schema):
                    return False
            closed = schema.get("type") != "object" or schema.get("additionalProperties") is False
            if typed and "description" in schema and not closed and name not in OPEN:
                return False
            if not described(schema.get("properties", {}), schema.get("$defs", {})):
                return False
    return True


# Open on purpose: data by another schema, and what only narrows a referral.
OPEN = {"data", "acknowledgement", "withdrawal", "content", "pseudonymised", "referral"}


def constrains(schema):
    """A subschema that narrows a member which is described elsewhere."""
    return set(schema) <= {
        "type", "properties", "items", "required", "enum", "const", "additionalProperties"}


def texts():
    corpus = json.loads((ROOT / "schemas/vectors/texts.json").read_text())
    for one in corpus["texts"]:
        try:
            text = json.loads(one["json"])
            text.encode()
        except ValueError:
            check(one["name"], one["verdict"] in ("malformed", "forbidden-character"))
            continue
        check(one["name"], [ord(c) for c in text] == one["codePoints"])
        composed = unicodedata.normalize("NFC", text)
        check(one["name"], (composed != text) == (one["verdict"] == "not-nfc"))
        if "nfc" in one:
            check(one["name"], [ord(c) for c in composed] == one["nfc"])


def code_lists():
    """Every code says in both languages what it is, every list where it is from."""
    for path in sorted(ROOT.glob("schemas/codelists/*.json")):
        one = json.loads(path.read_text())
        check(path.name, one["id"] == path.stem and one["source"] and one["asOf"] <= "9999"
              and [part.isdigit() for part in one["version"].split(".")] == [True] * 3)
        for code in one["codes"]:
            texts_ = [code["labels"], *([code["whatToDo"]] if "whatToDo" in code else [])]
            check(f"{path.name} {code['code']}", all(
                set(text) == {"nl", "en"} and all(text.values()) for text in texts_))


def documents(referrals):
    """What partners get, by the schema of its version, and without what names a person."""
    folder = ROOT / "schemas/vectors/documents"
    index = json.loads((folder / "index.json").read_text())
    for one in index["examples"]:
        check(one["file"], sha256(ROOT / one["file"]) == one["sha256"], "another example")
    for one in index["partners"]:
        check(one["file"], sha256(ROOT / one["file"]) == one["sha256"], "another partner file")
        check(one["policy"], sha256(ROOT / one["policy"]) == one["policySha256"],
              "another policy")
    for place, word in (("partners/partners.d/*.toml", "partner"), ("examples/*.json", "example")):
        names = {one[word] for one in index[f"{word}s"]}
        found = {path.stem for path in ROOT.glob(place)}
        check(f"{place} and the index", found == names, sorted(found ^ names))
    named = set()
    for one in index["cases"]:
        if one["outcome"] != "document":
            check(f"{one['example']} {one['partner']}",
                  one["outcome"] == "not-sent" or bool(one["reasons"]))
            continue
        path = folder / one["file"]
        named.add(path)
        check(one["file"], sha256(path) == one["sha256"], "another digest")
        data = json.loads(path.read_text())
        errors = [f"{error.json_path} {error.validator}"
                  for error in referrals[one["schemaVersion"]].iter_errors(data)]
        check(one["file"], not errors, "; ".join(errors))
        check(one["file"], data["handling"]["detailLevel"] == one["detailLevel"])
        if one["detailLevel"] != "full":
            example = json.loads((ROOT / f"examples/{one['example']}.json").read_text())
            text = json.dumps(data, ensure_ascii=False)
            for secret in secrets(example[one["member"]].get("persons", [])):
                check(f"{one['file']} without names", secret not in text)
    check("every expected document is in the index",
          named == set(folder.glob("*/*.json")))


def secrets(persons):
    """Names, numbers and places of persons; too short ones would be found by chance."""
    for person in persons:
        for name in person.get("names", []):
            yield from (name[part] for part in ("full", "family", "given", "patronymic")
                        if len(name.get(part, "")) > 3)
        yield from (one["value"] for one in person.get("identifiers", []))
        yield from (person["contact"][part] for part in ("phone", "address")
                    if part in person.get("contact", {}))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    versions, referrals = validators()
    for path in sorted(ROOT.glob("examples/*.json")) + sorted(
            ROOT.glob("schemas/vectors/*/submission.json")):
        value = json.loads(path.read_text())
        for version, submission in versions.items():
            errors = [f"{error.json_path} {error.validator}"
                      for error in submission.iter_errors(value)]
            # Attachments came with 1.1.0: older readers refuse them and nothing else.
            files = version == "1.0.0" and "attachments" in value["referral"]
            check(f"{path.name} in {version}", bool(errors) == files, "; ".join(errors))
    for path in sorted(ROOT.glob("examples/refused/*.json")):
        if path.stem in REFUSED_BY_SCHEMA | REFUSED_BY_RULES:
            for version, submission in versions.items():
                valid = submission.is_valid(json.loads(path.read_text()))
                check(f"{path.name} in {version}", valid == (path.stem in REFUSED_BY_RULES))
    documents(referrals)
    code_lists()
    texts()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


sys.exit(main())
