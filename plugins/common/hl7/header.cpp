#include "common/hl7/header.hpp"

#include "common/hl7/message.hpp"
#include "common/hl7/reason.hpp"
#include "common/hl7/scan.hpp"

#include <charconv>

namespace aorta::hl7 {

Result<Header> Header::parse(std::string_view message) {
    message.remove_prefix(leading_noise(message));
    const Result<Delimiters> delimiters = parse_delimiters(message);
    if (!delimiters.ok()) {
        return delimiters.error();
    }
    if (!message.starts_with("MSH")) {
        return make_error(
            ErrorCode::InvalidData, kNoMsh, "the message does not begin with MSH", "MSH-1");
    }
    Header header;
    header.delimiters_ = *delimiters;
    const std::string_view segment = message.substr(0, find_either(message, '\r', '\n'));
    header.fields_[0] = segment.substr(3, 1);
    // Cut once: an answer asks for a dozen fields.
    header.beyond_ = segment.substr(4);
    for (std::size_t i = 1; i < kFields && header.beyond_.data() != nullptr; ++i) {
        const std::size_t end = header.beyond_.find(delimiters->field);
        header.fields_[i] = header.beyond_.substr(0, end);
        header.beyond_ =
            end == std::string_view::npos ? std::string_view{} : header.beyond_.substr(end + 1);
    }
    return header;
}

std::string_view Header::field(std::size_t number) const {
    if (number == 0) {
        return {};
    }
    if (number <= kFields) {
        return fields_[number - 1];
    }
    return beyond_.data() == nullptr ? std::string_view{}
                                     : Split{beyond_, delimiters_.field}.at(number - kFields);
}

std::string_view Header::component(std::size_t number, std::size_t component) const {
    const std::string_view whole = field(number);
    if (whole.data() == nullptr) {
        return {};
    }
    const std::string_view first = Split{whole, delimiters_.repetition}.at(1);
    return Split{first, delimiters_.component}.at(component);
}

bool Header::is_version_at_least(unsigned major, unsigned minor, unsigned patch) const {
    const std::string_view version = component(12, 1);
    std::array<unsigned, 3> found{};
    std::size_t count = 0;
    for (const std::string_view part : Split{version, '.'}) {
        const char* end = part.data() + part.size();
        const auto read = std::from_chars(part.data(), end, found[count]);
        if (read.ec != std::errc{}) {
            break;
        }
        if (++count == found.size()) {
            break;
        }
    }
    return count != 0 && found >= std::array{major, minor, patch};
}

bool ack_is_wanted(std::string_view condition, bool success) {
    if (condition.empty() || condition == "\"\"" || condition == "NE") {
        return false;
    }
    if (condition == "ER") {
        return !success;
    }
    return condition != "SU" || success;
}

}  // namespace aorta::hl7
