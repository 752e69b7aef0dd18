// What an operator is told of a link.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>

namespace aorta::runtime {

struct LinkState {
    std::string from;
    std::string to;
    bool sends = false;  ///< this worker is `from`
    bool is_up = false;
    std::string trouble = {};
    std::uint64_t backlog = 0;        ///< records that the other side has not settled, or not got
    std::uint64_t backlog_bytes = 0;  ///< of those that the link has taken
    std::uint64_t outbox = 0;         ///< records in the outbox, those of the backlog included
    base::Nanoseconds oldest{0};      ///< ingest time of the first of the backlog; 0: none
    std::uint64_t under_way = 0;      ///< receiving: records that this worker has not settled
    std::uint64_t resent = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t lost = 0;     ///< sessions that ended without a goodbye
    std::uint64_t refused = 0;  ///< handshakes
};

}  // namespace aorta::runtime
