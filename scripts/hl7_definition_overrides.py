"""What the dictionary behind generate_hl7_definitions.py lacks or has wrong, each with its reason."""
import re

VERSIONS = ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8"]

# Misprints: a digit for the letter O.
STRUCTURE_NAMES = {"OMG_019": "OMG_O19", "OML_021": "OML_O21", "OML_033": "OML_O33", "OML_035": "OML_O35",
                   "ORB_028": "ORB_O28"}

TYPE_NAMES = {}


# What a regular expression finds in the syntax of some structures, and what it should be.
CORRECTIONS = [
    # An order detail is one order of one kind (HL7 chapter 4), not any number of any kinds.
    (re.compile(r"OR[MR]_O0[12]"), re.compile(r">\*"), ">"),
    # A note for the pharmacist cannot be demanded; messages without it are common.
    (re.compile(r"RDS_O13"), re.compile(r"\(NTE\+"), "(NTE*"),
    # A specimen comes in a container or not: optional in the later versions, and in messages of the earlier ones.
    (re.compile(r"OUL_R22"), re.compile(r"CONTAINER(\+|(?=\())"), "CONTAINER*"),
    # The group has no name in the dictionary.
    (re.compile(r"MDM_T\d\d"), re.compile(r"\b(OBSERVATION_RESULT_GROUP|GROUP)\+"), "OBSERVATION+"),
]


MISPRINTS = [("TIIMING", "TIMING"), ("RSPONSE", "RESPONSE"), ("DEFINTION", "DEFINITION"),
             ("LOCATIONL_RESOURCE", "LOCATION_RESOURCE")]


def without_group_counts(text):
    return re.sub(r"[?*+]\(", "(", text)


def restored(text, earlier):
    """The dictionary forgot in 2.6 how often groups may come (OML_O21, …): as in 2.5.1, if nothing else changed."""
    forgot = earlier and len(text) < len(earlier) and without_group_counts(text) == without_group_counts(earlier)
    return earlier if forgot else text


def corrected_structure(name, version, text):
    for names, wrong, right in CORRECTIONS:
        if names.fullmatch(name):
            text = wrong.sub(right, text)
    for wrong, right in MISPRINTS:
        text = text.replace(wrong + "+(", right + "+(").replace(wrong + "*(", right + "*(").replace(wrong + "(", right + "(")
    return text


# 2.8 from 2.7.1: PRT takes over from ROL and may follow whatever somebody takes part in; orders can carry a document;
# insurances can carry authorizations and referrals. Checked with the message maps of HL7's v2-to-FHIR guide.
CHANGES_OF_2_8 = [
    (r"ROL\*", "ROL* PRT*"),
    (r"(IN3[*?] ROL\* PRT\*)\)", r"\1 AUTHORIZATION*(AUT PRT*) REFERRAL*(RF1 PRT*))"),
    (r"DB1\* OBX\*", "DB1* OBSERVATION*(OBX PRT*)"),
    (r"ORC\? OBR", "COMMON_ORDER?(ORC PRT* ORDER_DOCUMENT?(OBX PRT* TXA)) OBR"),
    (r"OBR ORC\?", "OBR PRT* COMMON_ORDER?(ORC PRT* ORDER_DOCUMENT?(OBX PRT* TXA))"),
    (r"\b(ORC\??|FT1|RXO|RXE|RXD|RXA)(?= )(?! PRT)", r"\1 PRT*"),
    (r"\(OBX(?! PRT)", "(OBX PRT*"),
    (r"\bRXC\*(?! CDO)", "RXC* CDO*"),
    (r"NK1\* (PATIENT_VISIT\?|PATIENT_OBSERVATION\*)", r"NK1* ARV* \1"),
    (r"PATIENT_PRIOR\?\(PID PD1\? PRT\*\)", "PATIENT_PRIOR?(PID PD1? PRT* ARV*)"),
]
VACCINATION_OF_2_8 = [(r"NK1\* PATIENT\?\(PV1 PV2\?\)", "NK1* ARV* PATIENT?(PV1 PV2? ARV*)"),
                      (r"INSURANCE\*\(IN1 IN2\? IN3\?\)", r"\g<0> PERSON_OBSERVATION*(OBX PRT* NTE*)")]


def structure_of_2_8(name, text):
    for pattern, change in CHANGES_OF_2_8 + (VACCINATION_OF_2_8 if name == "VXU_V04" else []):
        text = re.sub(pattern, change, text)
    return text


# name, (first version, last version, syntax)
STRUCTURES = []

# Events that table 0354 of the dictionary does not list.
EVENTS = {}

def with_usage(usage):
    return lambda row: (row[0], usage, *row[2:])


def with_length(length):
    return lambda row: (*row[:3], length, row[4])


def with_type(name):
    return lambda row: (name, *row[1:])


# segment, field, first version, last version, a function from the row that the dictionary has
FIELDS = [
    # Required in this one version only, by the dictionary; the standard has never asked for them.
    ("OBX", 4, "2.3.1", "2.3.1", with_usage("C")),
    ("ORC", 7, "2.3", "2.3", with_usage("O")),
    ("OBR", 27, "2.3", "2.3", with_usage("O")),
    ("NK1", 7, "2.3", "2.3", with_usage("O")),
    # 2.5.1 reserves them for what 2.6 has there: a site, an instance identifier, a mood. The dictionary makes a text of it.
    ("OBX", 20, "2.5.1", "2.5.1", with_type("VARIES")),
    ("OBX", 21, "2.5.1", "2.5.1", with_type("VARIES")),
    ("OBX", 22, "2.5.1", "2.5.1", with_type("VARIES")),
    # A text until 2.8.1, and from 2.8.2, which counts as 2.8, an OG: group and sequence are components.
    ("OBX", 4, "2.8", "2.8", with_type("VARIES")),
    # Two characters, in versions whose table 0125 has codes of three.
    ("OBX", 2, "2.3", "2.6", with_length(3)),
    # 2.7 gives lengths as ranges, which the dictionary has not got; this one decides whether answers can be matched.
    ("MSH", 10, "2.7", "2.8", with_length(199)),
]

# data type, component and the same
COMPONENTS = [
    # MSH-11 kept its table when it became a composite.
    ("PT", 1, "2.3", "2.4", lambda row: ("ID", *row[1:4], 103)),
]

# Codes that both inputs lack.
CODES = {}
VALUE_TYPES = set()

# Not codes but remarks.
NO_CODES = {"null", "<null>", "Varies", "...", ""}

# Such a "code" stands for many: the table is open, nothing can be told from it.
PLACEHOLDER = re.compile(r"nnn|xxx|zzz|\.\.\.| - |^\(|\|")
# Examples, no lists: application ids, facilities, assigning authorities.
OPEN_TABLES = {300, 361, 362, 363}
# HL7's, but with other values in honest use: media types (RFC 2046, in any case, and those of the older table 0191),
# character sets (spelt as in MIME).
USER_TABLES = {191, 211, 291, 834}
