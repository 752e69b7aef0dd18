// When what a resource tells of happened.
#pragma once

#include "common/fhir/tree.hpp"

#include <cstdint>
#include <optional>

namespace aorta::plugins::decode_fhir {

/// Nanoseconds since 1970 UTC: of the first element present of those that say when a resource of
/// its type happened, else of meta.lastUpdated. No value if that element has no time of day:
/// midnight is not invented.
std::optional<std::int64_t> event_time_of(const fhir::Element& resource);

}  // namespace aorta::plugins::decode_fhir
