#include "map/hl7v2_to_fhir/guide/guide.hpp"

#include <algorithm>

namespace aorta::plugins::map_hl7v2_to_fhir::guide {

std::uint16_t number_of(std::string_view wanted) {
    for (std::size_t i = 0; i < kTextCount; ++i) {
        if (text(static_cast<std::uint16_t>(i)) == wanted) {
            return static_cast<std::uint16_t>(i);
        }
    }
    return 0;
}

std::uint16_t type_of(std::string_view name) {
    for (std::size_t i = 0; i < kTypeCount; ++i) {
        if (type_name(static_cast<std::uint16_t>(i)) == name) {
            return static_cast<std::uint16_t>(i);
        }
    }
    return 0;
}

const Concept* find_concept(std::uint16_t map, std::string_view code) {
    const std::span<const Concept> all{
        kConcepts + kConceptMaps[map].begin,
        static_cast<std::size_t>(kConceptMaps[map].end - kConceptMaps[map].begin)};
    const auto found =
        std::lower_bound(all.begin(), all.end(), code, [](const Concept& each, auto wanted) {
            return text(each.code) < wanted;
        });
    return found != all.end() && text(found->code) == code ? &*found : nullptr;
}

std::string_view find_system(std::string_view name) {
    const auto* const end = kCodingSystems + kCodingSystemCount;
    const auto* const found =
        std::lower_bound(kCodingSystems, end, name, [](const CodingSystem& each, auto wanted) {
            return text(each.name) < wanted;
        });
    return found != end && text(found->name) == name ? text(found->uri) : std::string_view{};
}

namespace {

const MessageMap* find_own(std::string_view structure) {
    const auto* const end = kMessageMaps + kMessageMapCount;
    const auto* const found = std::find_if(
        kMessageMaps, end, [&](const MessageMap& map) { return text(map.name) == structure; });
    return found == end ? nullptr : found;
}

}  // namespace

const MessageMap* find_message(std::string_view structure) {
    if (const MessageMap* own = find_own(structure)) {
        return own;
    }
    const auto* const end = kAlike + kAlikeCount;
    const auto* const like =
        std::find_if(kAlike, end, [&](const Alike& each) { return text(each.name) == structure; });
    return like == end ? nullptr : find_own(text(like->like));
}

const MessageMap& any_message() {
    return kMessageMaps[0];
}

bool is_one_of(std::string_view values, std::string_view value) {
    for (std::size_t at = 0;;) {
        const std::size_t end = std::min(values.find('|', at), values.size());
        if (values.substr(at, end - at) == value) {
            return true;
        }
        if (end == values.size()) {
            return false;
        }
        at = end + 1;
    }
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir::guide
