#include "spool/writer.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::spool {
namespace {

constexpr std::uint64_t kLargestGroup = 4U << 20U;

std::uint64_t count_of(const Range& range) {
    return range.last - range.first + 1;
}

}  // namespace

Writer::Writer(SegmentFiles::Setup setup,
               const Findings& found,
               const Keys& keys,
               Books& books,
               const Spool::Services& services)
    : books_(books),
      services_(services),
      files_(std::move(setup), books, services.files, services.clock),
      opener_(keys),
      group_bytes_(std::min(kLargestGroup, files_.usual() / 8)) {
    logged_.facts = found.facts;
    logged_.gone = found.gone;
    for (const auto& [id, stream] : found.streams) {
        logged_.streams[id] = stream.state;
        if (!stream.trying.empty()) {
            logged_.trying[id] = stream.trying;
        }
    }
}

Result<void> Writer::begin(std::uint64_t durable_end) {
    durable_end_ = durable_end;
    const SegmentFiles::Outcome begun = files_.begin_sparse(start_bytes(), durable_end_, active_);
    const int error = begun.error != 0 ? begun.error : put_group([](ItemBuffer&) {});
    if (error != 0) {
        files_.leave(active_);
        return disk_error("begin", "a segment of the storage", error);
    }
    return {};
}

void Writer::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Writer::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Writer::run() {
    files_.prepare_next();
    for (;;) {
        Work work = books_.take();
        if (work.is_last) {
            write_closed();
            books_.durable(work.ticket);
            break;
        }
        if (!write(work)) {
            write_ready_notes(work);
            write_late(false);
            books_.give_up();
            break;
        }
        books_.durable(work.ticket);
        if (work.is_tidying) {
            tidy(false, false);
        }
    }
    active_.is_sparse = true;  // nobody goes on in it: what it did not use is given back
    files_.leave(active_);
}

bool Writer::write(Work& work) {
    for (const auto& [id, correction] : work.held_corrections) {
        std::uint64_t& held = logged_.streams[id].held;
        held = static_cast<std::uint64_t>(static_cast<std::int64_t>(held) + correction);
    }
    if (files_.has_ample_room(bytes_of(work.outbox_entries) + bytes_of(work.entries))) {
        // One sync for all.
        std::ranges::move(work.outbox_entries, std::back_inserter(work.entries));
        work.outbox_entries.clear();
    } else if (!write_ahead(work)) {
        return false;
    }
    if (!write_entries(work, work.entries, Room::Journal, true)) {
        return false;
    }
    log_notes(work.notes);
    books_.noted(work.round);
    return write_snapshots(work);
}

/// What journals wait for must not wait for them: notes, by which segments may go, and entries of
/// outboxes, since what a full journal holds may have to go through these.
bool Writer::write_ahead(Work& work) {
    return write_ready_notes(work) &&
           (work.outbox_entries.empty() ||
            write_entries(work, work.outbox_entries, Room::Outbox, false));
}

bool Writer::write_late(bool with_outbox_entries) {
    Work late = books_.take_late(with_outbox_entries);
    const bool is_written = write_ahead(late);
    books_.put_back(std::move(late.notes));
    return is_written;
}

/// The notes about entries that are durable; the others stay in the work. A note must not stand in
/// front of its entry.
bool Writer::write_ready_notes(Work& work) {
    Notes ready{std::exchange(work.notes.trying, {}),
                take_below(work.notes.over, logged_.streams),
                take_below(work.notes.released, logged_.streams)};
    Group group;
    group.before = encode_streams_and_facts(work);
    group.behind = encode_notes(ready);
    if (!group.is_empty() && !write(group, Room::Notes)) {
        return false;
    }
    log_facts(work);
    log_notes(ready);
    books_.noted(work.round);
    return true;
}

/// Streams and facts go with the first group, notes with the last.
bool Writer::write_entries(Work& work, std::vector<Entry>& entries, Room room, bool with_notes) {
    std::size_t first = 0;
    do {
        Group group;
        group.before = encode_streams_and_facts(work);
        group.take(std::span{entries}.subspan(first), group_bytes_);
        first += group.entries.size();
        if (with_notes && first == entries.size()) {
            group.behind = encode_notes(work.notes);
        }
        if (!group.is_empty() && !write(group, room)) {
            return false;
        }
        log_facts(work);
        tell_durable(group.placed);
    } while (first < entries.size());
    return true;
}

bool Writer::write(Group& group, Room room) {
    const bool is_notes = group.entries.empty() && room < Room::Notes;
    if (!commit(group.bytes(), is_notes ? Room::Notes : room, [&](ItemBuffer& out) {
            group.put_into(out);
        })) {
        return false;
    }
    books_.placed(group.placed, active_.segment, false);
    for (Entry& entry : group.entries) {
        entry.payload = {};
    }
    return true;
}

void Writer::log_facts(Work& work) {
    for (const StreamState& stream : work.streams) {
        if (stream.name.empty()) {
            logged_.streams.erase(stream.id);
            continue;
        }
        StreamState& logged = logged_.streams[stream.id];
        if (logged.id == 0) {
            logged = stream;
            logged.next = 1;
            logged.held = 0;
        }
        logged.name = stream.name;
    }
    for (const auto& [name, value] : work.facts) {
        if (value.empty()) {
            logged_.facts.erase(name);
        } else {
            logged_.facts[name] = value;
        }
    }
    work.streams.clear();
    work.facts.clear();
}

void Writer::tell_durable(const std::vector<Placed>& placed) {
    std::map<StreamId, std::uint64_t> ends;
    for (const Placed& entry : placed) {
        StreamState& stream = logged_.streams[entry.stream];
        stream.next = entry.sequence + 1;
        ++stream.held;
        ends[entry.stream] = stream.next;
    }
    if (services_.on_durable) {
        for (const auto& [stream, end] : ends) {
            services_.on_durable(stream, end);
            crash_point("spool.group_told");
        }
    }
}

bool Writer::write_snapshots(Work& work) {
    for (auto& [name, waiting] : work.snapshots) {
        std::uint64_t position = 0;
        const ItemHeader header{.kind = ItemKind::Snapshot, .sequence = snapshot_id(name)};
        const std::string prefix = encode_snapshot(name, {});
        const std::string_view body = *waiting.bytes;
        const std::uint64_t bytes =
            item_bytes(prefix.size() + body.size() + base::Sealer::kTagBytes);
        if (!commit(bytes, Room::Journal, [&](ItemBuffer& out) {
                position = out.add(header, {prefix, body});
            })) {
            return false;
        }
        books_.snapshot_placed(name, {active_.segment.get(), position});
        for (const auto& done : waiting.done) {
            done();
        }
    }
    return true;
}

void Writer::log_notes(Notes& notes) {
    if (!notes.released.empty()) {
        books_.holds_released(active_.segment);
    }
    for (auto& [stream, ranges] : notes.trying) {
        logged_.trying[stream] = std::move(ranges);
    }
    for (const Range& range : notes.over) {
        std::uint64_t& held = logged_.streams[range.stream].held;
        held -= std::min(held, count_of(range));
    }
}

void Writer::write_closed() {
    if (trouble_.empty()) {
        commit(item_bytes(0), Room::Notes, [](ItemBuffer& out) {
            out.add({.kind = ItemKind::Closed}, {});
        });
        crash_point("spool.closed");
    }
}

Checkpoint Writer::checkpoint() const {
    Checkpoint checkpoint;
    for (const auto& [id, stream] : logged_.streams) {
        checkpoint.streams.push_back(stream);
    }
    checkpoint.facts.assign(logged_.facts.begin(), logged_.facts.end());
    checkpoint.gone = logged_.gone;
    return checkpoint;
}

std::uint64_t Writer::start_bytes() const {
    std::uint64_t bytes = kItemsBegin + item_bytes(encode(checkpoint()).size()) + kCommitBytes;
    for (const auto& [stream, ranges] : logged_.trying) {
        bytes += item_bytes(encode(ranges).size());
    }
    return bytes;
}

/// Makes a group durable. Waits as long as it takes; false when the spool is being closed and it
/// could not.
bool Writer::commit(std::uint64_t bytes, Room room, const Fill& fill) {
    for (;;) {
        if (!make_room(bytes, room)) {
            return false;
        }
        const int error = put_group(fill);
        if (error == 0) {
            recover();
            return true;
        }
        books_.fail(active_.segment);
        files_.leave(active_);
        if (!trouble("spool.write_failed", error)) {
            return false;
        }
    }
}

bool Writer::make_room(std::uint64_t bytes, Room room) {
    for (;;) {
        const SegmentFiles::Outcome got = find_room(bytes, room);
        if (got.error == 0 && !got.is_full) {
            return true;
        }
        if (is_tidying_) {
            return false;
        }
        if (got.is_full) {
            if (room < Room::Notes && !write_late(room == Room::Journal)) {
                return false;
            }
            if (tidy(true, room == Room::Notes)) {
                continue;
            }
        }
        const bool goes_on = got.is_full ? trouble("spool.full", 0, room == Room::Journal)
                                         : trouble("spool.write_failed", got.error);
        if (!goes_on) {
            return false;
        }
    }
}

/// In the segment that is written to, or in a new one.
SegmentFiles::Outcome Writer::find_room(std::uint64_t bytes, Room room) {
    const bool fits =
        active_ && active_.offset + bytes + kCommitBytes <= active_.segment->header.size;
    if (fits && room < Room::Notes && !files_.is_within(room)) {
        return {0, true};
    }
    if (fits && !(active_.is_sparse && files_.has_prepared())) {
        return {};
    }
    Active next;
    const SegmentFiles::Outcome begun =
        files_.begin(start_bytes() + bytes, durable_end_, room, next);
    if (begun.error == 0 && !begun.is_full) {
        files_.leave(active_);
        active_ = std::move(next);
        files_.prepare_next();
    }
    return fits ? SegmentFiles::Outcome{} : begun;  // a better one was wanted, no more
}

// One write, one sync. The errno, or 0.
int Writer::put_group(const Fill& fill) {
    const SegmentHeader& header = active_.segment->header;
    const bool is_first = active_.offset == 0;
    buffer_.begin(header.start() + active_.offset,
                  header_seed(header.salt),
                  active_.sealer ? &*active_.sealer : nullptr);
    if (is_first) {
        buffer_.add_segment_header(header);
        buffer_.add({.kind = ItemKind::Checkpoint}, {encode(checkpoint())});
        for (const auto& [stream, ranges] : logged_.trying) {
            buffer_.add({.kind = ItemKind::Trying, .stream = stream}, {encode(ranges)});
        }
    }
    fill(buffer_);
    buffer_.add({.kind = ItemKind::Commit},
                {encode_commit(durable_end_, services_.clock.now().count())});
    crash_point("spool.group_filled");
    if (const Io wrote = write_all(*active_.file, buffer_.bytes(), active_.offset);
        wrote.error != 0) {
        return wrote.error;
    }
    crash_point("spool.group_written");
    syncs_.fetch_add(1, std::memory_order_relaxed);
    if (const Io synced = active_.file->sync(); synced.error != 0) {
        failed_syncs_.fetch_add(1, std::memory_order_relaxed);
        return synced.error;
    }
    crash_point("spool.group_synced");
    durable_end_ = buffer_.end();
    active_.offset = durable_end_ - header.start();
    return 0;
}

}  // namespace aorta::spool
