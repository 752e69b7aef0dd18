#include "map/hl7v2_to_fhir/message_view.hpp"

#include "map/hl7v2_to_fhir/source.hpp"

#include <algorithm>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

constexpr std::size_t kNameSize = 3;
constexpr std::size_t kShort = 256;  // read again rather than remembered

// Sorts by name, then by number.
std::uint64_t key_of(std::string_view name, std::size_t segment) {
    std::uint64_t key = 0;
    for (const char each : name) {
        key = key << 8U | static_cast<unsigned char>(each);
    }
    return key << 32U | segment;
}

}  // namespace

void MessageView::open(const hl7::Message& message) {
    message_ = &message;
    const auto msh = [&](std::uint32_t field, std::uint32_t component) {
        return message.get(0, {.field = field, .component = component}).raw;
    };
    const auto version = hl7_definitions::version_of(msh(12, 1)).version;
    const auto found = hl7_definitions::find_structure(version, msh(9, 1), msh(9, 2), msh(9, 3));
    structure_name_ = found ? found->name : std::string_view{};
    grouping_ = nullptr;
    if (found) {
        structure_.emplace(found->name, found->syntax);
        grouping_ = &grouper_.run(message, *structure_);
    }
    facts_.clear();
    by_name_.clear();
    anchors_.clear();
    std::string_view anchor;
    for (std::size_t i = 0; i < message.segment_count(); ++i) {
        const std::string_view name = message.name(i);
        anchor = name == "PID" || name == "PV1" ? name : anchor;
        anchors_.push_back(anchor);
        by_name_.push_back(key_of(name, i));
    }
    std::sort(by_name_.begin(), by_name_.end());
}

std::uint32_t MessageView::group_of(std::size_t segment) const {
    return grouping_ == nullptr ? 0 : grouping_->places[segment].group;
}

std::string_view MessageView::group_name(std::uint32_t group) const {
    return group == 0 || grouping_ == nullptr
               ? std::string_view{}
               : structure_->node(grouping_->groups[group].node).name;
}

std::uint32_t MessageView::parent_of(std::uint32_t group) const {
    return grouping_ == nullptr ? 0 : grouping_->groups[group].parent;
}

std::uint32_t MessageView::repeating(std::uint32_t group) const {
    while (group != 0 && !structure_->node(grouping_->groups[group].node).repeats) {
        group = parent_of(group);
    }
    return group;
}

bool MessageView::is_within(std::uint32_t group, std::uint32_t outer) const {
    while (group != outer && group != 0) {
        group = parent_of(group);
    }
    return group == outer;
}

std::size_t MessageView::block_of(std::size_t segment) const {
    if (grouping_ == nullptr || !grouping_->places[segment].is_placed()) {
        return 0;
    }
    const std::uint16_t node = grouping_->places[segment].node;
    std::size_t block = 0;
    for (const std::uint16_t leaf : structure_->leaves(message_->name(segment))) {
        if (leaf == node) {
            break;
        }
        block += structure_->node(leaf).parent == structure_->node(node).parent ? 1 : 0;
    }
    return block;
}

std::string_view MessageView::anchor_of(std::size_t segment) const {
    return anchors_[segment];
}

std::optional<std::size_t> MessageView::find_near(std::string_view name,
                                                  std::size_t segment) const {
    if (message_->name(segment) == name) {
        return segment;
    }
    if (name.size() != kNameSize) {
        return std::nullopt;
    }
    const auto behind = std::lower_bound(by_name_.begin(), by_name_.end(), key_of(name, segment));
    const auto number = [&](std::uint64_t key) -> std::optional<std::size_t> {
        const std::size_t found = key & 0xFFFFFFFFU;
        return key_of(name, found) == key ? std::optional{found} : std::nullopt;
    };
    const auto before = behind == by_name_.begin() ? std::nullopt : number(*(behind - 1));
    const auto after = behind == by_name_.end() ? std::nullopt : number(*behind);
    if (!before && !after) {
        return std::nullopt;
    }
    const bool is_common = name == "MSH" || name == "PID" || name == "PV1" || name == "EVN" ||
                           name == "SCH" || name == "TXA";
    std::uint32_t group = group_of(segment);
    for (;;) {
        const std::size_t first = grouping_ == nullptr ? 0 : grouping_->groups[group].first;
        const std::size_t last = grouping_ == nullptr || group == 0 ? message_->segment_count() - 1
                                                                    : grouping_->groups[group].last;
        if (before && *before >= first) {
            return before;
        }
        if (after && *after <= last) {
            return after;
        }
        if (group == 0 || (!is_common && repeating(group) == group)) {
            return std::nullopt;
        }
        group = parent_of(group);
    }
}

MessageView::Facts MessageView::read(std::string_view piece) const {
    const bool is_there = map_hl7v2_to_fhir::is_valued(*message_, piece);
    return {is_there, is_there ? message_->repetitions(piece).size() : 0};
}

const MessageView::Facts& MessageView::remembered(std::string_view piece) const {
    const auto [known, is_new] = facts_.try_emplace({piece.data(), piece.size()});
    if (is_new) {
        known->second = read(piece);
    }
    return known->second;
}

bool MessageView::is_valued(std::string_view piece) const {
    return piece.size() > kShort ? remembered(piece).is_valued
                                 : map_hl7v2_to_fhir::is_valued(*message_, piece);
}

std::size_t MessageView::count(std::string_view field) const {
    return field.size() > kShort ? remembered(field).count : read(field).count;
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
