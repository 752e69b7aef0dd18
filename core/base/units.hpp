// Durations and sizes as people write them: "5s", "1h30m", "64KiB".
#pragma once

#include <aorta/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::base {

/// Reads a duration: one or more numbers with the units ns, us, ms, s, m, h or d, largest first
/// ("90s", "1h30m", "1.5s"), or a plain "0". A number without a unit is refused.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Reads a size in bytes: a number with B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB
/// (powers of 1024), or a whole number of bytes.
Result<std::int64_t> parse_size(std::string_view text);

/// The shortest exact spelling that parse_duration reads back to the same value: "1h30m", "250ms".
std::string format_duration(std::chrono::nanoseconds value);

/// The largest unit that divides the size exactly: "64KiB", "1000B".
std::string format_size(std::int64_t bytes);

}  // namespace aorta::base
