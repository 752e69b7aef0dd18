// Building the tree of a JSON text, which is validated whole on the way.
#pragma once

#include "common/fhir/structure.hpp"
#include "common/fhir/tree.hpp"
#include "common/fhir/tree_walk.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aorta::fhir {

struct TreeLimits {
    std::size_t max_bytes = std::size_t{16} << 20U;
    std::uint32_t max_depth = 64;            ///< of objects and arrays in each other
    std::uint32_t max_elements = 1U << 20U;  ///< values of any kind
};

/// Parses JSON texts, one after the other, into nodes that it reuses. One thread at a time.
class TreeBuilder {
public:
    explicit TreeBuilder(TreeLimits limits) : limits_(limits), walk_(limits.max_depth) {}

    TreeBuilder() : TreeBuilder(TreeLimits{}) {}

    TreeBuilder(const TreeBuilder&) = delete;
    TreeBuilder& operator=(const TreeBuilder&) = delete;
    TreeBuilder(TreeBuilder&&) = delete;
    TreeBuilder& operator=(TreeBuilder&&) = delete;
    ~TreeBuilder() = default;

    /// Parses one JSON value of any kind, white space and a byte order mark around it allowed;
    /// never reads beyond the payload. Refuses what RFC 8259 refuses, bytes that are no UTF-8 and
    /// unpaired surrogates (fhir.not_json), a name twice in an object (fhir.duplicate_name), empty
    /// names and those over 65,535 bytes (fhir.bad_name), what exceeds a limit (fhir.too_large,
    /// fhir.too_deep, fhir.too_many_elements); then there is no tree.
    Result<void> build(std::string_view payload);

    /// Of the last successful build; it and its elements are valid until the next, as long as the
    /// payload is.
    const Tree& tree() const { return tree_; }

    std::size_t block_size() const {
        return sizeof(TreeHeader) + std::size_t{header_.node_count} * sizeof(Node);
    }

    /// Writes the block of block_size() bytes, aligned to 4.
    void copy_to(void* block) const;

private:
    TreeLimits limits_;
    StructureScanner scanner_;
    TreeWalk walk_;
    TreeHeader header_;
    std::vector<Node> nodes_;  // the first node_count are the tree's
    Tree tree_;
};

}  // namespace aorta::fhir
