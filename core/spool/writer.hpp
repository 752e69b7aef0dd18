// The thread that writes the log: takes what waits, makes it durable by one write and one sync,
// and tells of it.
#pragma once

#include "spool/books.hpp"
#include "spool/group.hpp"
#include "spool/segment_files.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aorta::spool {

/// Made, begun, started; ended by closing the books down and `join`.
class Writer {
public:
    /// `found`: what stands in the log that it goes on with.
    Writer(SegmentFiles::Setup setup,
           const Findings& found,
           const Keys& keys,
           Books& books,
           const Spool::Services& services);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    ~Writer() { join(); }

    /// Begins the first segment, synced. Before `start`.
    Result<void> begin(std::uint64_t durable_end);
    void start();
    void join();

    /// [any thread]
    SpoolHealth health() const;

private:
    /// Puts the items of a group into the buffer; called again for each attempt.
    using Fill = std::function<void(ItemBuffer&)>;
    using Room = SegmentFiles::Room;

    /// What an item must have, by what the log holds: written into checkpoints.
    struct Logged {
        std::map<StreamId, StreamState> streams;
        std::map<std::string, std::string> facts;
        std::map<StreamId, std::vector<Range>> trying;
        Gone gone;
    };

    void run();
    bool write(Work& work);
    bool write_entries(Work& work, std::vector<Entry>& entries, Room room, bool with_notes);
    bool write_ahead(Work& work);
    bool write_late(bool with_outbox_entries);
    bool write_ready_notes(Work& work);
    bool write(Group& group, Room room);
    bool write_snapshots(Work& work);
    void write_closed();
    void log_facts(Work& work);
    void log_notes(Notes& notes);
    void tell_durable(const std::vector<Placed>& placed);

    bool commit(std::uint64_t bytes, Room room, const Fill& fill);
    bool make_room(std::uint64_t bytes, Room room);
    SegmentFiles::Outcome find_room(std::uint64_t bytes, Room room);
    int put_group(const Fill& fill);
    Checkpoint checkpoint() const;
    std::uint64_t start_bytes() const;
    bool trouble(std::string id, int error, bool or_outbox_entries = false);
    void recover();

    // Tidying up (tidy.cpp).
    bool tidy(bool is_full, bool without_notes);
    bool let_go(const SegmentPtr& segment);
    struct Moved;
    Result<Moved> gather(const SegmentPtr& segment);
    bool move(const SegmentPtr& segment, Moved moved);
    bool move_snapshots(const SegmentPtr& segment, const Moved& moved);
    bool move_entries(const Moved& moved);

    Books& books_;
    const Spool::Services& services_;
    SegmentFiles files_;
    Opener opener_;
    Logged logged_;
    Active active_;
    ItemBuffer buffer_;
    std::uint64_t durable_end_ = 0;
    const std::uint64_t group_bytes_;
    bool is_tidying_ = false;
    int failures_ = 0;  // since the last success

    mutable std::mutex health_mutex_;  // guards trouble_
    std::string trouble_;
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<std::uint64_t> failed_syncs_{0};
    std::thread thread_;
};

}  // namespace aorta::spool
