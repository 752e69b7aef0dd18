// Dates and times as HL7 v2 writes them (DT, TM, TS, DTM): partial precision, optional zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::hl7_tables {

enum class Precision : std::uint8_t { Year, Month, Day, Hour, Minute, Second };

/// A point in time as it was written. What the precision leaves out has its least value.
struct DateTime {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanosecond = 0;
    std::uint8_t fraction_digits = 0;  // of the second, as many as were written
    Precision precision = Precision::Year;
    std::optional<int> zone_minutes;  // east of UTC

    /// 20240131: orders days.
    int day_number() const { return year * 10000 + month * 100 + day; }
};

/// YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ], of a day that exists; up to nine digits of a second.
std::optional<DateTime> parse_date_time(std::string_view text);

/// YYYY[MM[DD]].
bool is_date(std::string_view text);

/// HH[MM[SS[.S…]]][±ZZZZ].
bool is_time(std::string_view text);

/// "UTC", "Z", "+0100" or "+01:00" in minutes east of UTC.
std::optional<int> parse_zone(std::string_view text);

/// Nanoseconds since 1970 UTC; `zone_minutes` is that of a time without one. No value for years
/// that do not fit (before 1678, after 2261).
std::optional<std::int64_t> to_epoch_ns(const DateTime& time, int zone_minutes);

/// The UTC day of an instant, as DateTime::day_number writes it.
int day_number_of(std::int64_t epoch_ns);

}  // namespace aorta::hl7_tables
