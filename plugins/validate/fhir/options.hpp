// The options of validate_fhir, read and checked.
#pragma once

#include "validate/fhir/validator.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::validate_fhir {

inline constexpr Option kOptions[] = {
    {.name = "profiles",
     .type = Type::List,
     .summary =
         "files with StructureDefinitions (with snapshots) and ValueSets, or Bundles of them",
     .default_value = "[]",
     .example = "[profiles/us-core-patient.json]",
     .item = Type::Text},
    {.name = "apply",
     .type = Type::List,
     .summary = "urls of profiles for every resource of their type; those that a resource claims "
                "in meta.profile are checked anyway",
     .default_value = "[]",
     .example = "[http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient]",
     .item = Type::Text},
    {.name = "vital_signs",
     .type = Type::Bool,
     .summary =
         "check Observations with a code of R4's vital signs by their profile, claimed or not",
     .default_value = "true"},
    {.name = "modifier_extensions",
     .type = Type::List,
     .summary = "urls of modifier extensions that those who read the resources know",
     .default_value = "[]",
     .item = Type::Text},
    {.name = "severity",
     .type = Type::Map,
     .summary = "error, warning or off, by the reason of a finding or the key of an invariant; an "
                "error rejects the record",
     .example = "{ fhir.reference_target: warning, obs-7: off }",
     .item = Type::Text},
};

/// Reads the files. What is wrong goes to `report`.
ValidatorConfig read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::validate_fhir
