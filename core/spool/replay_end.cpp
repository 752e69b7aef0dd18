// What a replay makes of the whole when it has read all.
#include "spool/replay.hpp"

#include <algorithm>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kLongestTried = 1ULL << 20U;

}  // namespace

Findings Replay::finish() {
    if (has_end_ && end_.bytes_end > end_.items_end) {
        regions_.push_back(
            {{Damage::Kind::Damaged, end_.items_end, end_.bytes_end - end_.items_end}});
    }
    found_.is_clean = regions_.empty();
    forget_doubtful();
    if (is_whole_) {
        count_lost();
        for (auto& [id, stream] : found_.streams) {
            conclude(stream);
        }
        tell_lost();
    }
    for (auto& [id, stream] : found_.streams) {
        for (Range& range : stream.trying) {
            const bool was_tried = (range.fate & kBeingTried) != 0 && !found_.is_closed;
            range.fate = static_cast<std::uint8_t>(
                std::min((range.fate & ~kBeingTried) + (was_tried ? 1 : 0), kBeingTried - 1));
            for (std::uint64_t i = range.first; range.last - range.first < kLongestTried; ++i) {
                stream.attempts[i] = range.fate;
                if (i == range.last) {
                    break;
                }
            }
        }
    }
    return std::move(found_);
}

void Replay::count_lost() {
    std::vector<Lost> missed;
    for (const Lost& lost : lost_) {
        Stream* const maybe_stream = find(lost.stream);
        if (maybe_stream == nullptr) {
            continue;
        }
        Stream& stream = *maybe_stream;
        if (stream.marks.is_seen(lost.sequence) || stream.marks.is_over(lost.sequence) ||
            stream.marks.is_released(lost.sequence)) {
            continue;  // it stands elsewhere as well, or it is not needed any more
        }
        stream.marks.set_over(lost.sequence);
        missed.push_back(lost);
        const auto failed = message::FateKind::Failed;
        note(found_.settled, lost.stream, fate_byte(failed), lost.sequence);
        if (Stream* const root = find(lost.root.stream);
            root != nullptr && root->marks.has_page(lost.root.sequence)) {
            root->marks.raise(lost.root.sequence, failed);
        }
        if (lost.damage == kNoDamage) {
            found_.damage.push_back({Damage::Kind::Missing, 0, 0, lost.stream, lost.sequence});
        } else {
            found_.damage[lost.damage].stream = lost.stream;
            found_.damage[lost.damage].sequence = lost.sequence;
        }
    }
    lost_ = std::move(missed);
}

// Source records that would be held but for what is lost.
void Replay::tell_lost() {
    const auto failed = message::FateKind::Failed;
    std::set<std::pair<StreamId, std::uint64_t>> told;
    for (const Lost& lost : lost_) {
        const bool is_journal = found_.streams[lost.stream].is_journal();
        const Root root = is_journal ? Root{lost.stream, lost.sequence} : lost.root;
        if (root.stream == 0) {
            found_.lost.push_back({0, 0, failed});
            continue;
        }
        const Stream* const stream = find(root.stream);
        const bool is_over = stream != nullptr && stream->marks.is_over(root.sequence);
        if (is_over && told.emplace(root.stream, root.sequence).second) {
            found_.lost.push_back({root.stream, root.sequence, failed});
        }
    }
}

// What is not known any more is over; so is a root of which nothing is left in outboxes.
void Replay::conclude(Stream& stream) {
    Marks& marks = stream.marks;
    stream.state.held = 0;
    marks.each(0, stream.state.next - 1, [&](std::uint64_t sequence) {
        if (marks.is_over(sequence)) {
            return;
        }
        const bool is_parked = marks.parked(sequence) > 0;
        if (!marks.is_seen(sequence) && is_parked) {
            marks.release(sequence);
        }
        const bool is_over = marks.is_released(sequence) ? !is_parked : !marks.is_seen(sequence);
        if (!is_over) {
            ++stream.state.held;
            return;
        }
        if (marks.is_released(sequence)) {
            note(found_.settled,
                 stream.state.id,
                 fate_byte(marks.fate(sequence).value_or(message::FateKind::Delivered)),
                 sequence);
        }
        marks.set_over(sequence);
    });
}

}  // namespace aorta::spool
