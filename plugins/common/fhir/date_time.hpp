// Dates and times as FHIR writes them (date, dateTime, instant): partial precision, zones.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::fhir {

enum class Precision : std::uint8_t { Year, Month, Day, Minute, Second };

/// A point in time as it was written. What the precision leaves out has its least value.
struct DateTime {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanosecond = 0;
    Precision precision = Precision::Year;
    std::optional<int> zone_minutes;  ///< east of UTC
};

/// YYYY[-MM[-DD[Thh:mm[:ss[.s…]][Z|±hh:mm]]]], of a day that exists; digits of a second behind the
/// ninth are passed over, 24:00 and leap seconds (:60) are refused.
std::optional<DateTime> parse_date_time(std::string_view text);

/// Nanoseconds since 1970 UTC of a time with a zone. No value without an hour or a zone, nor for
/// years that do not fit (before 1678, after 2261).
std::optional<std::int64_t> to_epoch_ns(const DateTime& time);

/// A time since 1970 as an instant: 2026-03-29T01:30:00.000Z, UTC, what is below a millisecond left
/// out.
std::string to_instant(std::chrono::nanoseconds time);

}  // namespace aorta::fhir
