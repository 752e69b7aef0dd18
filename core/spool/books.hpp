// What a spool knows in memory: its streams and which of their entries are over, its segments, and
// what waits to be written. The writer takes the one and tells of the other.
#pragma once

#include "spool/stream.hpp"
#include "spool/work.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace aorta::spool {

/// What the log says: found by a Replay.
struct Findings {
    std::map<StreamId, Stream> streams;
    std::map<std::string, std::string> facts;
    std::map<std::uint64_t, Place> snapshots;  ///< the newest of each name, by snapshot_id
    std::vector<SegmentPtr> segments;
    Gone gone;
    std::vector<Damage> damage;
    std::vector<Range> settled;  ///< over by what the log says, or lost: to be noted
    std::vector<Over> lost;      ///< source records that are over by what is lost
    std::uint64_t durable_end = 0;
    std::uint64_t items_end = 0;  ///< behind the last good item
    bool is_clean = true;         ///< no region behind the durable end is bad
    bool is_closed = true;        ///< the last writer ended on its own accord
};

/// An entry that the writer made durable.
struct Placed {
    StreamId stream = 0;
    std::uint64_t sequence = 0;
    std::uint64_t position = 0;
};

/// [any thread; one mutex, never held while a file is touched or a callback runs]
class Books {
public:
    /// `found`: by the replay of the newest segments.
    explicit Books(const Findings& found);
    Books(const Books&) = delete;
    Books& operator=(const Books&) = delete;
    ~Books() = default;

    // Spool's, as described there.
    std::vector<StreamState> streams() const;
    StreamState stream(StreamKind kind, const std::string& name, std::uint64_t epoch);
    Result<void> rename(StreamKind kind, const std::string& from, const std::string& to);
    std::string fact(const std::string& name) const;
    void set_fact(const std::string& name, const std::string& value);
    void append(std::vector<Entry> entries);
    std::optional<Over> close(Root root, std::optional<message::FateKind> fate);
    std::optional<Over> finish(StreamId outbox, std::uint64_t sequence, message::FateKind fate);
    void try_again(StreamId id, const std::vector<std::uint64_t>& sequences);
    void snapshot(const std::string& name, std::string bytes, std::function<void()> done);
    /// The bytes that wait or are being written, or null.
    std::shared_ptr<const std::string> waiting_snapshot(const std::string& name) const;

    struct Stored {
        SegmentPtr segment = {};  ///< null: there is none
        std::uint64_t position = 0;
    };

    Stored stored_snapshot(const std::string& name) const;

    // The writer's.
    /// Waits for something to write or to do, and takes it all. Notes alone are taken a little
    /// later, with what comes then.
    Work take();
    /// Takes what need not wait for room for journals: notes, with what they may speak of, and
    /// entries of outboxes if they are asked for.
    Work take_late(bool with_outbox_entries);
    /// Notes that were taken too early.
    void put_back(Notes&& notes);
    /// The notes of this round and those before are durable.
    void noted(std::uint64_t round);
    /// Segments may have become free, says the writer.
    void tidy_later();
    /// Waits until a segment may have become free, or `at_most` is over, or, if that is asked for,
    /// an outbox's entry waits; false when the spool is being closed.
    bool wait_for_room(base::Nanoseconds at_most, bool or_outbox_entries);
    /// Ends the waiting: nothing will be appended any more.
    void close_down();
    /// What waits will never be durable.
    void give_up();
    /// These stand durably in the segment. `copied`: they were counted before, elsewhere.
    void placed(const std::vector<Placed>& entries, const SegmentPtr& segment, bool copied);
    void snapshot_placed(const std::string& name, const Place& place);
    /// All that was appended up to the ticket is durable.
    void durable(std::uint64_t ticket);

    std::uint64_t ticket() const;

    enum class Waited { Durable, TimedOut, GivenUp };

    Waited wait_durable(std::uint64_t ticket, base::Nanoseconds timeout);

    std::uint64_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

    // Segments.
    void add(SegmentPtr segment);

    /// What a tidying looks for.
    struct Tidying {
        SegmentPtr active = {};       ///< stays
        std::uint64_t end = 0;        ///< segments from this number on stay
        std::uint64_t max_bytes = 0;  ///< the cap
        bool may_move = false;        ///< what a segment still needs may be moved
        bool is_full = false;
        bool without_notes = false;  ///< not even what is noted finds room
    };

    struct Candidate {
        SegmentPtr segment;
        bool must_be_read = false;  ///< something may stand in it that is to be written again
    };

    /// A segment that nothing needs, the oldest first; or the one that is moved at the least cost;
    /// nothing before the load.
    std::optional<Candidate> next_to_go(const Tidying& how) const;
    void fail(const SegmentPtr& segment);
    /// Nothing that counts stands in it any more.
    void moved(const SegmentPtr& segment);
    /// At present.
    void cannot_move(const SegmentPtr& segment);
    /// It is one of those that `gone` tells of.
    void let_go(const SegmentPtr& segment);
    /// `durable`: the streams, with the ends of what is durable.
    Gone gone(const std::map<StreamId, StreamState>& durable) const;
    void holds_released(const SegmentPtr& segment);
    bool is_newest_snapshot(const ItemHeader& header, const Segment& segment) const;
    /// The newest snapshot of this id stood in `from`; it stands here as well now.
    void snapshot_moved(std::uint64_t id, const SegmentPtr& from, const Place& to);
    void shrink(const SegmentPtr& segment, std::uint64_t bytes);
    /// Someone reads it, besides the caller.
    bool is_shared(const SegmentPtr& segment) const;
    /// Takes it off the list.
    void remove(const SegmentPtr& segment);
    std::uint64_t bytes() const;

    bool is_needed(StreamId id, std::uint64_t sequence) const;
    /// Spool::keep; nothing is kept when more than `most_bytes` are in use.
    void keep(StreamId id, std::uint64_t from, std::uint64_t most_bytes);
    std::uint64_t keep_from(StreamId id) const;
    /// The same entry is counted for this segment, and needed.
    bool is_needed_in(StreamId id, std::uint64_t sequence, const Segment& segment) const;
    /// What of a released range still waits, with the fates so far.
    std::vector<Range> still_waiting(const Range& range) const;
    /// What of a range of entries that are over may stand in a segment other than this one.
    std::vector<Range> still_standing(const Range& range, const Segment& but) const;

    // Load's and the cursor's.
    /// Adds what the whole log says of entries older than those that were known at the start.
    Loaded merge(Findings&& found);

    bool is_loaded() const { return is_loaded_.load(std::memory_order_acquire); }

    struct Next {
        SegmentPtr segment = {};     ///< shared, so that it stays; null: there is none
        bool is_stray = false;       ///< one entry, exactly there
        std::uint64_t position = 0;  ///< to begin at
        std::uint64_t first = 0;     ///< sequences
        std::uint64_t last = 0;
    };

    /// Where the first entry at or behind `from` stands that may be needed.
    Next next(StreamId id, std::uint64_t from, Reads reads = Reads::Needed) const;
    /// An entry that cannot be read is over (failed); nothing when it was not needed.
    std::optional<Cursor::Lost> lose(StreamId id, std::uint64_t sequence);
    std::uint32_t attempts(StreamId id, std::uint64_t sequence) const;

private:
    Stream* find(StreamId id);
    const Stream* find(StreamId id) const;
    Stream* find(StreamKind kind, const std::string& name);
    Stream& begin(StreamKind kind, const std::string& name, std::uint64_t epoch);
    std::optional<Over> close_locked(Root root, std::optional<message::FateKind> fate);
    std::optional<Over> finish_locked(Stream& outbox,
                                      std::uint64_t sequence,
                                      message::FateKind fate);
    Over root_over(Stream& stream, std::uint64_t sequence);
    void unneed(Stream& stream, std::uint64_t sequence);
    void stop_needing(Segment& segment);
    void put_snapshot(std::uint64_t id, const Place& place);
    bool must_be_read(const Segment& segment) const;
    void say_released(Stream& stream, std::uint64_t sequence);
    void adopt(Stream& mine, Stream&& found);
    void count_segments(const std::vector<SegmentPtr>& found);
    bool is_kept(const Segment& segment) const;
    void join_holes();
    void wake();
    bool is_urgent() const;

    mutable std::mutex mutex_;
    std::condition_variable for_writer_;
    std::condition_variable for_durable_;
    // All below is guarded by mutex_.
    std::map<StreamId, Stream> streams_;
    std::map<StreamId, std::uint64_t> held_at_start_;
    std::map<std::string, std::string> facts_;
    std::map<std::uint64_t, Place> snapshots_;
    std::map<std::string, std::shared_ptr<const std::string>> writing_snapshots_;
    StreamId next_id_ = 1;
    std::deque<SegmentPtr> segments_;  // rising
    std::uint64_t bytes_ = 0;          // of them
    std::vector<Gone::Hole> holes_;    // where segments were let go; rising
    std::uint64_t most_kept_bytes_ = 0;
    std::uint64_t waiting_roots_ = 0;  // released, with something in outboxes
    Work work_;
    bool writer_sleeps_ = false;
    bool is_hurried_ = false;  // someone waits until all is durable
    bool is_closing_ = false;
    bool has_given_up_ = false;
    std::uint64_t ticket_ = 0;
    std::uint64_t durable_ticket_ = 0;
    std::uint64_t round_ = 0;  // of notes
    std::uint64_t noted_ = 0;
    std::atomic<std::uint64_t> waiting_{0};
    std::atomic<bool> is_loaded_{false};
};

}  // namespace aorta::spool
