#!/usr/bin/env python3
"""Writes plugins/deidentify/records/hl7v2/field_table.cpp and plugins/common/privacy/zip3_data.cpp from the CSV files
in their data folders.

safe_harbor_hl7v2_fields.csv  HL7 v2 fields, their class in 45 CFR 164.514(b)(2)(i), an action per profile
keep_fields.csv               fields without such a row that may stay, and how each is checked
zip3_population_2020.csv      three-digit ZIP areas and their population in the census of 2020

With --check nothing is written: exit 1 if a file is not what the data give.
"""
import csv
import pathlib
import sys

PLUGINS = pathlib.Path(__file__).resolve().parent.parent / "plugins"
FIELDS = PLUGINS / "deidentify/records/hl7v2"
PLACES = PLUGINS / "common/privacy"

CODED_TYPES = {"CE", "CWE", "ID", "IS"}


def date_treatment(datatype):
    special = {"TM": "Remove", "OCD": "Occurrence", "OSP": "Occurrence", "TQ": "Timing"}
    return special.get(datatype, "Date")


def kept_treatment(datatype):
    return "Coded" if datatype in CODED_TYPES else "Number" if datatype == "NM" else "Keep"


def code_treatment(datatype):
    return "Id" if datatype == "CX" else "Code"


def surrogate_treatment(datatype):
    """Names and locations have no number in their first component: the whole value gets a code."""
    return "Surrogate" if datatype in {"XPN", "PL", "LA1", "LA2", "NDL", "DLD"} else code_treatment(datatype)


def text_treatment(datatype):
    return "Text" if datatype in CODED_TYPES else "FreeText"


def location_treatment(datatype):
    return "Location" if datatype in {"PL", "LA1", "LA2"} else "Remove"


def always(treatment):
    return lambda datatype: treatment


SAFE_HARBOR = {
    "year_only_age89": date_treatment,
    "remove": always("Remove"),
    "remove_or_map": always("Remove"),
    "remove_or_facility_code_map": always("Remove"),
    "policy_remove_recommended": always("Remove"),
    "remove_or_random_code": code_treatment,
    "xad_state_zip3": always("Address"),
    "drop_or_scrub": text_treatment,
    "keep_or_generalise": kept_treatment,
    "keep": always("Keep"),
    "by_value_type": always("ByValueType"),
}
LIMITED = {
    "keep": always("Keep"),
    "keep_or_hmac": always("Keep"),
    "keep_city_state": always("Keep"),
    "keep_if_not_street_address": location_treatment,
    "remove": always("Remove"),
    "remove_or_keep_policy": always("Remove"),
    "policy": always("Remove"),
    "xad_city_state_zip": always("CityAddress"),
    "drop_or_scrub": text_treatment,
    "by_value_type": always("ByValueType"),
}
PSEUDONYMISE = {
    "date_shift": date_treatment,
    "remove": always("Remove"),
    "policy": always("Remove"),
    "hmac": code_treatment,
    "hmac_or_keep": surrogate_treatment,
    "surrogate_or_hmac": surrogate_treatment,
    "map_code": surrogate_treatment,
    "scrub": text_treatment,
    "generalise": kept_treatment,
    "xad_state_zip3": always("Address"),
    "keep": always("Keep"),
    "by_value_type": always("ByValueType"),
}
# treatment in keep_fields.csv: Safe Harbor, limited data set; to pseudonymise is as Safe Harbor
KEPT = {
    "keep": ("Keep", "Keep"),
    "coded": ("Coded", "Coded"),
    "number": ("Number", "Number"),
    "quantity": ("Quantity", "Quantity"),
    "label": ("Label", "Label"),
    "first": ("First", "First"),
    "range": ("Range", "Range"),
    "timing": ("Timing", "Keep"),
    "date": ("Date", "Keep"),
    "address": ("Address", "CityAddress"),
    "code": ("Code", "Keep"),
}


def hipaa_class(text):
    """One letter: the class, D for D/E/F, T for free text, V for OBX-5, - for none."""
    if text.startswith("none"):
        return "-"
    return {"A-R(free text)": "T", "A-R(by OBX-2)": "V"}.get(text, text[0])


def read(folder, name):
    with open(folder / "data" / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def field_rules():
    """segment -> {field: (Safe Harbor, limited data set, pseudonymise, class)}"""
    rules = {}
    for row in read(FIELDS, "safe_harbor_hl7v2_fields.csv"):
        if row["field"] == "*":
            continue  # everything that has no row is removed
        datatype = row["datatype"]
        pair = (SAFE_HARBOR[row["action_safe_harbor"]](datatype),
                LIMITED[row["action_limited_data_set"]](datatype),
                PSEUDONYMISE[row["action_pseudonymise"]](datatype))
        if row["path"] == "MSH-10":
            pair = ("ControlId",) * 3
        fields = rules.setdefault(row["segment"], {})
        fields[int(row["field"])] = (*pair, hipaa_class(row["safe_harbor_class"]))
    for row in read(FIELDS, "keep_fields.csv"):
        fields = rules.setdefault(row["segment"], {})
        number = int(row["field"])
        if number in fields:
            sys.exit(f"{row['segment']}-{number} has a row in both tables")
        safe_harbor, limited = KEPT[row["treatment"]]
        fields[number] = (safe_harbor, limited, safe_harbor, "-")
    return rules


def zip3_words():
    words = [0] * 16
    for row in read(PLACES, "zip3_population_2020.csv"):
        if int(row["population_2020"]) > 20000:
            zip3 = int(row["zip3"])
            words[zip3 // 64] |= 1 << (zip3 % 64)
    return words


def wrap(items, indent="    ", width=100):
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) > width:
            lines.append(line.rstrip())
            line = indent
        line += item + " "
    return lines + [line.rstrip()]


def render_places():
    return "\n".join([
        "// Written by scripts/generate_safe_harbor.py from the CSV file in data/. Do not edit.",
        "// clang-format off",
        '#include "common/privacy/places.hpp"',
        "",
        "#include <cstdint>",
        "",
        "namespace aorta::privacy {",
        "namespace {",
        "",
        "// One bit for each three-digit ZIP area with more than 20,000 people.",
        "constexpr std::uint64_t kPopulousZip3[] = {",
        *wrap([f"0x{word:016X}," for word in zip3_words()]), "};", "",
        "}  // namespace",
        "",
        "bool is_populous_zip3(unsigned zip3) {",
        "    return zip3 < 1000 && (kPopulousZip3[zip3 / 64] >> (zip3 % 64) & 1U) != 0;",
        "}",
        "",
        "}  // namespace aorta::privacy",
        "",
    ])


def render_fields():
    rules = field_rules()
    lines = [
        "// Written by scripts/generate_safe_harbor.py from the CSV files in data/. Do not edit.",
        "// clang-format off",
        '#include "deidentify/records/hl7v2/field_table.hpp"',
        "",
        "namespace aorta::plugins::deidentify {",
        "namespace {",
        "",
        "using enum Treatment;",
        "",
        "constexpr FieldRule kFields[] = {",
    ]
    segments, first = [], 0
    for segment in sorted(rules):
        fields = rules[segment]
        lines.append(f"    // {segment}")
        lines += wrap([f"{{{n}, {{{a}, {b}, {c}}}, '{d}'}}," for n, (a, b, c, d) in sorted(fields.items())])
        segments.append(f"{{\"{segment}\", {first}, {len(fields)}}},")
        first += len(fields)
    lines += ["};", "", "constexpr SegmentRules kSegments[] = {", *wrap(segments), "};", ""]
    lines += [
        "}  // namespace",
        "",
        "std::span<const SegmentRules> segment_rules() {",
        "    return kSegments;",
        "}",
        "",
        "std::span<const FieldRule> field_rules(const SegmentRules& segment) {",
        "    return std::span{kFields}.subspan(segment.first, segment.count);",
        "}",
        "",
        "}  // namespace aorta::plugins::deidentify",
        "",
    ]
    return "\n".join(lines)


def main():
    for output, text in ((FIELDS / "field_table.cpp", render_fields()), (PLACES / "zip3_data.cpp", render_places())):
        if "--check" not in sys.argv[1:]:
            output.write_text(text, encoding="utf-8")
        elif not output.exists() or output.read_text(encoding="utf-8") != text:
            sys.exit(f"{output} is out of date: run scripts/generate_safe_harbor.py")


if __name__ == "__main__":
    main()
