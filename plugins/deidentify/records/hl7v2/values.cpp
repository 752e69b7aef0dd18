#include "deidentify/records/hl7v2/values.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7_tables/data_types.hpp"
#include "common/privacy/places.hpp"

#include <algorithm>

namespace aorta::plugins::deidentify {

namespace {

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

void append_coded_text(std::string_view repetition,
                       const hl7::Delimiters& delimiters,
                       const std::function<std::string(std::string_view)>& change,
                       std::string& out) {
    const hl7::Split parts{repetition, delimiters.component};
    ComponentWriter writer{delimiters.component, out};
    for (std::size_t n = 1; n <= 9; ++n) {
        const std::string_view part = parts.at(n);
        const bool is_code = (n == 1 && !parts.at(3).empty()) || (n == 4 && !parts.at(6).empty());
        const bool is_text = n == 1 || n == 2 || n == 4 || n == 5 || n == 9;
        if (part.empty() || is_code || !is_text) {
            writer.put(n, part);
        } else {
            writer.put(n, change(part));
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
        if (n == 1 ? is_compared_number(number) && privacy::is_label(part)
                   : privacy::is_label(part)) {
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
        if (privacy::is_label(part)) {
            writer.put(n, part);
        }
    }
}

}  // namespace aorta::plugins::deidentify
