// The options of deidentify, read and checked.
#pragma once

#include "common/privacy/policy.hpp"
#include "deidentify/records/fhir/deidentifier.hpp"
#include "deidentify/records/hl7v2/deidentifier.hpp"

#include <aorta/sdk.hpp>

#include <memory>
#include <string>

namespace aorta::plugins::deidentify {

inline constexpr Option kVaultOptions[] = {
    {.name = "path",
     .type = Type::Path,
     .summary = "the file, made with mode 0600",
     .required = true,
     .example = "secrets/codes.vault"},
    {.name = "key",
     .type = Type::Secret,
     .summary = "seals the file; without it no token can be given or traced back",
     .required = true,
     .example = "!secret file:secrets/vault.key"},
};

inline constexpr Option kPatientOptions[] = {
    {.name = "path", .summary = "HL7 v2: the id of the patient", .default_value = "PID-3.1"},
    {.name = "by",
     .summary = "FHIR: the value of the patient's identifier, or the id that references end with",
     .default_value = "identifier",
     .one_of = "identifier|reference"},
    {.name = "system",
     .summary = "FHIR, by identifier: its system; without one the first that has a value",
     .example = "urn:oid:1.2.36.146.595.217.0.1"},
};

inline constexpr Option kOptions[] = {
    {.name = "profile",
     .summary = "safe_harbor: 45 CFR 164.514(b)(2); limited_data_set: 164.514(e); pseudonymise: "
                "keyed codes and shifted dates, the output is still personal data",
     .default_value = "safe_harbor",
     .one_of = "safe_harbor|limited_data_set|pseudonymise"},
    {.name = "rules",
     .type = Type::List,
     .summary = "exceptions: what a rule selects gets its action instead of the profile's; the "
                "first that fits wins",
     .default_value = "[]",
     .example = "[{ path: PID-3, action: pseudonym }, { type: Address, action: remove }]",
     .fields = privacy::kRuleFields},
    {.name = "key",
     .type = Type::Secret,
     .summary = "secret of 32 bytes or more that pseudonyms, date shifts and ciphers are made with",
     .example = "!secret file:secrets/deidentify.key"},
    {.name = "codes",
     .summary = "what stands for identifiers: nothing; random codes, kept in memory (random) or in "
                "the vault (vault); keyed hashes (pseudonym); profile: pseudonym to pseudonymise, "
                "else remove",
     .default_value = "profile",
     .one_of = "profile|remove|random|vault|pseudonym"},
    {.name = "vault",
     .type = Type::Map,
     .summary = "the file that remembers random codes over restarts",
     .fields = kVaultOptions},
    {.name = "max_codes",
     .type = Type::Int,
     .summary = "most random codes; identifiers beyond are removed",
     .default_value = "1000000",
     .min = "1",
     .max = "100000000"},
    {.name = "dates",
     .summary = "year; shift: by the days of the patient; keep; profile: year, keep for "
                "limited_data_set, shift to pseudonymise",
     .default_value = "profile",
     .one_of = "profile|year|shift|keep"},
    {.name = "max_shift",
     .type = Type::Int,
     .summary = "dates move by up to so many days, before or after",
     .default_value = "50",
     .unit = "days",
     .min = "1",
     .max = "36500"},
    {.name = "patient",
     .type = Type::Map,
     .summary = "whose dates move alike, in HL7 v2 and in FHIR",
     .fields = kPatientOptions},
    {.name = "text",
     .summary = "free text: drop; keep_codes: and keep the codes of coded fields that are often "
                "typed, such as AL1-3; scrub: remove what identifies somebody; profile: scrub to "
                "pseudonymise, else drop",
     .default_value = "profile",
     .one_of = "profile|drop|keep_codes|scrub"},
    {.name = "scrub_words",
     .type = Type::List,
     .summary = "names of places and persons that are removed from free text, too",
     .default_value = "[]",
     .example = "[\"Northside Annex\"]",
     .item = Type::Text},
    {.name = "scrub_patterns",
     .type = Type::List,
     .summary = "patterns (RE2) of what is removed from free text, too",
     .default_value = "[]",
     .example = "['NS-\\d{5}']",
     .item = Type::Text},
    {.name = "country",
     .summary = "where addresses without a country are",
     .default_value = "us",
     .one_of = "us|other"},
    {.name = "keep",
     .type = Type::List,
     .summary = "further HL7 v2 fields to keep byte for byte",
     .default_value = "[]",
     .example = "[OBR-18, PV1-10]",
     .item = Type::Text},
    {.name = "remove",
     .type = Type::List,
     .summary = "further HL7 v2 fields to remove",
     .default_value = "[]",
     .example = "[PID-10, PID-22]",
     .item = Type::Text},
    {.name = "z_segments",
     .type = Type::List,
     .summary = "Z segments to keep byte for byte; all others are removed",
     .default_value = "[]",
     .example = "[ZDV]",
     .item = Type::Text},
    {.name = "extensions",
     .type = Type::List,
     .summary = "urls of FHIR extensions to keep byte for byte; all others are removed",
     .default_value = "[]",
     .example = "[\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex\"]",
     .item = Type::Text},
    {.name = "report",
     .summary = "attribute: each record says in its attribute `deidentification` under which "
                "policy what was done",
     .default_value = "attribute",
     .one_of = "attribute|none"},
};

/// What a node works with.
struct Deidentifiers {
    Deidentifier messages;
    ResourceDeidentifier resources;
    std::shared_ptr<privacy::Protector> protector;  ///< of both
    privacy::Profile profile;
    std::string policy_hash;  ///< 16 hex digits of all that decides what is done, but for keys
    bool reports;
};

/// What is wrong with the options goes to `report`. Starts nothing.
void check_options(const Options& options, Diagnostics& report);

/// Deidentifiers as checked options say. Fails when the vault cannot be opened.
Result<Deidentifiers> make_deidentifiers(const Options& options);

}  // namespace aorta::plugins::deidentify
