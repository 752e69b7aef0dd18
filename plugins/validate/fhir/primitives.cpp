#include "validate/fhir/primitives.hpp"

#include "common/fhir/date_time.hpp"

#include <algorithm>
#include <cstdint>

namespace aorta::plugins::validate_fhir {

namespace {

using fhir_definitions::Type;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

template <class Is>
bool all(std::string_view text, Is&& is) {
    return std::all_of(text.begin(), text.end(), is);
}

/// -?(0|[1-9][0-9]*) within [least, most].
bool is_integer(std::string_view text, std::int64_t least, std::int64_t most) {
    const bool is_negative = text.starts_with('-');
    const std::string_view digits = text.substr(is_negative ? 1 : 0);
    if (digits.empty() || digits.size() > 10 || !all(digits, is_digit) ||
        (digits.size() > 1 && digits[0] == '0')) {
        return false;
    }
    std::int64_t value = 0;
    for (const char c : digits) {
        value = value * 10 + (c - '0');
    }
    value = is_negative ? -value : value;
    return value >= least && value <= most;
}

/// JSON has checked its grammar; FHIR allows 18 digits of precision, which is not enforced.
bool is_decimal(std::string_view text) {
    return !text.empty() && (is_digit(text[0]) || text[0] == '-');
}

bool is_code(std::string_view text) {
    char last = ' ';
    for (const char c : text) {
        const bool is_control = is_space(c) && c != ' ';
        if (is_control || (c == ' ' && last == ' ')) {
            return false;
        }
        last = c;
    }
    return last != ' ';
}

bool is_base64(std::string_view text) {
    std::size_t count = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (is_space(c)) {
            continue;
        }
        ++count;
        padding += c == '=' ? 1 : 0;
        const bool is_data = is_letter(c) || is_digit(c) || c == '+' || c == '/';
        if (c != '=' && (!is_data || padding > 0)) {
            return false;
        }
    }
    return count != 0 && count % 4 == 0 && padding <= 2;
}

bool is_time(std::string_view text) {
    if (text.size() < 8 || text[2] != ':' || text[5] != ':') {
        return false;
    }
    const auto two = [&](std::size_t at) {
        return is_digit(text[at]) && is_digit(text[at + 1])
                   ? (text[at] - '0') * 10 + (text[at + 1] - '0')
                   : 100;
    };
    const std::string_view rest = text.substr(8);
    const bool is_fraction =
        rest.empty() || (rest.size() > 1 && rest[0] == '.' && all(rest.substr(1), is_digit));
    return two(0) < 24 && two(3) < 60 && two(6) < 61 && is_fraction;
}

/// Leap seconds are allowed here and not by parse_date_time.
bool is_date_time(std::string_view text, fhir::Precision least, fhir::Precision most) {
    char seconds[64];
    if (text.size() > 18 && text.size() < sizeof seconds && text.substr(16, 3) == ":60") {
        text.copy(seconds, text.size());
        seconds[17] = '5';
        seconds[18] = '9';
        text = {seconds, text.size()};
    }
    const auto time = fhir::parse_date_time(text);
    if (!time || time->precision < least || time->precision > most || time->year == 0) {
        return false;
    }
    const bool has_time = time->precision >= fhir::Precision::Minute;
    return !has_time || (time->precision == fhir::Precision::Second && time->zone_minutes);
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uuid_text(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text[i])) {
            return false;
        }
    }
    return true;
}

/// urn:oid:[0-2](\.(0|[1-9][0-9]*))+
bool is_oid_text(std::string_view text) {
    if (text.size() < 3 || text[0] < '0' || text[0] > '2') {
        return false;
    }
    text.remove_prefix(1);
    while (!text.empty()) {
        if (text[0] != '.') {
            return false;
        }
        text.remove_prefix(1);
        const std::size_t size = std::min(text.find('.'), text.size());
        const std::string_view arc = text.substr(0, size);
        if (arc.empty() || !all(arc, is_digit) || (arc.size() > 1 && arc[0] == '0')) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

bool is_uri(std::string_view text) {
    constexpr std::string_view kOid = "urn:oid:";
    constexpr std::string_view kUuid = "urn:uuid:";
    if (text.starts_with(kOid)) {
        return is_oid_text(text.substr(kOid.size()));
    }
    if (text.starts_with(kUuid)) {
        const std::string_view rest = text.substr(kUuid.size());
        return is_uuid_text(rest.substr(0, rest.find_first_of("#|")));
    }
    return std::none_of(text.begin(), text.end(), is_space);
}

/// Any character but controls; FHIR counts tab, line feed and carriage return in.
bool is_string(std::string_view text) {
    return text.size() <= (std::size_t{1} << 20U) &&
           all(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 || is_space(c); });
}

}  // namespace

bool is_blank(std::string_view text) {
    return all(text, is_space);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           all(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
}

bool is_number(Type type) {
    return type == Type::integer || type == Type::decimal || type == Type::unsignedInt ||
           type == Type::positiveInt;
}

bool is_of_type(std::string_view text, Type type) {
    using fhir::Precision;
    switch (type) {
        case Type::boolean:
            return text == "true" || text == "false";
        case Type::integer:
            return is_integer(text, INT32_MIN, INT32_MAX);
        case Type::unsignedInt:
            return is_integer(text, 0, INT32_MAX);
        case Type::positiveInt:
            return is_integer(text, 1, INT32_MAX);
        case Type::decimal:
            return is_decimal(text);
        case Type::uri:
        case Type::url:
        case Type::canonical:
            return is_uri(text);
        case Type::oid:
            return text.starts_with("urn:oid:") && is_uri(text);
        case Type::uuid:
            return text.starts_with("urn:uuid:") && is_uri(text);
        case Type::base64Binary:
            return is_base64(text);
        case Type::instant:
            return is_date_time(text, Precision::Second, Precision::Second);
        case Type::date:
            return is_date_time(text, Precision::Year, Precision::Day);
        case Type::dateTime:
            return is_date_time(text, Precision::Year, Precision::Second);
        case Type::time:
            return is_time(text);
        case Type::code:
            return is_code(text);
        case Type::id:
            return is_id(text);
        default:
            return is_string(text);
    }
}

std::string_view form_of_type(Type type) {
    switch (type) {
        case Type::boolean:
            return "true or false";
        case Type::integer:
            return "a whole number of 32 bits";
        case Type::unsignedInt:
            return "a whole number from 0 on, of 31 bits";
        case Type::positiveInt:
            return "a whole number from 1 on, of 31 bits";
        case Type::decimal:
            return "a number";
        case Type::uri:
        case Type::url:
        case Type::canonical:
            return "a URI: no white space, and after urn:oid: an OID, after urn:uuid: a UUID";
        case Type::oid:
            return "urn:oid: and an OID";
        case Type::uuid:
            return "urn:uuid: and a UUID";
        case Type::base64Binary:
            return "Base64: whole groups of four";
        case Type::instant:
            return "YYYY-MM-DDThh:mm:ss[.s…] and Z or a zone +hh:mm, of a time that exists";
        case Type::date:
            return "a date: YYYY, YYYY-MM or YYYY-MM-DD, of a day that exists";
        case Type::dateTime:
            return "a date, or YYYY-MM-DDThh:mm:ss[.s…] and Z or a zone +hh:mm, that exists";
        case Type::time:
            return "hh:mm:ss[.s…]";
        case Type::code:
            return "a code: no white space at its ends, single spaces within";
        case Type::id:
            return "1 to 64 letters, digits, - or .";
        default:
            return "text without control characters, of at most 1 MiB";
    }
}

bool is_mime_type(std::string_view text) {
    const auto is_token = [](std::string_view part) {
        constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
        return !part.empty() && all(part, [&](char c) {
            return is_letter(c) || is_digit(c) || kOther.find(c) != std::string_view::npos;
        });
    };
    const std::string_view kind = text.substr(0, text.find(';'));
    const std::size_t slash = kind.find('/');
    if (slash == std::string_view::npos) {
        // Conformance resources have the short names of FHIR's own formats.
        return text == "json" || text == "xml" || text == "ttl" || text == "html";
    }
    std::string_view sub = kind.substr(slash + 1);
    while (sub.ends_with(' ')) {
        sub.remove_suffix(1);
    }
    return is_token(kind.substr(0, slash)) && is_token(sub);
}

/// The shape of BCP 47: a first part of 2 to 8 letters, others of 1 to 8 letters or digits.
bool is_language(std::string_view text) {
    bool is_first = true;
    while (true) {
        const std::size_t end = std::min(text.find('-'), text.size());
        const std::string_view part = text.substr(0, end);
        const bool is_private = part == "x" || part == "i";
        if (part.empty() || part.size() > 8 ||
            (is_first && !is_private && (part.size() < 2 || !all(part, is_letter))) ||
            !all(part, [](char c) { return is_letter(c) || is_digit(c); })) {
            return false;
        }
        if (end == text.size()) {
            return true;
        }
        is_first = false;
        text.remove_prefix(end + 1);
    }
}

bool is_currency(std::string_view text) {
    return text.size() == 3 && all(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace aorta::plugins::validate_fhir
