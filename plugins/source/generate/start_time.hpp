// Reading the option `start`.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <string_view>

namespace aorta::plugins::generate {

/// "2026-01-01T00:00:00Z" as nanoseconds since 1970 UTC, from 1970 to 2200.
Result<std::int64_t> parse_start_time(std::string_view text);

}  // namespace aorta::plugins::generate
