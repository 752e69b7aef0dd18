#include "common/hl7/continuation.hpp"

#include "common/hl7/reason.hpp"

#include <algorithm>

namespace aorta::hl7 {

namespace {

constexpr Path kPrevious{.field = 14};
constexpr std::uint32_t kPointer = 1;
constexpr std::uint32_t kStyle = 2;

std::string_view pointer_of(std::string_view raw) {
    const Value value = Value::of(raw);
    return value.has_value() ? value.raw : std::string_view{};
}

bool is_fragment_end(const Message& message, std::size_t segment) {
    return message.name(segment) == "DSC" && message.field(segment, kStyle) != "I";
}

Error mismatch(std::string_view text, std::string_view where) {
    return make_error(ErrorCode::InvalidData, kContinuationMismatch, text, where);
}

}  // namespace

Continuation continuation_of(const Message& message) {
    Continuation found;
    found.has_addendum = message.find("ADD").has_value();
    const auto end = message.find("DSC");
    if (end && !is_fragment_end(message, *end)) {
        return found;
    }
    found.previous = pointer_of(message.get(0, kPrevious).raw);
    found.next = end ? pointer_of(message.field(*end, kPointer)) : std::string_view{};
    return found;
}

Result<void> FragmentJoiner::add(const Message& fragment) {
    const bool is_first = joined_.empty();
    if (is_first) {
        delimiters_ = fragment.delimiters();
    } else if (delimiters_ != fragment.delimiters()) {
        return mismatch("the fragments of a message do not have the same delimiters", "MSH-2");
    }
    for (std::size_t i = is_first ? 0 : 1; i < fragment.segment_count(); ++i) {
        std::string_view text = fragment.segment(i);
        if (is_fragment_end(fragment, i)) {
            continue;
        }
        if (fragment.name(i) == "ADD") {
            if (segments_ < 2) {
                return mismatch("ADD has no segment but MSH to continue", "ADD");
            }
            // Without fields it only says that the segment before it goes on in the next fragment.
            text = text.substr(std::min<std::size_t>(text.size(), 4));
            joined_.pop_back();
        } else {
            ++segments_;
        }
        joined_ += text;
        joined_ += '\r';
    }
    return {};
}

}  // namespace aorta::hl7
