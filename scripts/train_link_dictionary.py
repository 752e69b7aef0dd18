#!/usr/bin/env python3
"""Makes core/transport/dictionary.cpp: the zstd dictionary of links, from messages made up here (no patient's data). Give it
another NUMBER when it changes: workers of both kinds must know that they differ. Needs the zstd command."""
import json
import pathlib
import random
import subprocess
import tempfile
import uuid

NUMBER = 20_260_002
BYTES = 8192
TARGET = pathlib.Path(__file__).resolve().parent.parent / "core/transport/dictionary.cpp"
VITALS = [("8867-4", "Heart rate", "/min", 40, 160), ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", 80, 100),
          ("9279-1", "Respiratory rate", "/min", 8, 40), ("8310-5", "Body temperature", "Cel", 34, 41),
          ("8480-6", "Systolic blood pressure", "mm[Hg]", 80, 200), ("8462-4", "Diastolic blood pressure", "mm[Hg]", 40, 120)]
LABS = [("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 60, 300), ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 7, 18),
        ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 125, 150), ("6690-2", "Leukocytes [#/volume] in Blood", "10*3/uL", 2, 20)]


def stamp(chance):
    return f"20{chance.randint(24, 29)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T" \
           f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"


def reference(chance, kind):
    """Logical ids are UUIDs with some, and numbers with others."""
    logical = uuid.UUID(int=chance.getrandbits(128)) if chance.random() < 0.5 else chance.randint(1000, 10**8)
    return {"reference": f"{kind}/{logical}"}


def interpretation(chance):
    code, display = chance.choice([("N", "Normal"), ("H", "High"), ("L", "Low"), ("HH", "Critical high"), ("LL", "Critical low")])
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [{"coding": [{"system": system, "code": code, "display": display}]}]


def observation(chance):
    kind = chance.choice(["vital-signs", "laboratory"])
    code, display, unit, low, high = chance.choice(VITALS if kind == "vital-signs" else LABS)
    some = lambda: chance.random() < 0.5  # noqa: E731
    quantity = lambda value: {"value": round(value, 1), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}  # noqa: E731
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": kind}
    category |= {"display": "Vital Signs" if kind == "vital-signs" else "Laboratory"} if some() else {}
    text = {"text": display} if some() else {}
    device = {"device": reference(chance, "Device")} if some() else {}
    is_early = some()
    made = {
        "resourceType": "Observation", "id": reference(chance, "")["reference"][1:],
        "meta": {"profile": [f"http://hl7.org/fhir/StructureDefinition/{'vitalsigns' if kind == 'vital-signs' else 'Observation'}"]},
        "status": "final", "category": [{"coding": [category]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], **text},
        "subject": reference(chance, "Patient"), **({"encounter": reference(chance, "Encounter")} if some() else {}),
        **(device if is_early else {}),
        "effectiveDateTime": stamp(chance) + chance.choice(["Z", "+01:00", "-05:00"]),
        **({"issued": stamp(chance) + ".000Z"} if some() else {}),
        **({"performer": [reference(chance, "Practitioner")]} if chance.random() < 0.2 else {}),
        "valueQuantity": quantity(chance.uniform(low, high)),
        **({"interpretation": interpretation(chance)} if some() else {}),
        **({} if is_early else device),
        **({"referenceRange": [{"low": quantity(low), "high": quantity(high)}]} if some() else {}),
    }
    return json.dumps(made, separators=(",", ":")).encode()


def oru(chance):
    time = stamp(chance).translate(str.maketrans("", "", "-:T"))
    lines = [f"MSH|^~\\&|{chance.choice(['MONITOR', 'LAB', 'ADT'])}|{chance.choice(['ICU', 'WARD', 'HOSP'])}|EHR|HOSPITAL|{time}||"
             f"{chance.choice(['ORU^R01^ORU_R01', 'ORU^R01', 'ADT^A01^ADT_A01', 'ADT^A08^ADT_A01'])}|{chance.randint(1, 10**9)}|P|2.5.1",
             f"PID|1||{chance.randint(10**6, 10**8)}^^^HOSPITAL^MR||NAME^GIVEN^M||19{chance.randint(20, 99)}0101|{chance.choice('MF')}|||STREET^^CITY^ST^00000^USA",
             f"PV1|1|I|ICU^{chance.randint(1, 40)}^{chance.choice('AB')}^HOSPITAL|||||||||||||||||{chance.randint(10**5, 10**7)}",
             f"ORC|RE|{chance.randint(1, 10**6)}|{chance.randint(1, 10**6)}", f"OBR|1|{chance.randint(1, 10**6)}|{chance.randint(1, 10**6)}|VITALS^Vital signs^L|||{time}"]
    for index in range(1, chance.randint(2, 8)):
        code, display, unit, low, high = chance.choice(VITALS + LABS)
        lines.append(f"OBX|{index}|NM|{code}^{display}^LN||{round(chance.uniform(low, high), 1)}|{unit}|{low}-{high}|"
                     f"{chance.choice(['N', 'H', 'L', ''])}|||F|||{time}")
    return "\r".join(lines).encode() + b"\r"


def body(names, payload):
    """As a data body begins: content type, and an attribute."""
    texts = [bytes([index, len(name)]) + name for index, name in enumerate(names)]
    return b"".join(texts[:1]) + bytes(8) + b"\x01" + b"".join(texts[1:]) + payload


def main():
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(3000):
            sample = body([b"fhir", b"peer"], observation(chance)) if index % 2 else body([b"hl7v2", b"peer", b"hl7v2.index/1"], oru(chance))
            pathlib.Path(folder, f"{index:05}").write_bytes(sample)
        made = pathlib.Path(folder, "dictionary")
        subprocess.run(["zstd", "-q", "--train", "-r", folder, "-1", f"--maxdict={BYTES}", f"--dictID={NUMBER}", "-o", made], check=True)
        data = made.read_bytes()
    rows = "\n".join("    " + ",".join(str(byte) for byte in data[i:i + 24]) + "," for i in range(0, len(data), 24))
    TARGET.write_text("// Made by scripts/train_link_dictionary.py: do not edit.\n"
                      '#include "transport/dictionary.hpp"\n\nnamespace aorta::transport {\nnamespace {\n\n// clang-format off\n'
                      f"constexpr std::uint8_t kBytes[] = {{\n{rows}\n}};\n// clang-format on\n\n"
                      "}  // namespace\n\nstd::span<const std::uint8_t> link_dictionary() {\n    return kBytes;\n}\n\n"
                      "}  // namespace aorta::transport\n")


if __name__ == "__main__":
    main()
