#include "deidentify/hl7v2/values.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7_tables/data_types.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::plugins::deidentify {

namespace {

constexpr std::size_t kMaxLabelBytes = 40;
constexpr std::size_t kMaxStructuredBytes = 20;

/// Takes <, >, =, <= or >= off the front.
void take_comparator(std::string_view& text) {
    if (text.starts_with('<') || text.starts_with('>')) {
        text.remove_prefix(1);
    }
    if (text.starts_with('=')) {
        text.remove_prefix(1);
    }
}

/// Takes the longest number off the front; false if there is none.
bool take_number(std::string_view& text) {
    std::size_t length = 0;
    for (std::size_t n = 1; n <= text.size(); ++n) {
        if (hl7_tables::is_number(text.substr(0, n))) {
            length = n;
        } else if (n > length + 2) {
            break;  // a sign and a point may stand before the next digit, no more
        }
    }
    text.remove_prefix(length);
    return length > 0;
}

struct AgeUnit {
    std::string_view name;
    double per_year;
};

constexpr AgeUnit kAgeUnits[] = {
    {"", 1},
    {"a", 1},
    {"y", 1},
    {"yr", 1},
    {"yrs", 1},
    {"year", 1},
    {"years", 1},
    {"mo", 12},
    {"mos", 12},
    {"mon", 12},
    {"month", 12},
    {"months", 12},
    {"wk", 52.18},
    {"week", 52.18},
    {"weeks", 52.18},
    {"d", 365.25},
    {"day", 365.25},
    {"days", 365.25},
};

}  // namespace

void ComponentWriter::put(std::size_t number, std::string_view text) {
    if (text.empty()) {
        return;
    }
    for (; at_ < number; ++at_) {
        out_ += separator_;
    }
    out_ += text;
}

bool is_label(std::string_view text) {
    return text.size() <= kMaxLabelBytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_compared_number(std::string_view text) {
    take_comparator(text);
    return hl7_tables::is_number(text);
}

bool is_range(std::string_view text) {
    std::string packed;
    std::copy_if(
        text.begin(), text.end(), std::back_inserter(packed), [](char c) { return c != ' '; });
    std::string_view rest = packed;
    take_comparator(rest);
    if (!take_number(rest)) {
        return false;
    }
    if (rest.empty()) {
        return true;
    }
    if (rest[0] != '-') {
        return false;
    }
    rest.remove_prefix(1);
    return take_number(rest) && rest.empty();
}

std::string bounded_age(std::string_view number, std::string_view unit) {
    std::string lower{unit};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto* const known = std::find_if(std::begin(kAgeUnits),
                                           std::end(kAgeUnits),
                                           [&](const AgeUnit& each) { return each.name == lower; });
    if (known == std::end(kAgeUnits)) {
        return {};
    }
    std::string_view digits = number;
    take_comparator(digits);
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const double most = 90 * known->per_year;
    return value < most && !number.starts_with('>') ? std::string{number}
                                                    : std::to_string(static_cast<int>(most));
}

void append_coded(std::string_view repetition,
                  bool code_only,
                  const hl7::Delimiters& delimiters,
                  std::string& out) {
    // Codes 1 and 4 have their texts in 2 and 5, systems in 3 and 6, versions in 7 and 8.
    const hl7::Split all{repetition, delimiters.component};
    std::string_view parts[9];
    std::size_t n = 0;
    for (const std::string_view part : all) {
        if (++n > 8) {
            break;
        }
        parts[n] = part;
    }
    ComponentWriter writer{delimiters.component, out};
    const bool has_first = !parts[1].empty() && (!code_only || !parts[3].empty());
    const bool has_second = !parts[4].empty() && (!code_only || !parts[6].empty());
    for (n = 1; n <= 8; ++n) {
        const bool is_second = (n >= 4 && n <= 6) || n == 8;
        const bool is_text = n == 2 || n == 5;
        if ((is_second ? has_second : has_first) && !(is_text && code_only)) {
            writer.put(n, parts[n]);
        }
    }
}

void append_structured(std::string_view repetition,
                       const hl7::Delimiters& delimiters,
                       std::string& out) {
    ComponentWriter writer{delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, delimiters.component}) {
        ++n;
        if (part.size() <= kMaxStructuredBytes &&
            part.find_first_not_of("0123456789.+-<>=/:") == std::string_view::npos) {
            writer.put(n, part);
        }
    }
}

void append_quantity(std::string_view repetition,
                     const hl7::Delimiters& delimiters,
                     std::string& out) {
    ComponentWriter writer{delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, delimiters.component}) {
        ++n;
        const std::string_view number = hl7::Split{part, delimiters.subcomponent}.at(1);
        if (n == 1 ? is_compared_number(number) && is_label(part) : is_label(part)) {
            writer.put(n, part);
        }
    }
}

void append_labels(std::string_view repetition,
                   const hl7::Delimiters& delimiters,
                   std::string& out) {
    ComponentWriter writer{delimiters.component, out};
    std::size_t n = 0;
    for (const std::string_view part : hl7::Split{repetition, delimiters.component}) {
        ++n;
        if (is_label(part)) {
            writer.put(n, part);
        }
    }
}

}  // namespace aorta::plugins::deidentify
