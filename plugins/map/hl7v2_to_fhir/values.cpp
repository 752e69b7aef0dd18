#include "map/hl7v2_to_fhir/values.hpp"

#include "common/files/text.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

using guide::Kind;
using hl7_tables::DateTime;
using hl7_tables::Precision;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<std::string> to_text(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), is_space)) {
        return std::nullopt;
    }
    std::string out;
    for (const char c : text) {
        const bool is_control = static_cast<unsigned char>(c) < 0x20 && !is_space(c);
        if (is_control || c == '\x7F') {
            out += "\xEF\xBF\xBD";  // FHIR's strings have none
        } else {
            out += c;
        }
    }
    return out;
}

std::optional<std::string> to_xhtml(std::string_view text) {
    std::string div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
    for (const char c : trimmed(text)) {
        if (c == '<') {
            div += "&lt;";
        } else if (c == '&') {
            div += "&amp;";
        } else {
            div += c;
        }
    }
    return trimmed(text).empty() ? std::nullopt : std::optional{div + "</div>"};
}

/// Single spaces between words.
std::optional<std::string> to_code(std::string_view text) {
    text = trimmed(text);
    std::string code;
    for (const char c : text) {
        if (!is_space(c)) {
            code += c;
        } else if (code.back() != ' ') {
            code += ' ';
        }
    }
    return code.empty() ? std::nullopt : std::optional{code};
}

bool is_oid(std::string_view text) {
    bool is_start = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_zero_before_more =
            is_start && text[i] == '0' && i + 1 < text.size() && text[i + 1] != '.';
        if (is_zero_before_more || (is_start && !is_digit(text[i])) ||
            (!is_digit(text[i]) && text[i] != '.')) {
            return false;
        }
        is_start = text[i] == '.';
    }
    return !text.empty() && !is_start && text.front() <= '2' && text.find('.') == 1;
}

bool is_uuid(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        const char lower = static_cast<char>(text[i] | 0x20);
        if (is_hyphen ? text[i] != '-' : !is_digit(text[i]) && (lower < 'a' || lower > 'f')) {
            return false;
        }
    }
    return text.size() == 36;
}

// What is called an OID or a UUID and is none goes without the name.
std::optional<std::string> to_uri(std::string_view text) {
    constexpr std::string_view kOid = "urn:oid:";
    constexpr std::string_view kUuid = "urn:uuid:";
    text = trimmed(text);
    if (text.starts_with(kOid) && !is_oid(text.substr(kOid.size()))) {
        text.remove_prefix(kOid.size());
    } else if (text.starts_with(kUuid) && !is_uuid(text.substr(kUuid.size()))) {
        text.remove_prefix(kUuid.size());
    }
    std::string uri;
    for (const char c : text) {
        if (is_space(c)) {
            uri += "%20";
        } else {
            uri += c;
        }
    }
    return uri.empty() ? std::nullopt : std::optional{uri};
}

/// The decimal number without a plus sign and needless zeros in front; digits behind the point
/// stay.
std::optional<std::string> to_decimal(std::string_view text) {
    text = trimmed(text);
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string_view whole = text.substr(0, point);
    const std::string_view rest = text.substr(std::min(point + 1, text.size()));
    const bool are_digits = std::all_of(whole.begin(), whole.end(), is_digit) &&
                            std::all_of(rest.begin(), rest.end(), is_digit);
    if (!are_digits || (whole.empty() && rest.empty()) || text.size() > 64) {
        return std::nullopt;
    }
    while (whole.size() > 1 && whole.front() == '0') {
        whole.remove_prefix(1);
    }
    std::string number = is_negative ? "-" : "";
    number += whole.empty() ? "0" : whole;
    return rest.empty() ? number : number + "." + std::string{rest};
}

std::optional<std::string> to_integer(std::string_view text, std::int64_t least) {
    const auto number = to_decimal(text);
    if (!number || number->find('.') != std::string::npos || number->size() > 11) {
        return std::nullopt;
    }
    const std::int64_t value = std::strtoll(number->c_str(), nullptr, 10);
    if (value < least || value < INT32_MIN || value > INT32_MAX) {
        return std::nullopt;
    }
    return std::to_string(value);
}

std::string formatted(const char* format, int a, int b = 0, int c = 0) {
    char text[40];
    const int size = std::snprintf(text, sizeof text, format, a, b, c);
    return {text, static_cast<std::size_t>(size)};
}

std::string date_of(const DateTime& time) {
    return time.precision == Precision::Year ? formatted("%04d", time.year)
           : time.precision == Precision::Month
               ? formatted("%04d-%02d", time.year, time.month)
               : formatted("%04d-%02d-%02d", time.year, time.month, time.day);
}

std::int64_t local_seconds(const DateTime& time) {
    // Days from the civil calendar, March first.
    const std::int64_t year = time.year - (time.month <= 2 ? 1 : 0);
    const std::int64_t era = year / 400;
    const std::int64_t of_era = year - era * 400;
    const std::int64_t of_year =
        (153 * (time.month + (time.month > 2 ? -3 : 9)) + 2) / 5 + time.day - 1;
    const std::int64_t days =
        era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
}

std::string zone_of(const DateTime& time, const Zones& zones) {
    std::int64_t minutes = 0;
    if (time.zone_minutes || zones.message_minutes) {
        minutes = time.zone_minutes ? *time.zone_minutes : *zones.message_minutes;
    } else {
        minutes = zones.rule.configured.offset_s(local_seconds(time), zones.rule.fold) / 60;
        if (minutes == 0) {
            return "Z";
        }
    }
    const auto size = static_cast<int>(minutes < 0 ? -minutes : minutes);
    return (minutes < 0 ? "-" : "+") + formatted("%02d:%02d", size / 60, size % 60);
}

std::string clock_of(const DateTime& time, std::string_view written) {
    std::string clock = formatted("%02d:%02d:%02d", time.hour, time.minute, time.second);
    const std::size_t point = written.find('.');
    if (time.fraction_digits > 0 && point != std::string_view::npos) {
        clock += written.substr(point, time.fraction_digits + 1U);
    }
    return clock;
}

std::optional<std::string> to_date_time(Kind kind, std::string_view text, const Zones& zones) {
    text = trimmed(text);
    const auto time = hl7_tables::parse_date_time(text);
    if (!time || time->year == 0) {
        return std::nullopt;
    }
    if (kind == Kind::Date) {
        return date_of(*time);
    }
    if (time->precision < Precision::Hour) {
        return kind == Kind::Instant ? std::nullopt : std::optional{date_of(*time)};
    }
    return date_of(*time) + "T" + clock_of(*time, text) + zone_of(*time, zones);
}

std::optional<std::string> to_time(std::string_view written) {
    std::string text{trimmed(written)};
    std::erase(text, ':');  // some write 11:30
    if (!hl7_tables::is_time(text)) {
        return std::nullopt;
    }
    const std::string_view clock =
        std::string_view{text}.substr(0, text.find_first_of("+-"));  // FHIR's time has no zone
    std::string time{clock.substr(0, 2)};
    time += ":";
    time += clock.size() >= 4 ? clock.substr(2, 2) : "00";
    time += ":";
    return time + std::string{clock.size() >= 6 ? clock.substr(4) : "00"};
}

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encoded(std::string_view bytes) {
    std::string out;
    files::append_base64(bytes, out);
    return out;
}

std::optional<std::string> unhexed(std::string_view text) {
    std::string bytes;
    int high = -1;
    for (const char c : text) {
        if (is_space(c)) {
            continue;
        }
        const char lower = static_cast<char>(c | 0x20);
        const int digit = is_digit(c)                    ? c - '0'
                          : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                         : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        if (high < 0) {
            high = digit;
        } else {
            bytes += static_cast<char>(high * 16 + digit);
            high = -1;
        }
    }
    return high < 0 ? std::optional{bytes} : std::nullopt;
}

}  // namespace

std::optional<std::string> to_base64(std::string_view encoding, std::string_view text) {
    if (encoding == "Base64" || encoding == "BASE64" || encoding == "base64") {
        std::string digits;
        for (const char c : text) {
            if (!is_space(c)) {
                digits += c;
            }
        }
        const std::size_t end = std::min(digits.find('='), digits.size());
        const bool is_good = digits.size() % 4 == 0 && digits.size() - end <= 2 &&
                             digits.find_first_not_of(kDigits) >= end;
        return is_good && !digits.empty() ? std::optional{digits} : std::nullopt;
    }
    if (encoding == "Hex" || encoding == "HEX" || encoding == "hex") {
        const auto bytes = unhexed(text);
        return bytes && !bytes->empty() ? std::optional{encoded(*bytes)} : std::nullopt;
    }
    return text.empty() ? std::nullopt : std::optional{encoded(text)};
}

std::optional<std::string> to_mime(std::string_view type, std::string_view subtype) {
    const auto lower = [](std::string_view text) {
        std::string out{trimmed(text)};
        std::transform(out.begin(), out.end(), out.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        });
        return out;
    };
    const std::string name = lower(subtype);
    if (name.find('/') != std::string::npos && name.find(' ') == std::string::npos) {
        return name;
    }
    if (name == "tx" || name == "ft" || name == "text" || name == "plain") {
        return "text/plain";
    }
    constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
        {"ap", "application"},
        {"application", "application"},
        {"au", "audio"},
        {"audio", "audio"},
        {"im", "image"},
        {"image", "image"},
        {"ns", "image"},
        {"si", "image"},
        {"text", "text"},
        {"tx", "text"},
        {"ft", "text"},
        {"video", "video"},
        {"multipart", "multipart"}};
    const std::string kind = lower(type);
    for (const auto& [code, media] : kTypes) {
        if (code == kind && !name.empty() && name.find(' ') == std::string::npos) {
            return std::string{media} + "/" + name;
        }
    }
    return std::nullopt;
}

std::optional<std::string> to_primitive(Kind kind, std::string_view text, const Zones& zones) {
    switch (kind) {
        case Kind::Code:
        case Kind::Id:
            return to_code(text);
        case Kind::Uri:
            return to_uri(text);
        case Kind::Date:
        case Kind::DateTime:
        case Kind::Instant:
            return to_date_time(kind, text, zones);
        case Kind::Time:
            return to_time(text);
        case Kind::Decimal:
            return to_decimal(text);
        case Kind::Integer:
            return to_integer(text, INT32_MIN);
        case Kind::PositiveInt:
            return to_integer(text, 1);
        case Kind::UnsignedInt:
            return to_integer(text, 0);
        case Kind::Boolean:
            return text == "true" || text == "false" ? std::optional{std::string{text}}
                                                     : std::nullopt;
        case Kind::Base64:
            return to_base64("A", text);
        case Kind::Xhtml:
            return to_xhtml(text);
        case Kind::Complex:
        case Kind::Inherit:
        case Kind::Text:
            break;
    }
    return to_text(text);
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
