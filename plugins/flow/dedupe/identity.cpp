#include "flow/dedupe/identity.hpp"

#include <algorithm>

namespace aorta::plugins::dedupe {

namespace {

/// The bytes of a segment without the fields that do not count. Their separators stay.
void add_segment(const hl7::Message& message,
                 std::size_t segment,
                 const std::vector<hl7::Path>& except,
                 hash::SipHash& hasher) {
    const std::string_view whole = message.segment(segment);
    std::size_t from = 0;
    for (const hl7::Path& path : except) {  // by segment and field
        if (path.segment_name() != message.name(segment)) {
            continue;
        }
        const std::string_view field = message.field(segment, path.field);
        if (field.data() != nullptr) {
            const auto at = static_cast<std::size_t>(field.data() - whole.data());
            hasher.add(whole.substr(from, at - from));
            from = at + field.size();
        }
    }
    hasher.add(whole.substr(from));
    hasher.add("\r");
}

}  // namespace

std::optional<hash::Hash128> Identity::of(std::string_view payload,
                                          const hl7::Message* maybe_message,
                                          hash::SipHash hasher) const {
    for (const hl7::Path& path : by) {
        const hl7::Value value = maybe_message->get(path);
        if (&path == by.data() && !value.has_value()) {
            return std::nullopt;
        }
        hasher.add_text(value.raw);
    }
    if (content && maybe_message == nullptr) {
        hasher.add(payload);
    } else if (content) {
        for (std::size_t i = 0; i < maybe_message->segment_count(); ++i) {
            add_segment(*maybe_message, i, except, hasher);
        }
    }
    return hasher.finish();
}

}  // namespace aorta::plugins::dedupe
