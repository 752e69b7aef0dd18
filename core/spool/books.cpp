#include "spool/books.hpp"

#include "base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace aorta::spool {
namespace {

constexpr std::uint8_t kMostAttempts = 0x7F;
constexpr std::size_t kLongestText = 0xFFFF;
/// The fact that keeps the ids of streams that are gone from being given again: entries of theirs
/// may stand in the log.
constexpr const char* kNextStream = "next stream";

}  // namespace

Books::Books(const Findings& found)
    : facts_(found.facts), snapshots_(found.snapshots), holes_(found.gone.holes) {
    for (const auto& [id, stream] : found.streams) {
        Stream& mine = streams_[id];
        mine.state = stream.state;
        mine.attempts = stream.attempts;
        mine.trying = stream.trying;
        held_at_start_[id] = stream.state.held;
        next_id_ = std::max(next_id_, id + 1);
    }
    if (const auto fact = facts_.find(kNextStream); fact != facts_.end()) {
        StreamId next = 0;
        std::from_chars(fact->second.data(), fact->second.data() + fact->second.size(), next);
        next_id_ = std::max(next_id_, next);
    }
}

Stream* Books::find(StreamId id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

const Stream* Books::find(StreamId id) const {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

Stream* Books::find(StreamKind kind, const std::string& name) {
    const auto found = std::ranges::find_if(streams_, [&](const auto& entry) {
        return entry.second.state.kind == kind && entry.second.state.name == name;
    });
    return found == streams_.end() ? nullptr : &found->second;
}

std::vector<StreamState> Books::streams() const {
    const std::scoped_lock lock{mutex_};
    std::vector<StreamState> states;
    for (const auto& [id, stream] : streams_) {
        if (stream.state.kind != StreamKind::Passing) {
            states.push_back(stream.state);
        }
    }
    return states;
}

StreamState Books::stream(StreamKind kind, const std::string& name, std::uint64_t epoch) {
    AORTA_CHECK(name.size() <= kLongestText && !name.empty());
    const std::scoped_lock lock{mutex_};
    if (const Stream* const found = find(kind, name)) {
        return found->state;
    }
    return begin(kind, name, epoch).state;
}

Stream& Books::begin(StreamKind kind, const std::string& name, std::uint64_t epoch) {
    const StreamId id = next_id_++;
    Stream& stream = streams_[id];
    stream.state = {id, kind, name, 1, 0, epoch};
    if (kind != StreamKind::Passing) {
        stream.marks.set_over(0);
        work_.streams.push_back(stream.state);
        wake();
    }
    return stream;
}

Result<void> Books::rename(StreamKind kind, const std::string& from, const std::string& to) {
    AORTA_CHECK(to.size() <= kLongestText && !to.empty());
    const std::scoped_lock lock{mutex_};
    Stream* const stream = find(kind, from);
    if (stream == nullptr) {
        return Error{ErrorCode::NotFound, fmt::format("nothing is stored for '{}'", from)};
    }
    if (Stream* const other = find(kind, to); other != nullptr && other != stream) {
        if (other->state.held > 0) {
            return Error{ErrorCode::InvalidConfig,
                         fmt::format("'{}' cannot take over what is stored for '{}': it holds {} "
                                     "records of its own",
                                     to,
                                     from,
                                     other->state.held)};
        }
        StreamState gone = other->state;
        gone.name.clear();
        streams_.erase(gone.id);
        work_.streams.push_back(std::move(gone));
        facts_[kNextStream] = std::to_string(next_id_);
        work_.facts.emplace_back(kNextStream, facts_[kNextStream]);
    }
    stream->state.name = to;
    work_.streams.push_back(stream->state);
    wake();
    return {};
}

std::string Books::fact(const std::string& name) const {
    const std::scoped_lock lock{mutex_};
    const auto found = facts_.find(name);
    return found == facts_.end() ? std::string{} : found->second;
}

void Books::set_fact(const std::string& name, const std::string& value) {
    AORTA_CHECK(name.size() <= kLongestText && value.size() <= kLongestText);
    const std::scoped_lock lock{mutex_};
    if (value.empty()) {
        facts_.erase(name);
    } else {
        facts_[name] = value;
    }
    work_.facts.emplace_back(name, value);
    wake();
}

void Books::append(std::vector<Entry> entries) {
    const std::scoped_lock lock{mutex_};
    for (Entry& entry : entries) {
        Stream* const stream = find(entry.stream);
        AORTA_CHECK(stream != nullptr && entry.sequence == stream->state.next);
        ++stream->state.next;
        ++stream->state.held;
        stream->marks.see(entry.sequence);
        if (entry.root.stream != 0) {
            stream->roots.add(entry.sequence, entry.root);
            Stream* const root = find(entry.root.stream);
            const bool is_passing = root != nullptr && root->state.kind == StreamKind::Passing;
            if (root != nullptr && (is_passing || !root->marks.is_over(entry.root.sequence))) {
                root->marks.park(entry.root.sequence);
            }
            if (is_passing) {
                entry.root = {};  // nobody will know it after a start
            }
        }
        const bool is_of_outbox = stream->state.kind == StreamKind::Outbox;
        (is_of_outbox ? work_.outbox_entries : work_.entries).push_back(std::move(entry));
    }
    waiting_.fetch_add(entries.size(), std::memory_order_relaxed);
    wake();
}

std::optional<Over> Books::close(Root root, std::optional<message::FateKind> fate) {
    const std::scoped_lock lock{mutex_};
    return close_locked(root, fate);
}

std::optional<Over> Books::close_locked(Root root, std::optional<message::FateKind> fate) {
    Stream* const stream = find(root.stream);
    if (stream == nullptr) {
        return std::nullopt;
    }
    Marks& marks = stream->marks;
    const bool begins_here = stream->state.kind == StreamKind::Passing;
    if ((!begins_here || marks.has_page(root.sequence)) && marks.is_over(root.sequence)) {
        return std::nullopt;
    }
    if (fate) {
        marks.raise(root.sequence, *fate);
    }
    if (marks.parked(root.sequence) == 0) {
        return root_over(*stream, root.sequence);
    }
    if (!marks.is_released(root.sequence)) {
        unneed(*stream, root.sequence);
        marks.release(root.sequence);
        ++waiting_roots_;
    }
    say_released(*stream, root.sequence);
    return std::nullopt;
}

void Books::say_released(Stream& stream, std::uint64_t sequence) {
    if (stream.is_journal()) {
        note(work_.notes.released,
             stream.state.id,
             fate_byte(stream.marks.fate(sequence)),
             sequence);
        wake();
    }
}

// The root's last is over.
Over Books::root_over(Stream& stream, std::uint64_t sequence) {
    const Over over{stream.state.id,
                    sequence,
                    stream.marks.fate(sequence).value_or(message::FateKind::Delivered)};
    if (stream.marks.is_released(sequence)) {
        --waiting_roots_;
    } else {
        unneed(stream, sequence);
    }
    stream.marks.set_over(sequence);
    if (stream.is_journal()) {
        --stream.state.held;
        note(work_.notes.over, over.stream, fate_byte(over.fate), sequence);
        wake();
    }
    return over;
}

std::optional<Over> Books::finish(StreamId outbox, std::uint64_t sequence, message::FateKind fate) {
    const std::scoped_lock lock{mutex_};
    Stream* const stream = find(outbox);
    return stream == nullptr ? std::nullopt : finish_locked(*stream, sequence, fate);
}

std::optional<Over> Books::finish_locked(Stream& outbox,
                                         std::uint64_t sequence,
                                         message::FateKind fate) {
    if (outbox.marks.is_over(sequence)) {
        return std::nullopt;
    }
    const Root root = outbox.roots.find(sequence);
    unneed(outbox, sequence);
    outbox.marks.set_over(sequence);
    outbox.roots.forget(sequence, !outbox.marks.has_page(sequence));
    --outbox.state.held;
    note(work_.notes.over, outbox.state.id, fate_byte(fate), sequence);
    wake();
    if (root.stream == 0) {
        return Over{0, 0, fate};
    }
    Stream* const stream = find(root.stream);
    if (stream == nullptr || stream->marks.is_over(root.sequence)) {
        return std::nullopt;
    }
    const bool rose = stream->marks.raise(root.sequence, fate);
    if (stream->marks.unpark(root.sequence) == 0 && stream->marks.is_released(root.sequence)) {
        return root_over(*stream, root.sequence);
    }
    // The note of this entry may go with its segment before the root is over.
    if (rose && stream->marks.is_released(root.sequence)) {
        say_released(*stream, root.sequence);
    }
    return std::nullopt;
}

/// The entry keeps its segment no more. Before its mark changes.
void Books::unneed(Stream& stream, std::uint64_t sequence) {
    if (Segment* const segment = stream.segment_of(sequence)) {
        segment->noted_by = round_ + 1;
        stop_needing(*segment);
    }
}

void Books::stop_needing(Segment& segment) {
    AORTA_DCHECK(segment.needed > 0 || !is_loaded());
    segment.needed -= segment.needed > 0 ? 1 : 0;
    if (segment.needed == 0 && is_loaded()) {
        work_.is_tidying = true;
        wake();
    }
}

void Books::try_again(StreamId id, const std::vector<std::uint64_t>& sequences) {
    const std::scoped_lock lock{mutex_};
    Stream* const stream = find(id);
    AORTA_CHECK(stream != nullptr);
    std::vector<Range> ranges;
    for (const std::uint64_t sequence : sequences) {
        const auto tried = stream->attempts.find(sequence);
        const std::uint8_t attempts = tried == stream->attempts.end() ? 0 : tried->second;
        ranges.push_back(
            {id, static_cast<std::uint8_t>(kBeingTried | attempts), sequence, sequence});
    }
    // What is remembered of the others must not get lost.
    std::erase_if(stream->attempts, [&](const auto& tried) {
        return stream->marks.has_page(tried.first) && stream->marks.is_over(tried.first);
    });
    for (const auto& [sequence, attempts] : stream->attempts) {
        if (std::ranges::find(sequences, sequence) == sequences.end()) {
            ranges.push_back({id, std::min(attempts, kMostAttempts), sequence, sequence});
        }
    }
    sort_and_join(ranges);
    work_.notes.trying[id] = std::move(ranges);
    wake();
}

std::uint32_t Books::attempts(StreamId id, std::uint64_t sequence) const {
    const std::scoped_lock lock{mutex_};
    const Stream* const stream = find(id);
    if (stream == nullptr) {
        return 0;
    }
    const auto tried = stream->attempts.find(sequence);
    return tried == stream->attempts.end() ? 0 : tried->second;
}

void Books::snapshot(const std::string& name, std::string bytes, std::function<void()> done) {
    const std::scoped_lock lock{mutex_};
    WaitingSnapshot& waiting = work_.snapshots[name];
    waiting.bytes = std::make_shared<const std::string>(std::move(bytes));
    if (done) {
        waiting.done.push_back(std::move(done));
    }
    wake();
}

std::shared_ptr<const std::string> Books::waiting_snapshot(const std::string& name) const {
    const std::scoped_lock lock{mutex_};
    if (const auto found = work_.snapshots.find(name); found != work_.snapshots.end()) {
        return found->second.bytes;
    }
    const auto found = writing_snapshots_.find(name);
    return found == writing_snapshots_.end() ? nullptr : found->second;
}

Books::Stored Books::stored_snapshot(const std::string& name) const {
    const std::scoped_lock lock{mutex_};
    const auto found = snapshots_.find(snapshot_id(name));
    return found == snapshots_.end()
               ? Stored{}
               : Stored{found->second.segment->shared_from_this(), found->second.position};
}

void Books::wake() {
    if (writer_sleeps_) {
        writer_sleeps_ = false;
        for_writer_.notify_one();
    }
}

}  // namespace aorta::spool
