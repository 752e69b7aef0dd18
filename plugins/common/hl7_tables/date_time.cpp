#include "common/hl7_tables/date_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace aorta::hl7_tables {

namespace {

constexpr int kMaxZoneMinutes = 14 * 60;
constexpr std::size_t kMaxFractionDigits = 9;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes `count` digits off the front; no value if there are fewer.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, is_digit)) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(0, count)) {
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

/// ±HHMM at the front, taken off.
std::optional<int> take_zone(std::string_view& text) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) {
        return std::nullopt;
    }
    const int sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    const auto minutes = hours ? take_digits(text, 2) : std::nullopt;
    if (!minutes || *minutes > 59 || *hours * 60 + *minutes > kMaxZoneMinutes) {
        return std::nullopt;
    }
    return sign * (*hours * 60 + *minutes);
}

bool take_two(std::string_view& text, int most, int& value) {
    const auto taken = take_digits(text, 2);
    value = taken.value_or(0);
    return taken && *taken <= most;
}

bool take_fraction(std::string_view& text, DateTime& time) {
    text.remove_prefix(1);
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    if (count == 0 || count > kMaxFractionDigits) {
        return false;
    }
    time.fraction_digits = static_cast<std::uint8_t>(count);
    time.nanosecond = *take_digits(text, count);
    for (std::size_t i = count; i < kMaxFractionDigits; ++i) {
        time.nanosecond *= 10;
    }
    return true;
}

bool at_stop(std::string_view text) {
    return text.empty() || text[0] == '+' || text[0] == '-';
}

/// HH[MM[SS[.S…]]], up to the zone or the end.
bool take_clock(std::string_view& text, DateTime& time) {
    if (!take_two(text, 23, time.hour)) {
        return false;
    }
    time.precision = Precision::Hour;
    if (at_stop(text)) {
        return true;
    }
    if (!take_two(text, 59, time.minute)) {
        return false;
    }
    time.precision = Precision::Minute;
    if (at_stop(text)) {
        return true;
    }
    if (!take_two(text, 59, time.second)) {
        return false;
    }
    time.precision = Precision::Second;
    return text.empty() || text[0] != '.' || take_fraction(text, time);
}

/// YYYY[MM[DD]], up to the time, the zone or the end.
bool take_calendar(std::string_view& text, DateTime& time) {
    const auto year = take_digits(text, 4);
    if (!year || *year == 0) {
        return false;
    }
    time.year = *year;
    if (at_stop(text)) {
        return true;
    }
    if (!take_two(text, 12, time.month)) {
        return false;
    }
    time.precision = Precision::Month;
    if (at_stop(text)) {
        return time.month != 0;
    }
    if (!take_two(text, 31, time.day)) {
        return false;
    }
    time.precision = Precision::Day;
    return std::chrono::year_month_day{std::chrono::year{time.year},
                                       std::chrono::month{static_cast<unsigned>(time.month)},
                                       std::chrono::day{static_cast<unsigned>(time.day)}}
        .ok();
}

/// What is left must be nothing or one zone.
bool take_end(std::string_view& text, std::optional<int>& zone) {
    if (!text.empty()) {
        zone = take_zone(text);
        return zone.has_value() && text.empty();
    }
    return true;
}

}  // namespace

std::optional<DateTime> parse_date_time(std::string_view text) {
    DateTime time;
    const bool good = take_calendar(text, time) && (at_stop(text) || take_clock(text, time)) &&
                      take_end(text, time.zone_minutes);
    return good ? std::optional{time} : std::nullopt;
}

bool is_date(std::string_view text) {
    DateTime time;
    return take_calendar(text, time) && text.empty();
}

bool is_time(std::string_view text) {
    DateTime time;
    return take_clock(text, time) && take_end(text, time.zone_minutes);
}

std::optional<int> parse_zone(std::string_view text) {
    if (text == "UTC" || text == "Z") {
        return 0;
    }
    char digits[5] = {};
    if (text.size() == 6 && text[3] == ':') {
        std::copy_n(text.begin(), 3, digits);
        std::copy_n(text.begin() + 4, 2, digits + 3);
        text = {digits, sizeof digits};
    }
    const auto zone = take_zone(text);
    return text.empty() ? zone : std::nullopt;
}

std::optional<std::int64_t> to_epoch_ns(const DateTime& time, int zone_minutes) {
    if (time.year < 1678 || time.year > 2261) {
        return std::nullopt;
    }
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic only
    const sys_days day = year_month_day{year{time.year},
                                        month{static_cast<unsigned>(time.month)},
                                        std::chrono::day{static_cast<unsigned>(time.day)}};
    const nanoseconds since = day.time_since_epoch() + hours{time.hour} + minutes{time.minute} +
                              seconds{time.second} + nanoseconds{time.nanosecond} -
                              minutes{time.zone_minutes.value_or(zone_minutes)};
    return since.count();
}

int day_number_of(std::int64_t epoch_ns) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic only
    const year_month_day date{floor<days>(sys_time<nanoseconds>{nanoseconds{epoch_ns}})};
    return static_cast<int>(date.year()) * 10000 + static_cast<int>(unsigned{date.month()}) * 100 +
           static_cast<int>(unsigned{date.day()});
}

}  // namespace aorta::hl7_tables
