// Makes of the items of a log what they say: what is held, what is over, what is lost.
#pragma once

#include "spool/books.hpp"
#include "spool/scan.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace aorta::spool {

/// Takes segments in the order of their numbers, the items of each in theirs. A bad region is
/// damage when a later commit, or the header of a later segment, says that it was durable; else it
/// is a doubtful tail, and what stands behind it says of no entry that it is over. [one thread]
class Replay {
public:
    /// `whole`: from the oldest segment on, so that what is not found is not there.
    /// `gone`: as the newest segments say.
    explicit Replay(bool whole, Gone gone = {}) : is_whole_(whole), let_go_(std::move(gone)) {}

    void begin(SegmentPtr segment);
    /// A segment of which not even the header is good.
    void unreadable(std::uint64_t position, std::uint64_t bytes);
    void take(const Item& item);
    void take(const BadRegion& region);
    void take(const EndOfItems& end);
    Findings finish();

    bool has_checkpoint() const { return has_checkpoint_; }

private:
    struct Region {
        Damage damage;
        Root root;
        bool is_entry = false;
        bool is_copy = false;
        std::vector<Range> gaps;  ///< sequences that are missing behind it
    };

    /// What is not believed before the region in front of it is known to be damage: notes, and
    /// entries of a stream that is not known, since what told of it may stand in the region. Those
    /// are believed, too, when a later checkpoint knows of them.
    struct Note {
        ItemHeader header;
        std::string body;
        SegmentPtr segment;
    };

    static constexpr std::size_t kNoDamage = SIZE_MAX;

    struct Lost {
        StreamId stream = 0;
        std::uint64_t sequence = 0;
        Root root = {};
        std::size_t damage = kNoDamage;  ///< its index
    };

    Stream* find(StreamId id);
    void checkpoint(const Checkpoint& checkpoint);
    void set_stream(StreamState state);
    void entry(const ItemHeader& header, const SegmentPtr& segment);
    void again(Stream& stream, const ItemHeader& header, const Place& place);
    Stream& unknown(const ItemHeader& header);
    void expect(Stream& stream, std::uint64_t sequence, bool is_promised);
    void missing(const Range& gap);
    void lose(StreamId stream, std::uint64_t first, std::uint64_t last);
    void begin_behind(const SegmentHeader& segment);
    void believe(const Note& note);
    void believe_known(const Checkpoint& checkpoint);
    void over(const Range& range, bool is_copied);
    void over_in_outbox(Stream& outbox, std::uint64_t sequence, std::uint8_t fate);
    void released(const Range& range);
    static void release(Stream& stream, const Range& range);
    void durable(std::uint64_t end);
    void forget_doubtful();
    void count_lost();
    void conclude(Stream& stream);
    void tell_lost();

    const bool is_whole_;
    const Gone let_go_;
    Findings found_;
    SegmentPtr segment_;
    std::vector<Region> regions_;        // not yet known to be damage
    std::vector<Note> notes_;            // behind the first of them
    std::vector<Range> early_released_;  // in front of what they speak of
    std::vector<Lost> lost_;
    std::set<StreamId> gone_;  // streams
    EndOfItems end_;           // of the segment before
    bool has_end_ = false;
    bool has_checkpoint_ = false;
};

/// Reads all items of the segment.
Result<void> replay_segment(Replay& replay, const SegmentPtr& segment, File& file);

}  // namespace aorta::spool
