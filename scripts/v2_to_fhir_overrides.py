"""Where generate_v2_to_fhir.py departs from the tables of the HL7 v2-to-FHIR guide, each with its reason.

The guide writes some cells in prose, some with slips, and leaves some choices to whoever implements it. A row is named
as (table, line of the CSV file, from 1).
"""
import re

# Slips in target paths, and notations that mean another path.
PATH_FIXES = [
    (r"name\.family\.extension\.(url|valueCode)", r"name.extension[1].\1"),
    (r"\}", "]"), (r"\bPractioner\b", "Practitioner"), (r"\bpractioner\b", "practitioner"),
    (r"organziation\.?\(", "organization("), (r"organization\.\(", "organization("), (r"\bsytem\b", "system"),
    (r"(extension\[\d\])\.uri$", r"\1.url"), (r"valuedateTime", "valueDateTime"), (r"valueSampedData", "valueSampledData"),
    (r"function\.coding\.uri", "function.coding.system"), (r"\.coding\.value\b", ".coding.code"),
    (r"^Quantity\.", ""), (r"recorder\.reference\(", "recorder("), (r"^payer", "payor"), (r"occurn?e?urr?ence?Timing", "occurrenceTiming"),
    (r"^occurneceTiming|^occurenceTiming|^occurrenceTIming", "occurrenceTiming"),
    (r"^occurrenceTiming\.(bounds|duration)", r"occurrenceTiming.repeat.\1"),
    (r"PractitionerRole\.Practitioner\(", "PractitionerRole.practitioner("), (r"policyHolder\(\[1\]", "policyHolder("),
    (r"^value\[(\d)\]$", r"[\1].value"), (r"^type\[2\]$", "[2].type"), (r"valueExtension\[1\]", "extension[1]"),
    (r"^medication\(", "medicationReference("), (r"\.individual\.reference$", ".individual"),
    (r"^system\.extension-data-absent-reason$", "system.extension[1].valueCode"),
    (r"location\(Location\.mode\)", "mode"), (r"^(\[\d\])\.location\(Location\.(.*)\)$", r"\1.\2"), (r"Medication\.doseForm", "Medication.form"),
    (r"^udiCarrier\.deviceIdentifier$", "deviceIdentifier"), (r"agent\[(\d)\]\.role\[1\]\.coding\[1\]", r"agent[\1].type.coding"),
    (r"^occurred$", "occurredDateTime"), (r"^timestamp$", "timestamp"), (r"^content\[(\d)\]\.(data|contentType|url)$", r"content[\1].attachment.\2"),
    (r"medicationReference\(Medication\.ingredient\.strength\.(\w+)\.(\w+)$", r"medicationReference(Medication.ingredient.strength.\1.\2)"),
    (r"dosageInstruction\.doseAndRate\.timing", "dosageInstruction.timing"), (r"^participant\.period\.start$", "participant.period.start"),
    (r"location\[1\]\(Location\)", "location(Location)"), (r"location\[1\]\(Location\.address\)", "location(Location.address)"),
    (r"^participant\.coveragePeriod", "participant.period"), (r"valueCodeableReference\.concept", "valueCodeableConcept"),
    (r"(participant\[\d\]\.member)\(PractitionerRole\.address\)", r"\1(PractitionerRole.practitioner(Practitioner.address))"),
]

# (table, line) → path; None: the row is left out, with the reason.
PATHS = {
    ("ORC[ServiceRequest]", 5): "extension[1].url",
    ("ORC[MedicationAdministration]", 3): "extension[1].url",
    ("ORC[MedicationAdministration]", 4): "extension[1].extension[1].url",
    ("ORC[MedicationAdministration]", 5): "extension[1].extension[1].valueCodeableConcept.coding.code",
    ("ORC[MedicationAdministration]", 6): "extension[1].extension[1].valueCodeableConcept.coding.system",
    ("NTE[Appointment-Comment]", 7): "extension[2].url",
    ("TQ1[ServiceRequest]", 19): "occurrenceTiming.repeat.count",
    ("TQ1[MedicationRequest]", 19): "dosageInstruction.timing.repeat.count",
    ("XAD[Address]", 3): "$this",
    ("NM[Quantity]", 3): "value",
    ("AL1[AllergyIntolerance]", 15): "reaction.manifestation[1]",
    ("IAM[AllergyIntolerance]", 15): "reaction.manifestation[1]",
    ("XTN[ContactPoint]", 7): "system.extension[1].valueCode",
    ("AIS[Appointment]", 6): "start",
    ("SCH[Appointment]", 3): "identifier[1]",
    ("SPM[Specimen]", 18): "note.text",
    ("NTE[DocumentReference]", 5): "description",
    ("EVN[Provenance]", 9): "reason.extension[1].valueCode",
    ("TXA[DocumentReference]", 6): "content[1].attachment.contentType",
    ("OBX[DocumentReference]", 10): "content[3].attachment.url",
    ("IN1[Coverage]", 14): "policyHolder(Organization.identifier)",
    ("SFT[Device]", 6): "version.value",
    ("EI[Condition]", 4): "identifier.assigner(Organization.identifier[1].value)",
    ("EI[Condition]", 5): "identifier.assigner(Organization.identifier[2].value)",
    ("EI[Condition]", 6): "identifier.assigner(Organization.identifier[2].type)",
    ("PV1[Encounter]", 65): "location[1].location(Location.operationalStatus)",
    ("FN[HumanName]", 10): "family.extension[4].url",
    ("FN[HumanName]", 11): "family.extension[4].valueString",
    ("CX[Identifier]", 7): "extension[2].valueString",
    ("ROL[Encounter-PractitionerRole]", 3): "participant[1].individual(PractitionerRole.identifier)",
    ("MSH[MessageHeader]", 14): "meta.security[1].code",
}

# Rows of the guide that are not used, with the reason.
DROPPED = {
    ("DG1[Encounter]", line): "the condition is the Condition of the same DG1, which the message map refers to"
    for line in (5, 6, 7, 18, 21, 22, 23, 24, 25, 26, 27, 28)}
DROPPED.update({
    ("PID[Patient]", 32): "a jurisdiction outside the US: set identifier types after the mapping",
    ("NK1[RelatedPerson]", 43): "a jurisdiction outside the US: set identifier types after the mapping",
    ("DG1[Condition]", 25): "DG1-21 is an action code: the row holds for D alone, see ADDED",
    ("DG1[Condition]", 26): "DG1-21 is an action code: the row holds for D alone, see ADDED",
    ("ROL[CareTeam]", 7): "who takes part is taken to be a practitioner",
    ("ROL[CareTeam]", 8): "who takes part is taken to be a practitioner",
    ("PRT[CareTeam]", 9): "who takes part is taken to be a practitioner",
    ("PRT[CareTeam]", 10): "who takes part is taken to be a practitioner",
    ("OBR[Specimen]", 4): "a placer number is taken to be no accession number",
    ("OBR[Specimen]", 16): "relevant clinical information is taken to be text about the order",
    ("OBR[Specimen]", 17): "relevant clinical information is taken to be text about the order",
    ("CX[Identifier]", 8): "see ADDED: an organization only for CLIA and other types that are no identifier system",
    ("CX[Identifier]", 9): "see ADDED",
    ("CX[RelatedPerson-Mother]", 11): "see ADDED",
    ("CX[RelatedPerson-Mother]", 12): "see ADDED",
    ("XCN[Practitioner]", 11): "an assigning authority is taken to be a system",
    ("XCN[Patient]", 11): "an assigning authority is taken to be a system",
    ("XCN[PractitionerRole]", 11): "an assigning authority is taken to be a system",
    ("XCN[Annotation-Author]", 11): "an assigning authority is taken to be a system",
    ("XON[Location]", 11): "an assigning authority is taken to be an organization",
    ("XON[Organization]", 11): "an assigning authority is taken to be an organization",
    ("IAM[AllergyIntolerance]", 26): "who reported is a related person unless IAM-15 says self",
    ("TXA[DocumentReference]", 10): "an extension of FHIR R6",
    ("TXA[DocumentReference]", 11): "an extension of FHIR R6",
    ("PV1[Patient]", 18): "VIP is taken to belong to the visit",
    ("PV1[Patient]", 19): "VIP is taken to belong to the visit",
    ("CWE[Device]", 4): "the code is taken to name an instance", ("CWE[Device]", 8): "the code is taken to name an instance",
    ("CWE[Device]", 10): "the code is taken to name an instance", ("CWE[Device]", 14): "the code is taken to name an instance",
    ("CWE[Device]", 20): "the code is taken to name an instance", ("CWE[Device]", 24): "the code is taken to name an instance",
    ("OBX[Observation-Component]", 29): "a document is taken to belong to its component",
    ("OBX[Observation-Component]", 33): "a document is taken to belong to its component",
    ("OBX[Observation]", 52): "the producer is the organization of the row before",
    ("TXA[Provenance]", 27): "whether a distribution was updated later cannot be told",
    ("TXA[Provenance]", 28): "whether a distribution was updated later cannot be told",
    ("TXA[Provenance]", 29): "whether a distribution was updated later cannot be told",
    ("EI[Identifier-System]", 4): "the universal id is the system, where there is one",
    ("NM[Quantity-LengthOfStay]", 7): "a negative number does not fit", ("NM[positiveInt]", 4): "a negative number does not fit",
    ("CX[RelatedPerson-Mother]", 3): "the patient of the message is referred to",
    ("XAD[Address]", 13): "an extension without a URL", ("XAD[Address]", 14): "an extension without a URL",
    ("XAD[Address]", 15): "an extension without a URL",
    ("PL[Location]", 6): "FHIR has no code for a point of care", ("PL[Location]", 7): "FHIR has no code for a point of care",
    ("NDL[PractitionerRole]", 8): "FHIR has no code for a point of care", ("NDL[PractitionerRole]", 9): "FHIR has no code for a point of care",
    ("MSH[Bundle]", 14): "a namespace for control ids is the implementer's",
    ("IN1[Coverage]", 20): "see ADDED", ("IN1[Coverage]", 21): "the subscriber is the patient",
    ("OG[Extension-Subidentifier]", 4): "see ADDED",
    ("PID[Appointment]", 7): "one patient is one participant", ("PID[Appointment]", 8): "one patient is one participant",
    ("PID[Appointment]", 9): "one patient is one participant", ("PID[Appointment]", 4): "one patient is one participant",
    ("PID[Appointment]", 5): "one patient is one participant", ("PID[Appointment]", 6): "one patient is one participant",
    ("PID[Appointment]", 10): "one patient is one participant", ("PID[Appointment]", 11): "one patient is one participant",
    ("PID[Appointment]", 12): "one patient is one participant",
    **{("MSH[MessageHeader]", line): "what FHIR demands and the message lacks has a reason anyway" for line in (32, 33, 35, 36)},
    ("HD[MessageHeader.source-name]", 4): "the universal id is the endpoint",
    **{("PV1[Basic-EncounterHistory]", line): "an extension has a value or extensions, not both" for line in range(53, 59)},
    ("MSH[Bundle]", 3): "the option bundle says so",
})

# Narrative conditions that are implemented: "" holds always; else a condition of the guide's own grammar.
ALWAYS = ""
NARRATIVES = {
    "If in the US and various other jurisdictions": ALWAYS,
    "If mapped to FHIR, use Code System and Display": ALWAYS,
    "If positive": ALWAYS,  # a number that is not does not fit the target
    "If organization": ALWAYS,
    "If system": ALWAYS,
    "If instance identifier": ALWAYS,
    "if the resource attribute using the HumanName datatype allows for multiple names": ALWAYS,
    "If it represents a HRF or AIDC": ALWAYS,
    "If the software represents the original source system": ALWAYS,
    "If ORC-4 data type \"EI\" is used": "IF ORC-4.1 VALUED",
    "If SCH-10 indicates units of minutes": "IF SCH-10.1 IN (\"\", \"m\", \"min\", \"MIN\", \"minutes\")",
    "If time is included": "IF TXA-6 LENGTH GREATER THAN 8",
    "If in context of the patient": ALWAYS,
    "If in context of an encounter": ALWAYS,
    "The FHIR location will depend on the nature of the data being exchanged and how the systems use next of kin data": ALWAYS,
    "If a ServiceRequest needs to be created for the receiver.": ALWAYS,
    "If a ServiceRequest needs to be created for the receiver": ALWAYS,
    "Depending on ROL-3": ALWAYS,
    "Any markup in ST, FT or TX data may not present properly given that valueString is a string data type": ALWAYS,
    "If none of the other observations in OBX-5 are not derived from the documentation included": ALWAYS,
    "If none of the other observations in OBX-5 are not derived from the documentation referenced": ALWAYS,
    "One  may drop PID-33 from the condition if PID-34 Last Update Facility is still sufficient without a date.": ALWAYS,
    "If there is a source in MSH-4, or known based on the configuration.": "IF MSH-4 VALUED",
    "must be valued to the seconds and with the appropriate/correct timezone": ALWAYS,
    "If only person information": ALWAYS,
    "If this does not represent fasting status": ALWAYS,
    "If AIG-4 reflects a location": ALWAYS,
    "If IAM-15 is not valued, not always 100% clear this is a practitioner, so much review locally.": ALWAYS,
    "If severity was used equivalent to criticality": ALWAYS,
    "Only if the system wants to know about the encounter related to the immunization event": ALWAYS,
    "Only if the system wants to know about the order that lead to the immunization event": ALWAYS,
    "The value mapping depends on the message context where the PR1 is used and to be determined by the implementer.  "
    "If not clear, use \"unknown\".": ALWAYS,
}
NARRATIVE_PREFIXES = [
    ("If PRT-2 is valued to \"D\"", ALWAYS), ("When the ROL includes entries", ALWAYS),
    ("Based on profiles, such as Vital Signs", ALWAYS), ("Map to Observation.partOf", ALWAYS),
    ("Determine which AI", ALWAYS), ("If OBR-29.2 is also valued", ALWAYS), ("If OBR-29.1 is also valued", ALWAYS),
]

# (table, line) → condition instead of the guide's.
CONDITIONS = {
    ("OBR[DiagnosticReport]", 4): "IF ORC-2 NOT VALUED", ("OBR[DiagnosticReport]", 5): "IF ORC-2 NOT VALUED",
    ("OBR[DiagnosticReport]", 6): "IF ORC-2 NOT VALUED", ("OBR[DiagnosticReport]", 7): "IF ORC-3 NOT VALUED",
    ("OBR[DiagnosticReport]", 8): "IF ORC-3 NOT VALUED", ("OBR[DiagnosticReport]", 9): "IF ORC-3 NOT VALUED",
    ("OBR[DiagnosticReport]", 32): ALWAYS,
    ("EIP", 0): ALWAYS,
    ("ORC[ServiceRequest]", 3): "IF ORC-5 NOT VALUED",
    ("ORC[ServiceRequest]", 28): ALWAYS,
    # With the row for OBR, which holds if ORC has no number, a number in both would be in neither.
    **{("ORC[ServiceRequest]", line): ALWAYS for line in range(9, 15)},
    # The guide's own table takes Y for a person that is away; who is not told is not left out.
    ("PID[Patient]", 18): "IF PID-11 LST.COUNT EQUALS 1 AND PID-11.9 VALUED AND PID-12 NOT EQUALS PID-11.9",
    ("RXA[Immunization]", 25): "IF RXA-20 NOT VALUED AND RXA-21 NOT EQUALS \"D\"",
    ("RXA[Immunization]", 27): "IF RXA-21 EQUALS \"A\" OR RXA-22 VALUED",
    ("OBX[Observation-Component]", 18): "IF OBX-2 EQUALS \"VR\"",
    ("OBX[Observation]", 17): "IF OBX-2 EQUALS \"VR\"",
    ("OBX[Observation]", 24): "IF OBX-2 EQUALS \"SN\" AND OBX-5.1 VALUED AND OBX-5.2 NOT VALUED",
    ("OBX[Observation-Component]", 25): "IF OBX-2 EQUALS \"SN\" AND OBX-5.1 VALUED AND OBX-5.2 NOT VALUED",
    ("HD[MessageHeader.source-endpoint]", 9): "IF HD.2 NOT VALUED",
    ("HD[MessageHeader.source-endpoint]", 10): "IF HD.2 NOT VALUED",
    ("HD[MessageHeader.source-endpoint]", 3): ALWAYS,
    ("HD[MessageHeader.source-endpoint]", 8): "IF HD.1 NOT VALUED AND HD.3 NOT IN (\"ISO\", \"UUID\", \"DNS\", \"URI\")",
    ("HD[MessageHeader.destination-endpoint]", 7): "IF HD.2 NOT VALUED",
    ("HD[MessageHeader.destination-endpoint]", 8): "IF HD.2 NOT VALUED",
    # An address or number in the first component of old is not lost because of what the other components lack.
    ("XTN[ContactPoint]", 3): "IF XTN.7 NOT VALUED AND XTN.12 NOT VALUED AND (XTN.4 NOT VALUED OR XTN.3 NOT IN (\"Internet\", \"X.400\"))",
    ("SN[Ratio]", 5): ALWAYS,
    ("XTN[ContactPoint]", 5): "IF XTN.3 VALUED",
    ("PV1[Encounter]", 5): "IF PV1-45 NOT VALUED",
    ("OBX[Observation]", 13): "IF OBX-2 EQUALS \"IS\"",
    # Most senders name no table: one that is not the other's is taken for the field's own.
    ("SCH[Appointment]", 9): "IF SCH-7.3 NOT IN (\"HL70277\")", ("SCH[Appointment]", 11): ALWAYS,
    ("SPM[Specimen]", 22): "IF SPM-17.2 NOT VALUED",
    ("XCN[PractitionerRole]", 22): "IF XCN.19 NOT VALUED AND XCN.20 NOT VALUED",
    ("EVN[Provenance]", 7): "IF EVN-4 NOT EQUALS \"U\"",
}

# Fixed texts that are prose in the guide: (table, line) → text, or None where nothing is written.
ASSIGNMENTS = {
    ("CX[RelatedPerson-Mother]", 4): "MTH",
    ("CX[RelatedPerson-Mother]", 5): "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    ("PR1[Procedure]", 3): "unknown",
    ("TXA[DocumentReference]", 24): "current",
    ("PID[Patient]", 34): "http://hl7.org/fhir/sid/us-ssn",
    ("OBX[Observation]", 58): "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value-time",
    ("OBX[Observation-Component]", 60): "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value-time",
    **{(table, line): "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order" for table, line in (
        ("XCN[Practitioner]", 23), ("XCN[Patient]", 23), ("XCN[PractitionerRole]", 23), ("XCN[Annotation-Author]", 23),
        ("XCN[RelatedPerson]", 22))},
    ("ORC[ServiceRequest]", 8): "http://terminology.hl7.org/CodeSystem/v2-0119",
    ("ORC[MedicationAdministration]", 6): "http://terminology.hl7.org/CodeSystem/v2-0119",
    ("NM[Quantity-LengthOfStay]", 5): "http://unitsofmeasure.org",
    ("OBR[ServiceRequest]", 19): "order",
    ("SCH[Appointment]", 16): "PLACER", ("SCH[Appointment]", 22): "FILLER",
    ("SCH[Appointment]", 28): "enterer",
    ("SCH[Appointment]", 29): "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
    ("XAD[Address]", 13): "http://terminology.hl7.org/CodeSystem/v2-0190",
    ("OBX[Observation]", 75): "http://terminology.hl7.org/CodeSystem/v2-0936",
    ("OBX[Observation-Component]", 77): "http://terminology.hl7.org/CodeSystem/v2-0936",
    ("OBR[ServiceRequest]", 29): "http://hl7.org/fhir/StructureDefinition/servicerequest-order-callback-phone-number",
    ("PV1[Encounter]", 17): None, ("AIP[Appointment]", 6): None,
    **{("CWE[Device]", line): "user-friendly-name" for line in (6, 12, 18, 22)},
    **{("CWE[Device]", line): None for line in (7, 13, 23)},
    ("PV1[Encounter]", 67): None,
    ("XPN[string]", 3): "+XPN.2+\" \"+XPN.1",
    ("PV1[Encounter]", 62): None,
    ("DTM[dateTime]", 3): None, ("TS[dateTime]", 3): None, ("DR[dateTime]", 3): None, ("DTM[Annotation-Time]", 3): None,
    ("ED[Attachment]", 8): None, ("ED[DocumentReference]", 9): None,
    ("RP[Attachment]", 5): "+RP.3+\"/\"+RP.4", ("RP[DocumentReference]", 5): "+RP.3+\"/\"+RP.4",
    ("CWE[Annotation]", 3): None,
    ("PV1[Encounter]", 68): "reserved",
    ("OBX[DocumentReference]", 9): "text/plain", ("OBX[DocumentReference]", 12): "text/plain",
    ("TQ[ServiceRequest]", 7): None, ("TQ[MedicationRequest]", 7): None,
}
PROSE = re.compile(r"^/.*/$|^/|convert|translate|Procedure\.performed|Appointment\.participant|occurrenceTiming\.|#add-on#|ServiceRequest\.occ", re.S)

# Rows that the tables lack: (table, field, condition, path, type mapping, concept map, assignment, v2 type).
ADDED = [
    ("CWE[string]", 1, "IF CWE.2 NOT VALUED AND CWE.9 NOT VALUED", "$value", "", "", "", "ST"),
    ("CX[Identifier]", 4, "IF CX.4.3 NOT IN (\"CLIA\", \"CLIP\", \"DNS\", \"L\", \"M\", \"N\")", "system", "HD[uri]", "", "", "HD"),
    ("CX[Identifier]", 4, "IF CX.4.3 IN (\"CLIA\", \"CLIP\", \"DNS\", \"L\", \"M\", \"N\")", "assigner(Organization)", "HD[Organization]", "", "", "HD"),
    ("CX[RelatedPerson-Mother]", 4, "", "identifier.system", "HD[uri]", "", "", "HD"),
    ("DG1[Condition]", 21, "IF DG1-21 EQUALS \"D\"", "verificationStatus.coding.code", "", "", "\"entered-in-error\"", "ID"),
    ("DG1[Condition]", 21, "IF DG1-21 EQUALS \"D\"", "verificationStatus.coding.system", "", "",
     "\"http://terminology.hl7.org/CodeSystem/condition-ver-status\"", "ID"),
    ("IN1[Coverage]", 16, "IF IN1-17 NOT IN (\"SEL\", \"SELF\", \"18\")", "subscriber(RelatedPerson.name)", "XPN[HumanName]", "", "", "XPN"),
    *[("OG[Extension-Subidentifier]", number, "", path, "", "", value, kind) for number, name, kind in (
        (1, "original-sub-identifier", "String"), (2, "group", "Decimal"), (3, "sequence", "Decimal"), (4, "identifier", "String"))
      for path, value in (("extension[9].url", "\"http://hl7.org/fhir/StructureDefinition/observation-v2-subid\""),
                          (f"extension[9].extension[{number}].url", f"\"{name}\""),
                          (f"extension[9].extension[{number}].value{kind}", ""))],
    ("PID[Patient]", 33, "", "meta.lastUpdated", "", "", "", "DTM"),
    ("XTN[ContactPoint]", 7, "IF XTN.6 NOT VALUED AND XTN.12 NOT VALUED", "value", "", "", "", "ST"),
    ("XTN[ContactPoint]", 3, "IF XTN.3 EQUALS \"CP\"", "use", "", "", "\"mobile\"", "ID"),
    ("XTN[ContactPoint]", 3, "IF XTN.3 EQUALS \"CP\"", "system", "", "", "\"phone\"", "ID"),
    ("XTN[ContactPoint]", 3, "IF XTN.3 NOT VALUED", "system.extension[1].url", "", "",
     "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\"", "ID"),
]

# (table, line) → map of the data type instead of the guide's.
MAPPINGS = {
    ("OBX[Observation-Component]", 55): "XCN[Practitioner]", ("AIS[Appointment]", 12): "CWE[code]",
}

# Concept maps that the guide lacks: name → code → (code, display, system).
CONCEPTS = {
    "TimeUnit": {code: (target, "", "http://unitsofmeasure.org") for target, codes in {
        "s": "s sec S SEC", "min": "min MIN mins m M", "h": "h hr hrs hour H HR", "d": "d day days D DAY", "wk": "wk week W WK",
        "mo": "mo mon month MO MON", "a": "a yr year A YR"}.items() for code in codes.split()},
    "DocumentCompletionStatus": {code: (target, "", "http://hl7.org/fhir/composition-status") for code, target in {
        "AU": "final", "LA": "final", "DI": "preliminary", "DO": "preliminary", "IN": "preliminary", "IP": "preliminary",
        "PA": "preliminary"}.items()},
}
# (table, line) → concept map instead of the guide's.
VOCABULARIES = {
    ("TQ1[ServiceRequest]", 18): "TimeUnit", ("TQ1[MedicationRequest]", 18): "TimeUnit", ("RPT[Timing]", 8): "TimeUnit",
    ("TXA[DocumentReference]", 22): "DocumentCompletionStatus"}

# Segments that the guide's message map of the structure leaves out, and structures without a map of their own, go by these:
# (segment, group or "", condition, target, segment map, references).
OBX_ONE = "IF OBX-5 LST.COUNT LESS THAN OR EQUALS 1 OR OBX-2 IS \"NA\""
OBX_MANY = "IF OBX-5 LST.COUNT GREATER THAN 1 AND OBX-2 IS NOT \"NA\""
ANY = "*"
MESSAGES = [
    (ANY, "MSH", "", "", "Bundle", "MSH[Bundle]", ""),
    (ANY, "MSH", "", "", "MessageHeader[1]", "MSH[MessageHeader]", ""),
    (ANY, "MSH", "", "IF MSH-4 VALUED", "Provenance[1]", "MSH[Provenance-Source]", "Provenance[1].target=MessageHeader[1].id"),
    (ANY, "EVN", "", "", "Provenance[3]", "EVN[Provenance]", "Provenance[3].target=MessageHeader[1].id"),
    (ANY, "MSA", "", "", "MessageHeader[1]", "MSA[MessageHeader]", ""),
    (ANY, "SFT", "", "", "MessageHeader[1]", "SFT[MessageHeader]", ""),
    (ANY, "SFT", "", "", "Device[9]", "SFT[Device]", ""),
    (ANY, "PID", "", "", "Patient[1]", "PID[Patient]", ""),
    (ANY, "PID", "", "", "Account[1]", "PID[Account]", "Account[1].subject=Patient[1].id"),
    (ANY, "PD1", "", "", "Patient[1]", "PD1[Patient]", ""),
    (ANY, "PD1", "", "IF PD1-7 VALUED", "Observation[4]", "PD1[Observation-LivingWill]", "Observation[4].subject=Patient[1].id"),
    (ANY, "MRG", "", "", "Account[9]", "MRG[Account]", ""),
    (ANY, "NK1", "", "IF NK1-3.1 NOT IN (\"EMR\", \"E\", \"F\", \"I\", \"S\")", "RelatedPerson[2]", "NK1[RelatedPerson]",
     "RelatedPerson[2].patient=Patient[1].id"),
    (ANY, "NK1", "", "", "Patient[1]", "NK1[Patient]", ""),
    (ANY, "PV1", "", "", "Encounter[1]", "PV1[Encounter]", "Encounter[1].subject=Patient[1].id"),
    (ANY, "PV1", "", "IF PV1-20 VALUED", "Coverage[2]", "PV1[Coverage]", "Coverage[2].beneficiary=Patient[1].id"),
    (ANY, "PV2", "", "", "Encounter[1]", "PV2[Encounter]", ""),
    (ANY, "ROL", "", "", "Encounter[1]", "ROL[Encounter-PractitionerRole]", ""),
    (ANY, "AL1", "", "", "AllergyIntolerance", "AL1[AllergyIntolerance]", "AllergyIntolerance.patient=Patient[1].id"),
    (ANY, "IAM", "", "", "AllergyIntolerance", "IAM[AllergyIntolerance]", "AllergyIntolerance.patient=Patient[1].id"),
    (ANY, "DG1", "", "", "Condition[1]", "DG1[Condition]", "Condition[1].subject=Patient[1].id"),
    (ANY, "DG1", "", "", "Encounter[1]", "DG1[Encounter]", "Encounter[1].diagnosis.condition=Condition[1].id"),
    (ANY, "PR1", "", "", "Procedure", "PR1[Procedure]", "Procedure.subject=Patient[1].id"),
    (ANY, "IN1", "", "", "Coverage[1]", "IN1[Coverage]", "Coverage[1].beneficiary=Patient[1].id"),
    (ANY, "IN3", "", "", "CareTeam[9]", "IN3[CareTeam]", "CareTeam[9].subject=Patient[1].id"),
    (ANY, "ORC", "", "", "ServiceRequest[1]", "ORC[ServiceRequest]", "ServiceRequest[1].subject=Patient[1].id"),
    (ANY, "TQ1", "", "", "ServiceRequest[1]", "TQ1[ServiceRequest]", ""),
    (ANY, "OBR", "", "", "ServiceRequest[1]", "OBR[ServiceRequest]", ""),
    (ANY, "OBR", "", "", "DiagnosticReport[1]", "OBR[DiagnosticReport]", "DiagnosticReport[1].basedOn=ServiceRequest[1].id"),
    (ANY, "OBR", "", "", "Specimen[1]", "OBR[Specimen]", "DiagnosticReport[1].specimen=Specimen[1].id"),
    (ANY, "OBX", "", OBX_ONE, "Observation[2]", "OBX[Observation]",
     "DiagnosticReport[1].result=Observation[2].id; Observation[2].subject=Patient[1].id"),
    (ANY, "OBX", "", OBX_MANY, "Observation[2]", "OBX[Observation-Component]",
     "DiagnosticReport[1].result=Observation[2].id; Observation[2].subject=Patient[1].id"),
    (ANY, "SPM", "", "", "Specimen[9]", "SPM[Specimen]", "DiagnosticReport[1].specimen=Specimen[9].id"),
    (ANY, "RXO", "", "", "MedicationRequest[1]", "RXO[MedicationRequest]", ""),
    (ANY, "RXR", "", "", "MedicationRequest[1]", "RXR[MedicationRequest]", ""),
    (ANY, "RXA", "", "", "Immunization[1]", "RXA[Immunization]", ""),
    (ANY, "TXA", "", "", "DocumentReference[1]", "TXA[DocumentReference]", ""),
    (ANY, "SCH", "", "", "Appointment[1]", "SCH[Appointment]", ""),
    *[(structure, "SFT", "", "", "MessageHeader[1]", "SFT[MessageHeader]", "") for structure in (
        "ADT_A01", "ADT_A02", "ADT_A05", "ADT_A06", "ADT_A09", "ADT_A11", "ADT_A17", "MDM_T02", "OML_O21", "ORU_R01", "VXU_V04")],
    *[(structure, "PID", group, "", "Account[1]", "PID[Account]", "Account[1].subject=Patient[1].id") for structure, group in (
        ("MDM_T02", ""), ("OML_O21", "PATIENT"), ("ORM_O01", "PATIENT"), ("ORU_R01", "PATIENT"), ("SIU_S12", "PATIENT"),
        ("VXU_V04", ""))],
    # The guide has no row for a note behind OBR.
    ("ORU_R01", "NTE", "ORDER_OBSERVATION", "", "ServiceRequest[1]", "NTE[ServiceRequest]", ""),
    ("ORM_O01", "NTE", "OBSERVATION", "", "Observation[1]", "NTE[Observation]", ""),
    ("ORM_O01", "IN1", "INSURANCE", "", "Coverage[1]", "IN1[Coverage]", "Coverage[1].beneficiary=Patient[1].id"),
]
DROPPED_MESSAGE_MAPS = {"DG1[EpisodeOfCare]", "PID[Appointment]", "MSH[Provenance-Operator]"}
# (structure, line) → condition instead of the guide's.
MESSAGE_CONDITIONS = {
    # Not only with an ORC: what OBR says of the order would be lost without.
    ("ORU_R01", 51): ALWAYS,
    ("VXU_V04", 55): OBX_ONE,
    ("OML_O21", 19): ALWAYS, ("OML_O21", 20): ALWAYS,
}

# Structures without a map in the guide → the one whose groups and orders they share most with.
STRUCTURE_LIKE = {
    "ADT_A03": "ADT_A01", "ADT_A04": "ADT_A01", "ADT_A07": "ADT_A06", "ADT_A08": "ADT_A01", "ADT_A12": "ADT_A09",
    "ADT_A10": "ADT_A09", "ADT_A15": "ADT_A02", "ADT_A16": "ADT_A05", "ADT_A21": "ADT_A02", "ADT_A38": "ADT_A01",
    "ADT_A60": "ADT_A01", "ADT_A54": "ADT_A02", "ADT_A61": "ADT_A02", "BAR_P01": "ADT_A01", "BAR_P02": "ADT_A01",
    "BAR_P12": "ADT_A01", "DFT_P03": "ADT_A01", "DFT_P11": "ADT_A01", "MDM_T01": "MDM_T02", "OMG_O19": "OML_O21",
    "OMI_O23": "OML_O21", "OML_O33": "OML_O21", "OML_O35": "OML_O21", "OUL_R22": "ORU_R01", "OUL_R23": "ORU_R01",
    "OUL_R24": "ORU_R01", "OUL_R21": "ORU_R01", "ORU_R30": "ORU_R01", "RDE_O11": "ORM_O01", "RDS_O13": "ORM_O01",
    "OMP_O09": "ORM_O01", "REF_I12": "ADT_A01", "REF_I14": "ADT_A01", "ORF_R04": "ORU_R01",
}

# Names of coding systems (HL7 table 0396, and what is met in the field) → URI.
SYSTEMS = {
    "LN": "http://loinc.org", "LOINC": "http://loinc.org", "SCT": "http://snomed.info/sct", "SNM": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct", "SNOMED-CT": "http://snomed.info/sct", "SCT2": "http://snomed.info/sct",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm", "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm", "ICD9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm", "I9CP": "http://hl7.org/fhir/sid/icd-9-cm",
    "I10": "http://hl7.org/fhir/sid/icd-10", "I10C": "http://hl7.org/fhir/sid/icd-10-cm", "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm", "I10P": "http://www.cms.gov/Medicare/Coding/ICD10",
    "C4": "http://www.ama-assn.org/go/cpt", "CPT": "http://www.ama-assn.org/go/cpt", "C5": "http://www.ama-assn.org/go/cpt",
    "CVX": "http://hl7.org/fhir/sid/cvx", "MVX": "http://hl7.org/fhir/sid/mvx", "NDC": "http://hl7.org/fhir/sid/ndc",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "RXN": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "UCUM": "http://unitsofmeasure.org", "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
    "ISO3166_1": "urn:iso:std:iso:3166", "ISO639": "urn:ietf:bcp:47", "NUCC": "http://nucc.org/provider-taxonomy",
    "HPC": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "HCPCS": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
}

# Elements that refer to the patient, for resources whose message row does not say so.
SUBJECTS = {
    "ServiceRequest": "subject", "DiagnosticReport": "subject", "Observation": "subject", "Specimen": "subject",
    "Condition": "subject", "Procedure": "subject", "AllergyIntolerance": "patient", "Immunization": "patient",
    "Coverage": "beneficiary", "Encounter": "subject", "MedicationRequest": "subject", "RelatedPerson": "patient",
    "DocumentReference": "subject", "Account": "subject", "CareTeam": "subject", "Basic": "subject", "EpisodeOfCare": "patient",
    "MedicationAdministration": "subject",
}
# What a required element gets that has no source, where its codes have no "unknown".
DEFAULTS = {
    ("ServiceRequest", "intent"): "order", ("MedicationRequest", "intent"): "order", ("Patient.link", "type"): "seealso",
    ("Narrative", "status"): "generated", ("Appointment.participant", "status"): "needs-action", ("Appointment", "status"): "proposed",
    ("DocumentReference", "status"): "current", ("EpisodeOfCare", "status"): "active", ("Immunization", "status"): "completed",
    ("Coverage", "status"): "active", ("Account", "status"): "unknown", ("Procedure", "status"): "unknown",
}
# Elements that FHIR takes only with another one (or, with "!", without): type, element, the other.
NEEDS = [
    ("Timing.repeat", "duration", "durationUnit"), ("Timing.repeat", "durationUnit", "duration"), ("Timing.repeat", "period", "periodUnit"),
    ("Timing.repeat", "periodUnit", "period"), ("Timing.repeat", "when", "!timeOfDay"), ("Timing.repeat", "offset", "when"),
    ("Timing.repeat", "countMax", "count"), ("Quantity", "code", "system"), ("Ratio", "numerator", "denominator"),
    ("Ratio", "denominator", "numerator"),
]
# List elements of one resource that several segments fill together.
SHARED = {"dosageInstruction", "substitution"}
