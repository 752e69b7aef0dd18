#!/usr/bin/env python3
"""Scores map_hl7v2_to_fhir against public pairs of messages and bundles, and fails below the bars.

  rules    CDCgov/prime-reportstream: one pair for each mapping rule. (path, value) recall and precision by topic, without
           vendor extensions, ids, references, order, narrative and Provenance.
  breadth  microsoft/FHIR-Converter: 57 messages. How much of the bundles' clinical content is there, what is left unmapped.

score_v2_to_fhir.py TOOL FIXTURES [--differences TOPIC]; exit 77 (skipped) where the fixtures are absent.
"""
import argparse
import collections
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

VENDOR = ("reportstream.cdc.gov", "ibm.com", "example.com")
ABSENT = "data-absent-reason"


def run_tool(tool, files):
    lines = subprocess.run([tool, *files], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8").split("\n")
    return [(json.loads(lines[2 * i]), json.loads(lines[2 * i + 1])) for i in range(len(files))]


def flatten(value, path, out):
    if isinstance(value, dict):
        if value.get("url", "").endswith("reportstream.cdc.gov/fhir/StructureDefinition/code"):
            value = {**value, "url": "code"}  # the part of an extension, which the vendor gave a URL of its own
        if path.endswith("extension") and any(vendor in value.get("url", "") for vendor in VENDOR):
            return
        if path.endswith("extension") and ABSENT in value.get("url", ""):
            return
        for name, member in value.items():
            if name in ("reference", "fullUrl", "id", "text", "lastUpdated") and not (name == "text" and isinstance(member, str)):
                continue
            flatten(member, f"{path}.{name}", out)
    elif isinstance(value, list):
        for item in value:
            flatten(item, path, out)
    elif value is not None:
        out[(path, str(value))] += 1


def facts(bundle, unique):
    """(path, value) of a bundle's resources; `unique`: a resource that says the same as another counts once."""
    total, seen = collections.Counter(), set()
    for entry in bundle.get("entry", []):
        resource = entry["resource"]
        if resource["resourceType"] == "Provenance":
            continue
        found = collections.Counter()
        for name, member in resource.items():
            if name not in ("id", "resourceType", "text"):
                flatten(member, f"{resource['resourceType']}.{name}", found)
        key = (resource["resourceType"], json.dumps(sorted((list(fact), n) for fact, n in found.items())))
        if unique and key in seen:
            continue
        seen.add(key)
        total += found
    return total


def without_vendor(found):
    """What the vendor adds to every bundle: its own name as the one that transforms."""
    own = [("Organization.identifier.value", "CDC PRIME - Atlanta"), ("Organization.identifier.value", "2.16.840.1.114222.4.1.237821")]
    if own[0] in found and own[1] in found:
        for fact in own + [("Organization.identifier.system", "urn:ietf:rfc:3986"),
                           ("Organization.identifier.type.coding.system", "http://terminology.hl7.org/CodeSystem/v2-0301")]:
            found[fact] -= 1
    return +found


def score_rules(tool, folder, shown):
    files = sorted(folder.rglob("*.hl7"))
    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    missing, extra = collections.Counter(), collections.Counter()
    for file, (bundle, _) in zip(files, run_tool(tool, files)):
        topic = str(file.parent.relative_to(folder)).split("/")[0]
        expected = without_vendor(facts(json.loads(file.with_suffix(".fhir").read_text()), True))
        got = facts(bundle, True)
        common = sum((expected & got).values())
        for name in (topic, "all"):
            rows[name][0] += 1
            rows[name][1] += common
            rows[name][2] += sum(expected.values())
            rows[name][3] += sum(got.values())
        if shown in (topic, "all"):
            for fact in (expected - got):
                missing[fact] += 1
            for fact in (got - expected):
                extra[fact] += 1
    print(f"{'topic':12} {'pairs':>5} {'recall':>7} {'precision':>9}")
    for topic in sorted(rows):
        pairs, common, expected, got = rows[topic]
        print(f"{topic:12} {pairs:5} {common / max(expected, 1):7.3f} {common / max(got, 1):9.3f}")
    for title, found in (("missing", missing), ("extra", extra)):
        for (path, value), count in found.most_common(400) if shown else []:
            print(f"{title} {count:4} {path} = {value}")
    _, common, expected, got = rows["all"]
    return common / expected, common / got


# The directory of who and where, and the envelope.
NOT_CLINICAL = ("Provenance", "MessageHeader", "Organization", "Location", "Practitioner", "PractitionerRole", "Device")
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$")
GUIDE_SILENT = ("no_map", "no_element", "site")
SYSTEM = re.compile(r"\.system$|\.url$|\.display$")


def instant(value):
    """A time as seconds of UTC, since the vendor writes it in its own zone."""
    found = TIME.match(value)
    if not found:
        return value
    zone = found[3].replace("Z", "+00:00")
    return str(datetime.datetime.fromisoformat(found[1] + zone).astimezone(datetime.timezone.utc))


def clinical(bundle):
    """Values by resource type and element: what a reader of the bundle would look for. Names of systems differ by site."""
    found = collections.Counter()
    for (path, value), count in facts(bundle, False).items():
        if path.split(".")[0] in NOT_CLINICAL or SYSTEM.search(path):
            continue
        if "example.com" in value:
            continue
        found[(path, instant(value))] = count
    return found


def leaf_values(text):
    """Path → value of a message, as the report writes paths."""
    found, seen = {}, collections.Counter()
    for line in re.split(r"[\r\n]+", text.lstrip("\ufeff")):
        fields = line.split("|")
        seen[fields[0]] += 1
        first = 2 if fields[0] == "MSH" else 1
        for number, field in enumerate(fields[first:], start=first + (fields[0] == "MSH")):
            for r, repetition in enumerate(field.split("~"), start=1):
                for c, component in enumerate(repetition.split("^"), start=1):
                    for s, part in enumerate(component.split("&"), start=1):
                        if part:
                            found[f"{fields[0]}[{seen[fields[0]]}]-{number}[{r}].{c}.{s}"] = part
    return found


def silent_values(text, report):
    """Values that stand in the message only where the guide names no element."""
    silent = {each["path"] for each in report["unmapped"] if each["reason"] in GUIDE_SILENT}
    values = leaf_values(text)
    mapped = {value for path, value in values.items() if path not in silent}
    return {value for path, value in values.items() if path in silent} - mapped


def score_breadth(tool, folder, shown):
    files = sorted(folder.glob("*.hl7"))
    reachable = set(subprocess.run([tool, "--paths"], check=True, stdout=subprocess.PIPE).stdout.decode().split())
    silent = covered_silent = 0
    covered = expected_count = covered_anywhere = 0
    types = collections.defaultdict(lambda: [0, 0, 0])
    leaves = mapped = policy = 0
    reasons = collections.Counter()
    missing = collections.Counter()
    unmapped = collections.Counter()
    for file, (bundle, report) in zip(files, run_tool(tool, files)):
        expected = clinical(json.loads(file.with_suffix(".fhir.json").read_text("utf-8-sig")))
        got = clinical(bundle)
        values = {value for _, value in got}
        silent_here = silent_values(file.read_text("utf-8-sig"), report)
        for fact in expected:
            if fact[0].replace("._", ".") not in reachable or fact[1] in silent_here:
                silent += 1
                covered_silent += fact in got
                continue
            expected_count += 1
            covered += fact in got
            covered_anywhere += fact[1] in values
            row = types[fact[0].split(".")[0]]
            row[0] += 1
            row[1] += fact in got
            row[2] += fact[1] in values
            if fact not in got:
                missing[fact[0] + " = " + fact[1]] += 1
        leaves += report["leaves"]
        mapped += report["mapped"]
        policy += report["policy"]
        for each in report["unmapped"]:
            reasons[each["reason"]] += 1
            unmapped[re.sub(r"\[\d+\]", "", each["path"]) + " " + each["reason"]] += 1
    listed = sum(reasons.values())
    lost = leaves - mapped - policy - listed
    left = sum(reasons[each] for each in ("narrative_condition", "value_unfit", "no_concept", "no_room"))
    of_guide = mapped + left
    print(f"breadth: {len(files)} messages, coverage by path and value {covered / expected_count:.3f}, by value {covered_anywhere / expected_count:.3f}, "
          f"{expected_count} facts; {silent} more are from fields or for elements that the guide does not name (with those {(covered + covered_silent) / (expected_count + silent):.3f})")
    print(f"leaves {leaves}: mapped {mapped}, policy {policy}, unmapped {dict(reasons)}, lost {lost}")
    print(f"of the leaves that the guide maps, unmapped: {left / of_guide:.3f} (with those that its conditions leave out: "
          f"{(left + reasons['condition_false']) / (of_guide + reasons['condition_false']):.3f})")
    if shown == "breadth":
        for name, (count, by_path, by_value) in sorted(types.items(), key=lambda each: -each[1][0]):
            print(f"type {name:22} {count:5} {by_path / count:.3f} {by_value / count:.3f}")
        for path, count in missing.most_common(150):
            print(f"missing {count:4} {path}")
        for path, count in unmapped.most_common(250):
            print(f"unmapped {count:4} {path}")
    return covered / expected_count, lost, left / of_guide


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("--differences", default="")
    arguments = parser.parse_args()
    arguments.fixtures = pathlib.Path(os.environ.get("AORTA_FIXTURES", arguments.fixtures))
    rules, breadth = arguments.fixtures / "hl7v2/v2-to-fhir-rules", arguments.fixtures / "hl7v2/breadth"
    if not rules.is_dir() or not breadth.is_dir():
        print("skipped: no fixtures")
        return 77
    recall, precision = score_rules(arguments.tool, rules, arguments.differences)
    coverage, lost, left = score_breadth(arguments.tool, breadth, arguments.differences)
    bars = [("recall", recall >= 0.85), ("precision", precision >= 0.85), ("coverage", coverage >= 0.80),
            ("silent losses", lost == 0), ("unmapped of the guide's", left <= 0.05)]
    for name, is_met in bars:
        if not is_met:
            print("below the bar: " + name)
    return 0 if all(is_met for _, is_met in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
