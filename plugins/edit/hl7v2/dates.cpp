#include "edit/hl7v2/dates.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <utility>

namespace aorta::plugins::edit {
namespace {

using hl7_tables::DateTime;
using hl7_tables::Precision;

constexpr std::string_view kMonths[] = {
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes `least` to `most` digits.
bool take_number(std::string_view& rest, std::size_t least, std::size_t most, int& value) {
    std::size_t size = 0;
    value = 0;
    while (size < most && size < rest.size() && rest[size] >= '0' && rest[size] <= '9') {
        value = value * 10 + (rest[size++] - '0');
    }
    rest.remove_prefix(size);
    return size >= least;
}

bool take_month(std::string_view& rest, int& month) {
    for (int i = 0; i < 12; ++i) {
        const bool is_same =
            rest.size() >= 3 &&
            std::equal(rest.begin(), rest.begin() + 3, kMonths[i].begin(), [](char c, char large) {
                return (c & ~0x20) == large;
            });
        if (is_same) {
            month = i + 1;
            rest.remove_prefix(3);
            return true;
        }
    }
    return false;
}

bool take_zone(std::string_view& rest, bool has_colon, std::optional<int>& zone) {
    std::size_t size = has_colon ? 6 : 5;
    if (has_colon && rest.starts_with('Z')) {
        size = 1;
    }
    if (rest.size() < size || (size > 1 && rest.front() != '+' && rest.front() != '-')) {
        return false;
    }
    zone = hl7_tables::parse_zone(rest.substr(0, size));
    rest.remove_prefix(size);
    return zone.has_value();
}

bool take_fraction(std::string_view& rest, DateTime& time) {
    int digit = 0;
    int unit = 100'000'000;
    time.nanosecond = 0;
    time.fraction_digits = 0;
    while (time.fraction_digits < 9 && take_number(rest, 1, 1, digit)) {
        time.nanosecond += digit * unit;
        unit /= 10;
        ++time.fraction_digits;
    }
    return time.fraction_digits > 0;
}

void put(std::string& out, int value, int width) {
    const std::string digits = std::to_string(value);
    out.append(static_cast<std::size_t>(std::max(width - static_cast<int>(digits.size()), 0)), '0');
    out += digits;
}

void put_zone(std::string& out, int minutes, bool has_colon) {
    out += minutes < 0 ? '-' : '+';
    const int size = minutes < 0 ? -minutes : minutes;
    put(out, size / 60, 2);
    if (has_colon) {
        out += ':';
    }
    put(out, size % 60, 2);
}

void put_fraction(std::string& out, int nanosecond, std::size_t digits) {
    std::string all;
    put(all, nanosecond, 9);
    out.append(all, 0, digits);
}

/// HL7's own form, as precise as the time is.
void write_hl7(const DateTime& time, std::string& out) {
    put(out, time.year, 4);
    const std::pair<Precision, int> parts[] = {{Precision::Month, time.month},
                                               {Precision::Day, time.day},
                                               {Precision::Hour, time.hour},
                                               {Precision::Minute, time.minute},
                                               {Precision::Second, time.second}};
    for (const auto& [precision, value] : parts) {
        if (time.precision >= precision) {
            put(out, value, 2);
        }
    }
    if (time.fraction_digits > 0) {
        out += '.';
        constexpr std::size_t kMost = 4;  // HL7 has no more
        put_fraction(out, time.nanosecond, std::min<std::size_t>(time.fraction_digits, kMost));
    }
    if (time.zone_minutes) {
        put_zone(out, *time.zone_minutes, false);
    }
}

/// Seconds since 1970 of the clock that the time was read off, without what is less than a minute.
std::int64_t local_seconds(const DateTime& time) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): a screenful of calendar
    const sys_days midnight{year{time.year} / month{static_cast<unsigned>(time.month)} /
                            day{static_cast<unsigned>(time.day)}};
    const auto local = midnight + hours{time.hour} + minutes{time.minute};
    return seconds{local.time_since_epoch()}.count();
}

bool exists(const DateTime& time) {
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): a screenful of calendar
    const year_month_day day{year{time.year},
                             month{static_cast<unsigned>(time.month)},
                             std::chrono::day{static_cast<unsigned>(time.day)}};
    return time.year >= 1 && day.ok() && time.hour < 24 && time.minute < 60 && time.second < 61;
}

}  // namespace

Result<DateFormat> DateFormat::parse(std::string_view text) {
    struct Known {
        std::string_view text;
        Token token;
        std::size_t size = 0;
    };

    // Longer ones first.
    static constexpr Known kKnown[] = {{"YYYY", Token::Year},
                                       {"MMM", Token::MonthName},
                                       {"MM", Token::Month},
                                       {"M", Token::MonthShort},
                                       {"DD", Token::Day},
                                       {"D", Token::DayShort},
                                       {"HH", Token::Hour},
                                       {"H", Token::HourShort},
                                       {"mm", Token::Minute},
                                       {"ss", Token::Second},
                                       {"ZZZ", Token::ZoneColon},
                                       {"ZZ", Token::Zone}};
    DateFormat out;
    if (text == "hl7") {
        out.is_hl7_ = true;
        return out;
    }
    const auto literal = [&](char c) {
        if (out.pieces_.empty() || out.pieces_.back().token != Token::Literal) {
            out.pieces_.push_back({});
        }
        out.pieces_.back().text += c;
    };
    while (!text.empty()) {
        const auto* const known =
            std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) {
                return text.starts_with(k.text);
            });
        const std::size_t fraction = std::min(text.find_first_not_of('S'), text.size());
        const std::size_t quoted = text.front() == '\'' ? text.find('\'', 1) : 0;
        if (known != std::end(kKnown)) {
            out.pieces_.push_back({.token = known->token});
            text.remove_prefix(known->text.size());
        } else if (fraction > 0 && fraction <= 9) {
            out.pieces_.push_back({.token = Token::Fraction, .size = fraction});
            text.remove_prefix(fraction);
        } else if (quoted != 0 && quoted != std::string_view::npos) {
            std::for_each(
                text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(quoted), literal);
            text.remove_prefix(quoted + 1);
        } else if (is_ascii_letter(text.front()) || text.front() == '\'') {
            return Error{
                ErrorCode::InvalidConfig,
                "a date format is `hl7` or made of YYYY MM DD HH mm ss SSS MMM M D H ZZ ZZZ; other "
                "letters stand in 'single quotes'"};
        } else {
            literal(text.front());
            text.remove_prefix(1);
        }
    }
    if (!out.is_gapless() || out.pieces_.size() > 32) {
        return Error{ErrorCode::InvalidConfig,
                     "a date format has a year, YYYY, and leaves nothing out between its parts"};
    }
    return out;
}

bool DateFormat::is_gapless() const {
    bool has[7] = {};
    for (const Piece& piece : pieces_) {
        switch (piece.token) {
            case Token::Year:
                has[0] = true;
                break;
            case Token::Month:
            case Token::MonthShort:
            case Token::MonthName:
                has[1] = true;
                break;
            case Token::Day:
            case Token::DayShort:
                has[2] = true;
                break;
            case Token::Hour:
            case Token::HourShort:
                has[3] = true;
                break;
            case Token::Minute:
                has[4] = true;
                break;
            case Token::Second:
                has[5] = true;
                break;
            case Token::Fraction:
                has[6] = true;
                break;
            default:
                break;
        }
    }
    return has[0] && std::is_sorted(std::begin(has), std::end(has), std::greater<>{});
}

bool DateFormat::read_piece(const Piece& piece, std::string_view& rest, DateTime& out) const {
    const auto number = [&](std::size_t least, std::size_t most, int& value, Precision precision) {
        out.precision = std::max(out.precision, precision);
        return take_number(rest, least, most, value);
    };
    switch (piece.token) {
        case Token::Literal:
            if (!rest.starts_with(piece.text)) {
                return false;
            }
            rest.remove_prefix(piece.text.size());
            return true;
        case Token::Year:
            return number(4, 4, out.year, Precision::Year);
        case Token::Month:
            return number(2, 2, out.month, Precision::Month);
        case Token::MonthShort:
            return number(1, 2, out.month, Precision::Month);
        case Token::MonthName:
            out.precision = std::max(out.precision, Precision::Month);
            return take_month(rest, out.month);
        case Token::Day:
            return number(2, 2, out.day, Precision::Day);
        case Token::DayShort:
            return number(1, 2, out.day, Precision::Day);
        case Token::Hour:
            return number(2, 2, out.hour, Precision::Hour);
        case Token::HourShort:
            return number(1, 2, out.hour, Precision::Hour);
        case Token::Minute:
            return number(2, 2, out.minute, Precision::Minute);
        case Token::Second:
            return number(2, 2, out.second, Precision::Second);
        case Token::Fraction:
            return take_fraction(rest, out);
        case Token::Zone:
            return take_zone(rest, false, out.zone_minutes);
        case Token::ZoneColon:
            return take_zone(rest, true, out.zone_minutes);
    }
    return false;
}

std::optional<DateTime> DateFormat::read(std::string_view text) const {
    if (is_hl7_) {
        return hl7_tables::parse_date_time(text);
    }
    DateTime out;
    for (const Piece& piece : pieces_) {
        if (!read_piece(piece, text, out)) {
            return std::nullopt;
        }
    }
    return text.empty() && exists(out) ? std::optional{out} : std::nullopt;
}

bool DateFormat::write_piece(const Piece& piece, const DateTime& time, std::string& out) const {
    const auto number = [&](int value, int width, Precision precision) {
        put(out, value, width);
        return time.precision >= precision;
    };
    switch (piece.token) {
        case Token::Literal:
            out += piece.text;
            return true;
        case Token::Year:
            return number(time.year, 4, Precision::Year);
        case Token::Month:
            return number(time.month, 2, Precision::Month);
        case Token::MonthShort:
            return number(time.month, 1, Precision::Month);
        case Token::MonthName:
            out += kMonths[time.month - 1];
            return time.precision >= Precision::Month;
        case Token::Day:
            return number(time.day, 2, Precision::Day);
        case Token::DayShort:
            return number(time.day, 1, Precision::Day);
        case Token::Hour:
            return number(time.hour, 2, Precision::Hour);
        case Token::HourShort:
            return number(time.hour, 1, Precision::Hour);
        case Token::Minute:
            return number(time.minute, 2, Precision::Minute);
        case Token::Second:
            return number(time.second, 2, Precision::Second);
        case Token::Fraction:
            put_fraction(out, time.nanosecond, piece.size);
            return time.precision == Precision::Second;
        case Token::Zone:
        case Token::ZoneColon:
            put_zone(out, time.zone_minutes.value_or(0), piece.token == Token::ZoneColon);
            return time.zone_minutes.has_value();
    }
    return false;
}

bool DateFormat::write(const DateTime& time, std::string& out) const {
    if (is_hl7_) {
        write_hl7(time, out);
        return true;
    }
    return std::all_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
        return write_piece(piece, time, out);
    });
}

void assume_zone(DateTime& time, const hl7_tables::Zone& zone) {
    if (!time.zone_minutes && time.precision >= Precision::Hour) {
        const std::int64_t offset = zone.offset_s(local_seconds(time), hl7_tables::Fold::Earliest);
        time.zone_minutes = static_cast<int>(offset / 60);
    }
}

bool move_to_zone(DateTime& time, const hl7_tables::Zone& zone) {
    if (time.precision < Precision::Hour) {
        return true;
    }
    if (!time.zone_minutes) {
        return false;
    }
    const std::int64_t utc = local_seconds(time) - std::int64_t{*time.zone_minutes} * 60;
    const auto zone_minutes = static_cast<int>(zone.offset_at_s(utc) / 60);
    if (time.precision == Precision::Hour && (zone_minutes - *time.zone_minutes) % 60 != 0) {
        return false;
    }
    using namespace std::chrono;  // NOLINT(google-build-using-namespace): a screenful of calendar
    const sys_seconds moved{seconds{utc + std::int64_t{zone_minutes} * 60}};
    const auto midnight = floor<days>(moved);
    const year_month_day date{midnight};
    const hh_mm_ss<seconds> clock{moved - midnight};
    time.year = static_cast<int>(date.year());
    time.month = static_cast<int>(static_cast<unsigned>(date.month()));
    time.day = static_cast<int>(static_cast<unsigned>(date.day()));
    time.hour = static_cast<int>(clock.hours().count());
    time.minute = static_cast<int>(clock.minutes().count());
    time.zone_minutes = zone_minutes;
    return time.year >= 1 && time.year <= 9999;
}

}  // namespace aorta::plugins::edit
