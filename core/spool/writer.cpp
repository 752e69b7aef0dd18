#include "spool/writer.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
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
    files_.prepare_next(active_);
    for (;;) {
        Work work = books_.take();
        if (work.is_last) {
            write_closed();
            books_.durable(work.ticket);
            break;
        }
        if (!write(work)) {
            books_.give_up();
            break;
        }
        books_.durable(work.ticket);
        tidy(false);
    }
    active_.is_sparse = true;  // nobody goes on in it: what it did not use is given back
    files_.leave(active_);
}

bool Writer::write(Work& work) {
    for (const auto& [id, correction] : work.held_corrections) {
        std::uint64_t& held = logged_.streams[id].held;
        held = static_cast<std::uint64_t>(static_cast<std::int64_t>(held) + correction);
    }
    std::size_t first = 0;
    bool is_last = false;
    while (!is_last) {
        Group group;
        if (first == 0) {
            group.before = encode_streams_and_facts(work);
        }
        group.entries = entries_of_group(work.entries, first, group_bytes_);
        first += group.entries.size();
        is_last = first == work.entries.size();
        if (is_last) {
            group.behind = encode_notes(work);
        }
        if (!group.is_empty() && !write(group)) {
            return false;
        }
        log_facts(work);
        tell_durable(group.placed);
    }
    log_notes(work);
    return write_snapshots(work);
}

bool Writer::write(Group& group) {
    const bool is_notes = group.before.empty() && group.entries.empty();
    if (!commit(group.bytes(), is_notes ? Reserve::Use : Reserve::Keep, [&](ItemBuffer& out) {
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
        const std::string prefix = encode_snapshot(name, {});
        const std::uint64_t bytes =
            item_bytes(prefix.size() + waiting.bytes->size() + base::Sealer::kTagBytes);
        if (!commit(bytes, Reserve::Keep, [&](ItemBuffer& out) {
                position = out.add({.kind = ItemKind::Snapshot, .sequence = snapshot_id(name)},
                                   {prefix, *waiting.bytes});
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

void Writer::log_notes(Work& work) {
    if (!work.released.empty()) {
        books_.holds_released(active_.segment);
    }
    for (auto& [stream, ranges] : work.trying) {
        logged_.trying[stream] = std::move(ranges);
    }
    for (const Range& range : work.over) {
        std::uint64_t& held = logged_.streams[range.stream].held;
        held -= std::min(held, count_of(range));
    }
}

void Writer::write_closed() {
    if (trouble_.empty()) {
        commit(item_bytes(0), Reserve::Use, [](ItemBuffer& out) {
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
bool Writer::commit(std::uint64_t bytes, Reserve reserve, const Fill& fill) {
    for (;;) {
        if (!make_room(bytes, reserve)) {
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

bool Writer::make_room(std::uint64_t bytes, Reserve reserve) {
    const std::uint64_t needed = bytes + kCommitBytes;
    for (;;) {
        const bool fits = active_ && active_.offset + needed <= active_.segment->header.size;
        if (fits && !(active_.is_sparse && files_.has_prepared())) {
            return true;
        }
        Active next;
        const SegmentFiles::Outcome begun =
            files_.begin(start_bytes() + bytes, durable_end_, reserve, next);
        if (begun.error == 0 && !begun.is_full) {
            files_.leave(active_);
            active_ = std::move(next);
            files_.prepare_next(active_);
            return true;
        }
        if (fits) {
            return true;  // a better one was wanted, no more
        }
        if (is_tidying_) {
            return false;
        }
        if (begun.is_full) {
            tidy(true);
        }
        const bool goes_on =
            begun.is_full ? trouble("spool.full", 0) : trouble("spool.write_failed", begun.error);
        if (!goes_on) {
            return false;
        }
    }
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
