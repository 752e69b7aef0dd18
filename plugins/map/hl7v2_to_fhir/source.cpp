#include "map/hl7v2_to_fhir/source.hpp"

#include <algorithm>
#include <unordered_map>

namespace aorta::plugins::map_hl7v2_to_fhir {

namespace {

constexpr std::string_view kNull = "\"\"";

constexpr std::array<std::string_view, kOutcomeCount> kNames = {"no_map",
                                                                "no_element",
                                                                "condition_false",
                                                                "narrative_condition",
                                                                "value_unfit",
                                                                "no_concept",
                                                                "no_room",
                                                                "site",
                                                                "null",
                                                                "policy",
                                                                "mapped"};

// Fields that say how to read the message.
bool is_policy(std::string_view segment, std::size_t field) {
    if (segment == "MSH") {
        return field == 12 || field == 15 || field == 16 || field == 18;
    }
    constexpr std::string_view kWithSetId[] = {"PID", "NK1", "PV1", "OBR", "OBX", "NTE", "DG1",
                                               "AL1", "IAM", "IN1", "GT1", "PR1", "SPM", "TXA",
                                               "AIS", "AIG", "AIL", "AIP", "RGS", "TQ1", "ARV"};
    return (field == 1 && std::find(std::begin(kWithSetId), std::end(kWithSetId), segment) !=
                              std::end(kWithSetId)) ||
           (segment == "EVN" && field == 1) || (segment == "OBX" && field == 2) ||
           (segment == "DG1" && field == 2);
}

}  // namespace

Source Source::part(const hl7::Message& message, std::size_t n) const {
    switch (level) {
        case Level::Repetition:
            return {message.components(raw).at(n), Level::Component};
        case Level::Component:
            return {message.subcomponents(raw).at(n), Level::Subcomponent};
        case Level::Subcomponent:
            break;
    }
    return {n == 1 ? raw : std::string_view{}, Level::Subcomponent};
}

Source Source::leaf(const hl7::Message& message) const {
    return level == Level::Repetition  ? part(message, 1).part(message, 1)
           : level == Level::Component ? part(message, 1)
                                       : *this;
}

bool is_valued(const hl7::Message& message, std::string_view raw) {
    const hl7::Delimiters& delimiters = message.delimiters();
    return raw != kNull && std::any_of(raw.begin(), raw.end(), [&](char each) {
               return each != delimiters.component && each != delimiters.subcomponent &&
                      each != delimiters.repetition;
           });
}

std::string_view name_of(Outcome outcome) {
    return kNames[static_cast<std::size_t>(outcome)];
}

bool Account::open(const hl7::Message& message) {
    payload_ = message.payload().data();
    leaves_.clear();
    for (std::size_t segment = 0; segment < message.segment_count(); ++segment) {
        const std::string_view name = message.name(segment);
        const Outcome usual = name.starts_with('Z') ? Outcome::Site : Outcome::NoMap;
        const std::size_t first = message.is_header(segment) ? 3 : 1;
        const std::size_t fields = std::min<std::size_t>(message.field_count(segment), 0xFFFF);
        for (std::size_t field = first; field <= fields; ++field) {
            const Outcome start = is_policy(name, field) ? Outcome::Policy : usual;
            Leaf leaf{.segment = static_cast<std::uint32_t>(segment),
                      .field = static_cast<std::uint16_t>(field),
                      .outcome = start};
            for (const std::string_view repetition :
                 message.repetitions(message.field(segment, field))) {
                ++leaf.repetition;
                leaf.component = 0;
                for (const std::string_view component : message.components(repetition)) {
                    ++leaf.component;
                    leaf.subcomponent = 0;
                    for (const std::string_view part : message.subcomponents(component)) {
                        ++leaf.subcomponent;
                        if (part.empty()) {
                            continue;
                        }
                        if (leaves_.size() == kMaxLeaves) {
                            return false;
                        }
                        leaf.begin = static_cast<std::uint32_t>(part.data() - payload_);
                        leaf.size = static_cast<std::uint32_t>(part.size());
                        leaf.outcome = part == kNull ? Outcome::Null : start;
                        leaves_.push_back(leaf);
                    }
                }
            }
        }
    }
    return true;
}

template <class Change>
void Account::each_in(std::string_view piece, Change&& change) {
    if (piece.data() == nullptr || piece.empty()) {
        return;
    }
    const auto begin = static_cast<std::uint32_t>(piece.data() - payload_);
    const std::uint32_t end = begin + static_cast<std::uint32_t>(piece.size());
    auto at =
        std::lower_bound(leaves_.begin(), leaves_.end(), begin, [](const Leaf& leaf, auto offset) {
            return leaf.begin < offset;
        });
    for (; at != leaves_.end() && at->begin < end; ++at) {
        change(*at);
    }
}

void Account::mark(std::string_view piece, Outcome outcome) {
    each_in(piece, [&](Leaf& leaf) { leaf.outcome = std::max(leaf.outcome, outcome); });
}

void Account::take_back(std::string_view piece, Outcome outcome) {
    each_in(piece, [&](Leaf& leaf) { leaf.outcome = outcome; });
}

void Account::mark_segment(const hl7::Message& message, std::size_t segment, Outcome outcome) {
    mark(message.segment(segment), outcome);
}

std::array<std::uint64_t, kOutcomeCount> Account::counts() const {
    std::array<std::uint64_t, kOutcomeCount> counts{};
    for (const Leaf& leaf : leaves_) {
        ++counts[static_cast<std::size_t>(leaf.outcome)];
    }
    return counts;
}

std::string Account::to_json(const hl7::Message& message) const {
    const auto count = counts();
    std::string out = "{\"leaves\":" + std::to_string(leaves_.size());
    out += ",\"mapped\":" + std::to_string(count[static_cast<std::size_t>(Outcome::Mapped)]);
    out += ",\"policy\":" + std::to_string(count[static_cast<std::size_t>(Outcome::Policy)]);
    out += ",\"unmapped\":[";
    std::unordered_map<std::string_view, std::uint32_t> seen;
    std::uint32_t counted = 0;
    hl7::Path path;
    std::size_t listed = 0;
    for (const Leaf& leaf : leaves_) {
        for (; counted <= leaf.segment; ++counted) {
            path.occurrence = ++seen[message.name(counted)];
        }
        if (leaf.outcome >= Outcome::Policy) {
            continue;
        }
        if (++listed > kMaxListed) {
            continue;
        }
        const std::string_view name = message.name(leaf.segment);
        for (std::size_t i = 0; i < 3; ++i) {
            const bool is_plain =
                (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= '0' && name[i] <= '9');
            path.segment[i] = is_plain ? name[i] : '?';  // a line that is no segment
        }
        path.field = leaf.field;
        path.repetition = leaf.repetition;
        path.component = leaf.component;
        path.subcomponent = leaf.subcomponent;
        out += listed == 1 ? "" : ",";
        out += "{\"path\":\"" + hl7::to_string(path) + "\",\"reason\":\"";
        out += name_of(leaf.outcome);
        out += "\"}";
    }
    out += "]";
    if (listed > kMaxListed) {
        out += ",\"more\":" + std::to_string(listed - kMaxListed);
    }
    return out + "}";
}

}  // namespace aorta::plugins::map_hl7v2_to_fhir
