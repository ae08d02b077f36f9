"""Read a page of metrics with Prometheus' own parser; print the families as JSON, or complain."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
import sys

from prometheus_client.parser import text_string_to_metric_families


def complaints(family, page):
    """What the naming rules of Prometheus say against a family."""
    name = family.name
    if not re.fullmatch(r"referral_gateway_[a-z_]+", name):
        yield f"{name}: a name of another form"
    if not family.documentation.endswith("."):
        yield f"{name}: no help"
    if family.type == "counter" and f"{name}_total" not in page:
        yield f"{name}: a counter that does not end in _total"
    if family.type not in ("counter", "gauge"):
        yield f"{name}: type {family.type}"
    if re.search(r"(milliseconds|minutes|hours|days|kilobytes|_ms)$", name):
        yield f"{name}: no base unit"
    seen = [json.dumps(sample.labels, sort_keys=True) for sample in family.samples]
    if len(seen) != len(set(seen)):
        yield f"{name}: a sample twice"


def main():
    """The page stands in the file named first."""
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    families = list(text_string_to_metric_families(page))
    wrong = [text for family in families for text in complaints(family, page)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(json.dumps([
        {"name": family.name, "type": family.type,
         "samples": [{"name": one.name, "labels": one.labels, "value": int(one.value)}
                     for one in family.samples]} for family in families]))


if __name__ == "__main__":
    main()
