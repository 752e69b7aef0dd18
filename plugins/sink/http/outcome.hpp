// What FHIR servers say of trouble, as far as it may be told: codes and paths, never values.
#pragma once

#include "sink/http/config.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::http_sink {

/// "invalid Patient.name[0]": code and path of the first issue of an OperationOutcome that is an
/// error, or of the first at all. The code only if FHIR has it, of the path what is one.
std::string issue_of(std::string_view outcome);

/// The longest beginning that is names, dots and numbers in brackets.
std::string_view safe_path(std::string_view expression);

/// An entry of a batch's response that is not done: a refusal before one that is held.
struct BadEntry {
    std::size_t index = 0;
    unsigned status = 0;
    Action action = Action::Hold;
    std::string issue = {};
};

/// What a response Bundle says of its entries.
struct EntryVerdicts {
    bool is_bundle = false;  // and whole
    std::size_t entries = 0;
    std::optional<BadEntry> worst = {};
};

EntryVerdicts entries_of(std::string_view bundle, const StatusPolicy& on);

}  // namespace aorta::plugins::http_sink
