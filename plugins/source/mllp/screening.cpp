#include "source/mllp/screening.hpp"

#include "common/hl7/ack.hpp"
#include "common/hl7/delimiters.hpp"
#include "common/hl7/message.hpp"
#include "common/hl7/scan.hpp"

#include <algorithm>

namespace aorta::plugins::mllp {
namespace {

constexpr std::size_t kMaxHeader = 8192;
constexpr std::size_t kSeparator = 3;  // where MSH-1 stands

bool matches(std::string_view pattern, std::string_view text) {
    return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : text == pattern;
}

bool takes(const std::vector<std::string>& patterns, std::string_view text) {
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
               return matches(pattern, text);
           });
}

/// Patterns are written with `^`, whatever the message's delimiters are.
bool is_of_type(const hl7::Header& header, std::string_view pattern) {
    std::size_t number = 0;
    for (const std::string_view part : hl7::Split(pattern, '^')) {
        if (!matches(part, header.component(9, ++number))) {
            return false;
        }
    }
    return true;
}

/// Whether an answer can name the message: it is made of what `header_of` keeps.
bool is_answerable(const hl7::Header& header) {
    constexpr std::size_t kControlId = 10;
    constexpr std::size_t kApplicationAck = 16;  // the last field that an answer asks for
    const char* const begin = header.field(1).data() - kSeparator;
    for (std::size_t number = kControlId; number <= kApplicationAck; ++number) {
        const std::string_view field = header.field(number);
        if (field.data() != nullptr &&
            static_cast<std::size_t>(field.data() - begin) + field.size() >= kMaxHeader) {
            return false;
        }
    }
    return header.field(kControlId).size() <= hl7::kMaxEcho;
}

}  // namespace

Screening screen(const hl7::Header* header, const AcceptRule& rule) {
    if (header == nullptr) {
        return Screening::NoHeader;
    }
    if (header->is_ack()) {
        return Screening::Acknowledgement;  // to refuse it would be an answer, too
    }
    if (!is_answerable(*header)) {
        return Screening::HeaderTooLarge;
    }
    if (!takes(rule.versions, header->component(12, 1))) {
        return Screening::WrongVersion;
    }
    if (!rule.types.empty() &&
        std::none_of(rule.types.begin(), rule.types.end(), [&](const std::string& pattern) {
            return is_of_type(*header, pattern);
        })) {
        return Screening::WrongType;
    }
    if (!takes(rule.processing_ids, header->component(11, 1))) {
        return Screening::WrongProcessingId;
    }
    return Screening::Ordinary;
}

std::string_view behind_envelope(std::string_view frame) {
    std::string_view rest = frame.substr(hl7::leading_noise(frame));
    while (rest.starts_with("FHS") || rest.starts_with("BHS")) {
        rest.remove_prefix(std::min(hl7::find_either(rest, '\r', '\n'), rest.size()));
        rest.remove_prefix(hl7::leading_noise(rest));
    }
    return rest.starts_with("MSH") ? rest : frame;
}

std::string_view header_of(std::string_view message) {
    message.remove_prefix(hl7::leading_noise(message));
    const std::string_view whole = message.substr(0, hl7::find_either(message, '\r', '\n'));
    const std::string_view header = whole.substr(0, kMaxHeader);
    return header.size() == whole.size() ? header
                                         : header.substr(0, header.rfind(header[kSeparator]));
}

}  // namespace aorta::plugins::mllp
