#include "common/fhir/date_time.hpp"

#include <chrono>
#include <cstdio>

namespace aorta::fhir {

namespace {

/// Reads a text from its front.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }

    bool accept(char c) {
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// Exactly so many digits, in these bounds.
    bool number(std::size_t digits, int low, int high, int& value) {
        if (rest_.size() < digits) {
            return false;
        }
        value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') {
                return false;
            }
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value >= low && value <= high;
    }

    /// The digits behind a decimal point, as nanoseconds.
    bool fraction(int& nanosecond) {
        std::size_t digits = 0;
        int scale = 100'000'000;
        for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
            nanosecond += (rest_[digits] - '0') * scale;
            scale /= 10;
        }
        rest_.remove_prefix(digits);
        return digits > 0;
    }

private:
    std::string_view rest_;
};

bool read_zone(Reader& in, DateTime& time) {
    if (in.accept('Z')) {
        time.zone_minutes = 0;
        return true;
    }
    const int sign = in.accept('+') ? 1 : in.accept('-') ? -1 : 0;
    int hours = 0;
    int minutes = 0;
    if (sign == 0 || !in.number(2, 0, 14, hours) || !in.accept(':') ||
        !in.number(2, 0, 59, minutes)) {
        return false;
    }
    time.zone_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool read_time_of_day(Reader& in, DateTime& time) {
    time.precision = Precision::Minute;
    if (!in.number(2, 0, 23, time.hour) || !in.accept(':') || !in.number(2, 0, 59, time.minute)) {
        return false;
    }
    if (in.accept(':')) {
        time.precision = Precision::Second;
        if (!in.number(2, 0, 59, time.second) ||
            (in.accept('.') && !in.fraction(time.nanosecond))) {
            return false;
        }
    }
    return in.at_end() || (read_zone(in, time) && in.at_end());
}

std::chrono::year_month_day day_of(const DateTime& time) {
    return std::chrono::year{time.year} / std::chrono::month{static_cast<unsigned>(time.month)} /
           std::chrono::day{static_cast<unsigned>(time.day)};
}

}  // namespace

std::optional<DateTime> parse_date_time(std::string_view text) {
    Reader in(text);
    DateTime time;
    if (!in.number(4, 1, 9999, time.year)) {
        return std::nullopt;
    }
    if (in.at_end()) {
        return time;
    }
    time.precision = Precision::Month;
    if (!in.accept('-') || !in.number(2, 1, 12, time.month)) {
        return std::nullopt;
    }
    if (in.at_end()) {
        return time;
    }
    time.precision = Precision::Day;
    if (!in.accept('-') || !in.number(2, 1, 31, time.day) || !day_of(time).ok()) {
        return std::nullopt;
    }
    if (in.at_end()) {
        return time;
    }
    return in.accept('T') && read_time_of_day(in, time) ? std::optional{time} : std::nullopt;
}

std::optional<std::int64_t> to_epoch_ns(const DateTime& time) {
    if (time.precision < Precision::Minute || !time.zone_minutes || time.year < 1678 ||
        time.year > 2261) {
        return std::nullopt;
    }
    using namespace std::chrono;  // NOLINT(google-build-using-namespace)
    const nanoseconds since = sys_days{day_of(time)}.time_since_epoch() + hours{time.hour} +
                              minutes{time.minute - *time.zone_minutes} + seconds{time.second} +
                              nanoseconds{time.nanosecond};
    return since.count();
}

std::string to_instant(std::chrono::nanoseconds time) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace)
    const auto millis = floor<milliseconds>(time);
    const auto day = floor<days>(millis);
    const year_month_day date{sys_days{day}};
    const hh_mm_ss clock{millis - day};
    char text[48];
    const int size = std::snprintf(text,
                                   sizeof text,
                                   "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                   static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()),
                                   static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()),
                                   static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()),
                                   static_cast<int>(clock.subseconds().count()));
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace aorta::fhir
