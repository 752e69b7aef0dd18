// The options of deidentify, read and checked.
#pragma once

#include "deidentify/hl7v2/deidentifier.hpp"

#include <aorta/sdk.hpp>

namespace aorta::plugins::deidentify {

inline constexpr Option kOptions[] = {
    {.name = "profile",
     .summary = "safe_harbor: 45 CFR 164.514(b)(2); limited_data_set: 164.514(e)",
     .default_value = "safe_harbor",
     .one_of = "safe_harbor|limited_data_set"},
    {.name = "codes",
     .summary = "identifiers that may have a code: remove, or put a random code in their place, "
                "the same for the same identifier until the pipeline stops",
     .default_value = "remove",
     .one_of = "remove|random"},
    {.name = "max_codes",
     .type = Type::Int,
     .summary = "most codes held in memory; identifiers beyond are removed",
     .default_value = "1000000",
     .min = "1",
     .max = "100000000"},
    {.name = "text",
     .summary = "coded fields that are often typed, such as AL1-3: drop, or keep the codes that "
                "name their coding system",
     .default_value = "drop",
     .one_of = "drop|keep_codes"},
    {.name = "country",
     .summary = "where addresses without a country are",
     .default_value = "us",
     .one_of = "us|other"},
    {.name = "keep",
     .type = Type::List,
     .summary = "further fields to keep byte for byte",
     .default_value = "[]",
     .example = "[OBR-18, PV1-10]",
     .item = Type::Text},
    {.name = "remove",
     .type = Type::List,
     .summary = "further fields to remove",
     .default_value = "[]",
     .example = "[PID-10, PID-22]",
     .item = Type::Text},
    {.name = "z_segments",
     .type = Type::List,
     .summary = "Z segments to keep byte for byte; all others are removed",
     .default_value = "[]",
     .example = "[ZDV]",
     .item = Type::Text},
};

/// A deidentifier as the options say. What is wrong goes to `report`.
Deidentifier read_options(const Options& options, Diagnostics* report = nullptr);

}  // namespace aorta::plugins::deidentify
