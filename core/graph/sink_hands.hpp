// The records that a sink has been given and that are the lane's still.
#pragma once

#include "host/node_host.hpp"
#include "message/record.hpp"

#include <aorta/abi.h>

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace aorta::graph {

/// A record in the sink's hands, and what the sink says of it.
struct Slot {
    message::RecordPtr record;  // null once it was taken
    bool is_completed = false;
    bool is_counted = false;  // the sink says that this attempt counts
    host::Completion completion = {};
    message::BufferRef reply = {};
};

/// One hand-over at a time: give, the call of the plugin, end_call, then, when all are completed,
/// take_all. [any thread]: each takes mutex_. A plugin may hand in a record that is long gone: it
/// is looked for by address, never through the pointer.
class SinkHands {
public:
    SinkHands() = default;
    SinkHands(const SinkHands&) = delete;
    SinkHands& operator=(const SinkHands&) = delete;

    /// What became of a plugin's word on a record.
    enum class Outcome { Unknown, Noted, NotedLast };

    /// The hand-over is open until end_call even if all are completed before.
    std::vector<aorta_record*> give(message::Batch batch);
    /// After a call that failed, what is not completed gets `failed` (null: it went well).
    void end_call(const host::Completion* failed);

    Outcome complete(const aorta_record* record, host::Completion completion);
    Outcome reply(const aorta_record* record, message::BufferRef answer);
    /// This attempt counts: how many have for the record, this one included. 0 when it is not
    /// there.
    std::uint32_t count(const aorta_record* record);
    /// The record leaves the sink's hands for good; null when it is not there.
    message::RecordPtr take(const aorta_record* record, Outcome& outcome);

    bool is_open() const;
    /// All slots in order, completed or not; nothing is open afterwards.
    std::vector<Slot> take_all();
    /// Calls for each record still there, under the lock.
    void for_each(const std::function<void(const message::Record&)>& look) const;

private:
    Slot* find(const aorta_record* record);
    Outcome close(Slot& slot);

    mutable std::mutex mutex_;  // guards slots_ and open_
    std::vector<Slot> slots_;
    std::size_t open_ = 0;  // of them not completed, and one for the call of the plugin
};

}  // namespace aorta::graph
