// A snapshot: the state of a pipeline's plugins after exactly the records that came before a cut.
// docs/formats/state.md has the bytes.
#pragma once

#include "spool/spool.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::state {

/// The name of the snapshot in the spool.
inline constexpr const char* kSnapshotName = "state";

/// The records of a journal below `next` are in the state, and settled.
struct Cut {
    spool::StreamId stream = 0;
    std::uint64_t next = 0;

    friend bool operator==(const Cut&, const Cut&) = default;
};

/// What the plugin of one lane of a node knows.
struct NodeState {
    std::string node;
    std::uint32_t lane = 0;
    std::uint32_t version = 0;  ///< of the plugin's bytes
    std::string bytes;
};

struct Snapshot {
    std::vector<Cut> cuts;
    std::vector<NodeState> nodes;

    /// Null when there is none.
    const NodeState* find(std::string_view node, std::uint32_t lane) const;
    /// The cut of a journal; nothing is in the state of one that has none.
    std::uint64_t next(spool::StreamId stream) const;
};

std::string encode(const Snapshot& snapshot);
/// Corrupt when they are not the bytes of a snapshot; InvalidConfig for a newer format.
Result<Snapshot> decode(std::string_view bytes);

}  // namespace aorta::state
