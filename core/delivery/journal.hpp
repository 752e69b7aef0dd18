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
#include <optional>
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

    /// Takes the records into the journal. True: what is left in `batch` goes on now; say `sent`
    /// when it has. False: they follow in their turn; free the batch when `order` is given back.
    /// [under order]
    bool append(message::Batch& batch);
    /// A batch for which `append` gave true is in the pipeline. [any thread]
    void sent();
    /// [the spool's writer]
    void on_durable(std::uint64_t end);

    /// The budget may have room again. [any thread]
    void on_credit() { changed_.notify_all(); }

    /// Begins to read back: the spool is loaded. Nothing after `stop`. [any thread]
    void begin(bool was_closed);
    /// Ends the reading back, for good; what has not gone on stays in the journal. [any thread]
    void stop();

    bool has_caught_up() const;

    /// Plugins keep state of its records: nothing goes on before `begin`, and what was settled and
    /// is kept by the spool comes again as past. Before the first record.
    void feeds_state();
    /// From now on records are journaled and wait in memory; gives the sequence of the first of
    /// them, which is a cut for the delivery's `unsettled`. Nothing while it is behind: then it
    /// does not pause. [any thread, one at a time]
    std::optional<std::uint64_t> pause();
    /// True when all that came before the pause is in the pipeline.
    bool is_paused() const;
    /// Sends on what waited since `pause`.
    void resume();

private:
    /// Direct: records go on at once. Behind: they are journaled only. Closing: all that was
    /// journaled before is about to go on, and what comes waits for it in memory. Paused: the same,
    /// for a pause.
    enum class Mode { Direct, Behind, Closing, Paused };

    void catch_up(const std::stop_token& stop, bool was_closed);
    void try_suspects(spool::Cursor& cursor, const std::stop_token& stop);
    std::vector<spool::StoredEntry> read(spool::Cursor& cursor, const std::stop_token& stop);
    void try_alone(const std::vector<spool::StoredEntry>& entries, const std::stop_token& stop);
    void send(const std::vector<spool::StoredEntry>& entries, const std::stop_token& stop);
    message::RecordPtr restore(const spool::StoredEntry& entry);
    message::Share share_of(const spool::StoredEntry& entry);
    message::Share past_share(std::uint64_t sequence);
    void send_kept(std::unique_lock<std::mutex>& lock);
    void leave_kept(std::vector<spool::StoredEntry>& entries) const;
    bool has_room(std::uint64_t bytes) const;
    void wait_room(std::uint64_t bytes, const std::stop_token& stop);
    void wait_closed(const std::stop_token& stop);
    bool close_gap(std::uint64_t read_end, const std::stop_token& stop);
    void lose(std::deque<message::Share> shares);
    void on_read_back();
    void on_past_over();

    /// Nobody waits for a record that was settled in an earlier run.
    class Past final : public message::Settler {
    public:
        explicit Past(Journal& journal) : journal_(journal) {}

        void on_after(message::Receipt&) override {}

        void on_required_settled(message::Receipt&) override {}

        void on_settled(message::Receipt&) override { journal_.on_past_over(); }

        bool sender_keeps_failures() const override { return false; }

        std::uint32_t stream() const override {
            return journal_.services_.delivery.roots().stream.id;
        }

    private:
        Journal& journal_;
    };

    const Services services_;
    const std::uint64_t restart_end_;  // what comes before it is of an earlier run
    Past past_{*this};
    bool feeds_state_ = false;  // set before the first record

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any changed_;
    Mode mode_;
    std::uint64_t durable_;                    // all before it are durable
    std::deque<message::Receipt*> undurable_;  // from durable_ on; each with a reference
    std::uint64_t first_share_;                // the number of shares_.front()
    std::deque<message::Share> shares_;        // of records journaled while behind
    message::Batch kept_;                      // of records journaled while closing
    std::uint64_t first_kept_ = std::numeric_limits<std::uint64_t>::max();
    std::size_t sending_ = 0;    // batches on their way into the pipeline
    std::size_t open_ = 0;       // records that were read back and are not over
    std::size_t open_past_ = 0;  // the same of past ones
    bool is_stopped_ = false;
    std::jthread thread_;
};

}  // namespace aorta::delivery
