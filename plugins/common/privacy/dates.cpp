#include "common/privacy/dates.hpp"

#include <chrono>

namespace aorta::privacy {
namespace {

constexpr int kOldestYear = 1800;
constexpr int kLatestYear = 2199;

/// Takes `count` digits off the front; nothing if there are fewer.
std::optional<int> take_number(std::string_view& text, std::size_t count) {
    if (text.size() < count) {
        return std::nullopt;
    }
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) {
        return false;
    }
    text.remove_prefix(what.size());
    return true;
}

void take_fraction(std::string_view& text) {
    if (text.size() > 1 && text[0] == '.' && text[1] >= '0' && text[1] <= '9') {
        const std::size_t end = text.find_first_not_of("0123456789", 1);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
}

/// Two digits below `limit`.
bool take_part(std::string_view& text, int limit) {
    const auto number = take_number(text, 2);
    return number && *number < limit;
}

bool is_zone(std::string_view text, std::string_view separator) {
    if (!text.starts_with('+') && !text.starts_with('-')) {
        return false;
    }
    text.remove_prefix(1);
    return take_part(text, 24) && take(text, separator) && take_part(text, 60) && text.empty();
}

/// What may follow a whole day, or an empty text.
bool is_hl7_time(std::string_view text, bool has_day) {
    for (int part = 0; has_day && part < 3 && !text.empty() && text[0] >= '0' && text[0] <= '9';
         ++part) {
        if (!take_part(text, part == 0 ? 24 : part == 1 ? 60 : 61)) {
            return false;
        }
        if (part == 2) {
            take_fraction(text);
        }
    }
    return text.empty() || is_zone(text, "");
}

bool is_iso_time(std::string_view text, bool has_day) {
    if (text.empty()) {
        return true;
    }
    if (!has_day || !take(text, "T") || !take_part(text, 25) || !take(text, ":") ||
        !take_part(text, 60)) {
        return false;
    }
    if (take(text, ":")) {
        if (!take_part(text, 61)) {
            return false;
        }
        take_fraction(text);
    }
    return text.empty() || text == "Z" || is_zone(text, ":");
}

std::string digits(int number, std::size_t count) {
    std::string text(count, '0');
    for (std::size_t i = count; i > 0; --i) {
        text[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    return text;
}

}  // namespace

std::optional<DatePart> read_date(std::string_view text, DateSyntax syntax) {
    const bool is_hl7 = syntax == DateSyntax::Hl7;
    const std::string_view separator = is_hl7 ? "" : "-";
    std::string_view rest = text;
    DatePart date;
    const auto year = take_number(rest, 4);
    if (!year || *year < kOldestYear || *year > kLatestYear) {
        return std::nullopt;
    }
    date.year = *year;
    for (int* const part : {&date.month, &date.day}) {
        std::string_view ahead = rest;
        const bool has_more =
            take(ahead, separator) && !ahead.empty() && ahead[0] >= '0' && ahead[0] <= '9';
        if (!has_more) {
            break;
        }
        const auto number = take_number(ahead, 2);
        if (!number || *number == 0) {
            return std::nullopt;
        }
        *part = *number;
        rest = ahead;
    }
    date.length = text.size() - rest.size();
    const std::chrono::year_month_day day{
        std::chrono::year{date.year},
        std::chrono::month{static_cast<unsigned>(date.month == 0 ? 1 : date.month)},
        std::chrono::day{static_cast<unsigned>(date.day == 0 ? 1 : date.day)}};
    const bool is_rest_fine =
        is_hl7 ? is_hl7_time(rest, date.day != 0) : is_iso_time(rest, date.day != 0);
    if (!day.ok() || !is_rest_fine) {
        return std::nullopt;
    }
    return date;
}

bool append_shifted(std::string_view text, DateSyntax syntax, int days, std::string& out) {
    const auto date = read_date(text, syntax);
    if (!date || date->day == 0) {
        return false;
    }
    const std::chrono::sys_days moved =
        std::chrono::sys_days{std::chrono::year{date->year} / static_cast<int>(date->month) /
                              static_cast<int>(date->day)} +
        std::chrono::days{days};
    const std::chrono::year_month_day day{moved};
    const std::string_view separator = syntax == DateSyntax::Hl7 ? "" : "-";
    out += digits(static_cast<int>(day.year()), 4);
    out += separator;
    out += digits(static_cast<int>(static_cast<unsigned>(day.month())), 2);
    out += separator;
    out += digits(static_cast<int>(static_cast<unsigned>(day.day())), 2);
    out += text.substr(date->length);
    return true;
}

DateShift::DateShift(const crypto::Digest& key, int max_days)
    : hmac_(crypto::view_of(key)), max_days_(max_days) {}

int DateShift::days_for(std::string_view patient) {
    const auto range = static_cast<std::uint64_t>(2 * max_days_ + 1);
    std::string text{patient};
    for (;;) {
        const int days = static_cast<int>(crypto::number_of(hmac_(text)) % range) - max_days_;
        if (days != 0) {
            return days;
        }
        text += '\0';  // 0 would leave the dates as they are: draw again
    }
}

}  // namespace aorta::privacy
