// How often a sink has refused the records of an outbox: kept in the storage.
#pragma once

#include "spool/spool.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace aorta::graph {

/// A record that is refused time and again is given up after so many attempts in all, not after so
/// many in each life of the process. The counts of those that the sink has in its hands stand in
/// the log as one fact of the outbox; what a crash takes away is the last refusal at most.
/// [any thread]
class StoredAttempts {
public:
    /// Reads what an earlier run left.
    StoredAttempts(spool::Spool& spool, spool::StreamId outbox);

    /// The record goes to the sink: gives its attempts so far. Records come in the order of their
    /// sequences.
    std::uint32_t begin(std::uint64_t sequence);
    void note(std::uint64_t sequence, std::uint32_t attempts);
    /// The record is over.
    void forget(std::uint64_t sequence);

private:
    void store();  // under mutex_

    spool::Spool& spool_;
    const std::string fact_;

    std::mutex mutex_;  // guards what follows, and the order of what is stored
    std::map<std::uint64_t, std::uint32_t> attempts_;  // of those that were refused
    std::uint64_t begun_ = 0;                          // the last one
};

}  // namespace aorta::graph
