// Whose state a storage holds: known as soon as it is open, so that a pipeline that has no place
// for it is refused before it starts.
#pragma once

#include "spool/spool.hpp"
#include "state/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aorta::state {

/// The state of a node. Written as a fact of the spool.
struct Place {
    std::string node;
    std::string stored_as;  ///< the node's name in the snapshot; empty: it is in none yet
    std::string plugin;
    std::uint32_t version = 0;  ///< of the plugin's bytes
    std::uint32_t lanes = 1;
    std::string keys;  ///< tells the secret apart that made the keys in it; empty: it has none
    /// Of a state that is in no snapshot yet: what the journals hold below is not in it.
    std::vector<Cut> begins = {};

    friend bool operator==(const Place&, const Place&) = default;
};

using Places = std::vector<Place>;

Places read_places(const spool::Spool& spool);
void write_places(spool::Spool& spool, const Places& places);

/// The state of `from` belongs to `to` from now on. False when there is none.
bool adopt(spool::Spool& spool, const std::string& from, const std::string& to);
/// The state of `node` is of no use any more. False when there is none.
bool discard(spool::Spool& spool, const std::string& node);

/// Why the node cannot go on with what is stored, as the end of a sentence; empty: it can.
std::string why_not(const Place& stored, const Place& present);

}  // namespace aorta::state
