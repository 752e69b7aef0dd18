#include "pipeline/spec.hpp"

#include <algorithm>
#include <array>

namespace aorta::pipeline {

const NodeSpec* PipelineSpec::find(std::string_view node) const {
    const auto found = std::find_if(
        nodes.begin(), nodes.end(), [&](const NodeSpec& each) { return each.name == node; });
    return found == nodes.end() ? nullptr : &*found;
}

const LinkSpec* PipelineSpec::link(std::string_view from, std::string_view to) const {
    const auto found = std::find_if(links.begin(), links.end(), [&](const LinkSpec& each) {
        return each.from == from && each.to == to;
    });
    return found == links.end() ? nullptr : &*found;
}

std::string_view to_string(AckLevel level) {
    constexpr std::array<std::string_view, 4> kNames = {"none", "received", "durable", "delivered"};
    return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(OnError action) {
    constexpr std::array<std::string_view, 6> kNames = {
        "", "dead_letter", "drop", "stop", "retry", "hold_key"};
    return kNames[static_cast<std::size_t>(action)];
}

}  // namespace aorta::pipeline
