// Appending numbers and times without streams.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace aorta::synthetic {

inline void append_number(std::uint64_t value, std::string& out) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end.ptr);
}

/// Exactly `width` digits, at most 20; higher ones are cut off.
inline void append_digits(std::uint64_t value, std::size_t width, std::string& out) {
    char digits[20];
    for (std::size_t i = width; i > 0; --i) {
        digits[i - 1] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(digits, width);
}

/// 1234 with two decimals is 12.34. `value` is not negative.
inline void append_fixed(std::int64_t value, unsigned decimals, std::string& out) {
    std::uint64_t scale = 1;
    for (unsigned i = 0; i < decimals; ++i) {
        scale *= 10;
    }
    const auto whole = static_cast<std::uint64_t>(value);
    append_number(whole / scale, out);
    if (decimals != 0) {
        out += '.';
        append_digits(whole % scale, decimals, out);
    }
}

inline void append_date(std::chrono::sys_days day, std::string& out) {
    const std::chrono::year_month_day date{day};
    append_digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, out);
    append_digits(static_cast<unsigned>(date.month()), 2, out);
    append_digits(static_cast<unsigned>(date.day()), 2, out);
}

/// YYYYMMDDHHMMSS+0000.
inline void append_time(std::int64_t time_ns, std::string& out) {
    using std::chrono::floor;
    const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{time_ns}};
    const auto day = floor<std::chrono::days>(time);
    append_date(day, out);
    const auto second = static_cast<std::uint64_t>(floor<std::chrono::seconds>(time - day).count());
    append_digits(second / 3600, 2, out);
    append_digits(second / 60 % 60, 2, out);
    append_digits(second % 60, 2, out);
    out += "+0000";
}

}  // namespace aorta::synthetic
