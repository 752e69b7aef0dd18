// The walk over the tokens of a JSON text that makes nodes of them. TreeBuilder's.
#pragma once

#include "common/fhir/tree.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// Walks one text after the other, reusing its memory. One thread at a time.
class TreeWalk {
public:
    explicit TreeWalk(std::uint32_t max_depth) : frames_(std::size_t{max_depth} + 1) {}

    /// Makes nodes of the tokens that StructureScanner found in the text, as many as `nodes` has
    /// room for; returns their number. Fails as TreeBuilder::build does.
    Result<std::uint32_t> run(std::string_view text,
                              std::span<const std::uint32_t> tokens,
                              std::span<Node> nodes);

    /// An object or array that is open. The first frame stands for the text itself.
    struct Frame {
        std::uint32_t node = 0;
        std::uint32_t names = 0;
        std::uint64_t seen = 0;  ///< a bit for the hash of each name
        char closer = 0;
        bool is_checked_at_end = false;  ///< many names, or escapes in them
    };

private:
    std::vector<Frame> frames_;
};

}  // namespace aorta::fhir
