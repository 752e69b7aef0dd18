// Any message in any structure: every segment has a place that fits it, or is said to have none.
#include "common/hl7_definitions/definitions.hpp"
#include "common/hl7_definitions/grouping.hpp"

#include <cstdint>
#include <cstdlib>

using namespace aorta::hl7_definitions;  // NOLINT(google-build-using-namespace): one subject
namespace hl7 = aorta::hl7;

namespace {

void demand(bool is_so) {
    if (!is_so) {
        std::abort();
    }
}

void check(const hl7::Message& message, const Structure& structure) {
    Grouper grouper;
    const Grouping& grouping = grouper.run(message, structure);
    demand(grouping.places.size() == message.segment_count());
    for (std::size_t i = 0; i < grouping.places.size(); ++i) {
        const Place& place = grouping.places[i];
        demand(place.group < grouping.groups.size());
        const Group& group = grouping.groups[place.group];
        demand(group.parent <= place.group);
        demand(place.standing == Standing::OutOfOrder || (group.first <= i && i <= group.last));
        if (place.is_placed()) {
            const Node& node = structure.node(place.node);
            demand(node.parent == group.node && place.repetition > 0);
            demand(node.name.find(message.name(i)) != std::string_view::npos);
        }
    }
    for (const Missing& missing : grouping.missing) {
        demand(missing.group < grouping.groups.size());
        demand(structure.node(missing.node).is_required);
        demand(!structure.node(first_segment(structure, missing.node)).is_group);
    }
    demand(path_of(structure, grouping, 0).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    hl7::IndexBuilder builder;
    if (!builder.build(payload).ok()) {
        return 0;
    }
    const hl7::Message message{payload, builder.view()};
    const hl7::Split type = message.components(message.field(0, 9));
    const Version version = version_of(message.components(message.field(0, 12)).at(1)).version;
    if (const auto match = find_structure(version, type.at(1), type.at(2), type.at(3))) {
        check(message, Structure{match->name, match->syntax});
    }
    const std::size_t other = size % data::kStructureCount;
    check(
        message,
        Structure{data::kStructures[other].name, data::kSyntaxes[data::kStructures[other].syntax]});
    return 0;
}
