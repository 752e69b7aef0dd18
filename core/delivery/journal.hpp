// A source's journal: its records become durable on their way into the pipeline, and come back
// after a crash.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "delivery/dead_letters.hpp"
#include "delivery/record_codec.hpp"
#include "delivery/source_delivery.hpp"
#include "message/record.hpp"
#include "spool/spool.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aorta::delivery {

/// One for each source at level `durable`. A record goes into the journal and on into the pipeline
/// at once; its sender is answered when both the sync and the verdict that the answer waits for are
/// there.
///
/// As long as the journal holds records of an earlier run, new ones are journaled and no more: a
/// thread of the journal's own reads all of them back in order and sends them on as the byte budget
/// allows, until it has caught up.
class Journal {
public:
    struct Services {
        const RecordCodec& codec;
        SourceDelivery& delivery;
        DeadLetters& dead_letters;
        message::Budget& budget;
        const base::Clock& clock;
        base::Log& log;
        std::string pipeline;
        std::string node;
        std::uint32_t node_index = 0;
        std::function<void(message::Batch&)>
            send_on;                    ///< out of the source's port [the journal's thread]
        std::function<bool()> is_idle;  ///< nothing runs in the pipeline
    };

    /// Begins behind when the journal holds something.
    explicit Journal(Services services);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal();

    /// Held from before the numbers of a batch's receipts are given until `append` has returned.
    /// [any thread]
    std::unique_lock<std::mutex> order() { return std::unique_lock{mutex_}; }

    /// Takes the records into the journal. True: what is left in `batch` goes on now. False: they
    /// follow in their turn; free the batch when `order` is given back. [under order]
    bool append(message::Batch& batch);
    /// [the spool's writer]
    void on_durable(std::uint64_t end);

    /// The budget may have room again. [any thread]
    void on_credit() { changed_.notify_all(); }

    /// Begins to read back: the spool is loaded. Nothing after `stop`. [any thread]
    void begin(bool was_closed);
    /// Ends the reading back, for good; what has not gone on stays in the journal. [any thread]
    void stop();

    bool has_caught_up() const;

private:
    /// Direct: records go on at once. Behind: they are journaled only. Closing: all that was
    /// journaled before is about to go on, and what comes waits for it in memory.
    enum class Mode { Direct, Behind, Closing };

    void catch_up(const std::stop_token& stop, bool was_closed);
    void try_suspects(spool::Cursor& cursor, const std::stop_token& stop);
    std::vector<spool::StoredEntry> read(spool::Cursor& cursor, const std::stop_token& stop);
    void try_alone(std::vector<spool::StoredEntry> entries, const std::stop_token& stop);
    void send(std::vector<spool::StoredEntry> entries, const std::stop_token& stop);
    message::RecordPtr restore(const spool::StoredEntry& entry);
    message::Share share_of(std::uint64_t sequence);
    void leave_kept(std::vector<spool::StoredEntry>& entries) const;
    bool has_room(std::uint64_t bytes) const;
    void wait_room(std::uint64_t bytes, const std::stop_token& stop);
    void wait_closed(const std::stop_token& stop);
    bool close_gap(std::uint64_t read_end, const std::stop_token& stop);
    void lose(std::deque<message::Share> shares);
    void on_read_back();

    const Services services_;
    const std::uint64_t restart_end_;  // what comes before it is of an earlier run

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any changed_;
    Mode mode_;
    std::uint64_t durable_;                    // all before it are durable
    std::deque<message::Receipt*> undurable_;  // from durable_ on; each with a reference
    std::uint64_t first_share_;                // the number of shares_.front()
    std::deque<message::Share> shares_;        // of records journaled while behind
    message::Batch kept_;                      // of records journaled while closing
    std::uint64_t first_kept_ = std::numeric_limits<std::uint64_t>::max();
    std::size_t open_ = 0;  // records that were read back and are not over
    bool is_stopped_ = false;
    std::jthread thread_;
};

}  // namespace aorta::delivery
