// The part of the journal that reads back what an earlier run left, and catches up.
#include "delivery/journal.hpp"
#include "delivery/suspects.hpp"

#include <aorta/crash_point.hpp>

#include <chrono>
#include <utility>

namespace aorta::delivery {
namespace {

using message::Batch;
using message::FateKind;
using message::Receipt;
using message::RecordPtr;
using message::Share;
using spool::StoredEntry;

constexpr std::size_t kMostRecords = 64;
constexpr std::size_t kMostBytes = 64 << 10U;
/// So often may the process die while a record is being tried; then it is a dead letter.
constexpr std::uint32_t kMostAttempts = 5;
/// Conditions that nobody announces are looked at this often.
constexpr auto kLook = std::chrono::milliseconds(50);
/// A suspect that lies quiet at a sink for this long has not crashed anything.
constexpr auto kQuiet = std::chrono::milliseconds(250);

}  // namespace

void Journal::catch_up(const std::stop_token& stop, bool was_closed) {
    const Roots& roots = services_.delivery.roots();
    const auto cursor = roots.spool->read(
        roots.stream.id, 0, feeds_state_ ? spool::Reads::Kept : spool::Reads::Needed);
    Suspects suspects{*roots.spool, roots.stream.id};
    if (suspects.begin(was_closed)) {
        try_suspects(*cursor, stop);
        if (stop.stop_requested()) {
            return;
        }
        suspects.end();
    }
    while (!stop.stop_requested()) {
        std::uint64_t end = 0;
        {
            const std::scoped_lock lock(mutex_);
            end = durable_;
        }
        std::vector<StoredEntry> entries = read(*cursor, stop);
        leave_kept(entries);
        if (!entries.empty()) {
            send(entries, stop);
        } else if (close_gap(end, stop)) {
            services_.log.info("journal_caught_up",
                               {{"pipeline", services_.pipeline}, {"node", services_.node}});
            return;
        }
    }
}

/// After a crash: who was in the pipeline then may have caused it. In groups first, so that another
/// crash tells which group, and alone when it was in a group that did.
void Journal::try_suspects(spool::Cursor& cursor, const std::stop_token& stop) {
    const Roots& roots = services_.delivery.roots();
    bool has_more = true;
    while (has_more && !stop.stop_requested()) {
        std::vector<StoredEntry> entries = read(cursor, stop);
        has_more = !entries.empty() && entries.back().sequence < restart_end_;
        std::vector<StoredEntry> group;
        for (StoredEntry& entry : entries) {
            const bool is_alone = entry.attempts != 0 && !entry.is_past;
            if (is_alone) {
                try_alone(std::exchange(group, {}), stop);
            }
            group.push_back(std::move(entry));
            if (is_alone) {
                try_alone(std::exchange(group, {}), stop);
            }
        }
        try_alone(group, stop);
    }
    static_cast<void>(roots.spool->trying(roots.stream.id, {}));
}

void Journal::try_alone(const std::vector<StoredEntry>& entries, const std::stop_token& stop) {
    if (entries.empty() || stop.stop_requested()) {
        return;
    }
    spool::Spool& spool = *services_.delivery.roots().spool;
    std::vector<std::uint64_t> sequences;
    for (const StoredEntry& entry : entries) {
        if (!entry.is_past) {
            sequences.push_back(entry.sequence);
        }
    }
    if (sequences.empty()) {  // what came to its end once does so again
        send(entries, stop);
        return;
    }
    // A storage that takes nothing may be full until these are over: then they go without a note.
    const Result<void> said = spool.health().trouble.empty()
                                  ? spool.trying(services_.delivery.roots().stream.id, sequences)
                                  : Error{ErrorCode::Unavailable, spool.health().trouble};
    if (!said.ok()) {
        services_.log.warn("journal_attempt_not_noted",
                           {{"pipeline", services_.pipeline},
                            {"node", services_.node},
                            {"reason", said.error().message}});
    }
    send(entries, stop);
    wait_closed(stop);
}

std::vector<StoredEntry> Journal::read(spool::Cursor& cursor, const std::stop_token& stop) {
    std::vector<StoredEntry> entries;
    std::size_t bytes = 0;
    while (entries.size() < kMostRecords && bytes < kMostBytes && !stop.stop_requested()) {
        auto entry = cursor.next();
        for (const spool::Cursor::Lost& lost : cursor.take_lost()) {
            // Of this run's the shares are here: `lose`.
            if (lost.over && lost.sequence < restart_end_) {
                services_.delivery.lost(lost.sequence);
            }
        }
        if (!entry.ok()) {
            services_.log.error("journal_unreadable",
                                {{"pipeline", services_.pipeline},
                                 {"node", services_.node},
                                 {"reason", entry.error().message}});
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
            continue;
        }
        if (!*entry) {
            break;
        }
        bytes += (*entry)->body.size();
        entries.push_back(std::move(**entry));
    }
    return entries;
}

void Journal::send(const std::vector<StoredEntry>& entries, const std::stop_token& stop) {
    Batch batch;
    const auto send_on = [&] {
        if (!batch.empty()) {
            services_.send_on(batch);
            batch.clear();
            crash_point("journal.sent_again");
        }
    };
    for (const StoredEntry& entry : entries) {
        const std::uint64_t bytes = RecordCodec::cost(entry.head(), entry.payload());
        if (!has_room(bytes)) {
            // Those before it may be what fills the budget.
            send_on();
            wait_room(bytes, stop);
        }
        if (stop.stop_requested()) {
            return;  // what was not taken up stays in the journal; so does the batch, lost as it is
        }
        RecordPtr record = restore(entry);
        if (!record) {
            continue;
        }
        if (entry.attempts >= kMostAttempts && !entry.is_past) {
            services_.dead_letters.store({std::move(record),
                                          services_.node,
                                          services_.node_index,
                                          ErrorCode::Internal,
                                          "engine.crash_suspect",
                                          {}});
        } else {
            batch.push_back(std::move(record));
        }
    }
    send_on();
}

/// Those that wait in memory go on from there.
void Journal::leave_kept(std::vector<StoredEntry>& entries) const {
    const std::scoped_lock lock(mutex_);
    while (!entries.empty() && entries.back().sequence >= first_kept_) {
        entries.pop_back();
    }
}

RecordPtr Journal::restore(const StoredEntry& entry) {
    Share share = share_of(entry);
    Result<RecordPtr> record = services_.codec.decode(entry.head(), entry.payload());
    if (!record.ok()) {
        // It fails, and so it stays: another version may be able to read it.
        services_.log.error("journal_entry_unreadable",
                            {{"pipeline", services_.pipeline},
                             {"node", services_.node},
                             {"sequence", std::to_string(entry.sequence)}});
        return nullptr;
    }
    (*record)->share = std::move(share);
    return std::move(*record);
}

Share Journal::share_of(const StoredEntry& entry) {
    const std::uint64_t sequence = entry.sequence;
    if (entry.is_past) {
        return past_share(sequence);
    }
    std::deque<Share> lost;
    Share share;
    {
        const std::scoped_lock lock(mutex_);
        for (; !shares_.empty() && first_share_ < sequence; ++first_share_) {
            lost.push_back(std::move(shares_.front()));
            shares_.pop_front();
        }
        if (!shares_.empty() && first_share_ == sequence) {
            share = std::move(shares_.front());
            shares_.pop_front();
            ++first_share_;
            share.receipt()->is_read_back = true;
        }
        ++open_;
    }
    lose(std::move(lost));
    return share ? std::move(share) : Share{services_.delivery.reopen(sequence)};
}

Share Journal::past_share(std::uint64_t sequence) {
    auto* receipt = new Receipt(past_, 0, sequence);
    receipt->is_past = true;
    const std::scoped_lock lock(mutex_);
    ++open_past_;
    return Share{receipt};
}

/// The spool has passed over them: they were damaged since they were written.
void Journal::lose(std::deque<Share> shares) {
    for (Share& share : shares) {
        share.receipt()->is_journaled = false;
        share.settle(
            {FateKind::Failed, ErrorCode::Corrupt, "journal.damaged", {}, services_.node_index});
    }
}

/// One record at a time may always go: what fills the budget may wait for the journal (receipts of
/// records that are journaled only, or what finds no room in a full storage).
bool Journal::has_room(std::uint64_t bytes) const {
    {
        const std::scoped_lock lock(mutex_);
        if (open_ + open_past_ == 0) {
            return true;
        }
    }
    // A refusal calls sources back, which may push: not under the lock.
    if (!services_.budget.try_charge(bytes)) {
        return false;
    }
    services_.budget.release(bytes);  // the record charges for itself
    return true;
}

void Journal::wait_room(std::uint64_t bytes, const std::stop_token& stop) {
    while (!stop.stop_requested() && !has_room(bytes)) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, kLook, [&] { return open_ + open_past_ == 0; });
    }
}

void Journal::wait_closed(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    auto quiet_since = services_.clock.steady();
    while (!stop.stop_requested() && open_ != 0) {
        changed_.wait_for(lock, stop, kLook, [&] { return open_ == 0; });
        if (!services_.is_idle()) {
            quiet_since = services_.clock.steady();
        } else if (services_.clock.steady() - quiet_since >= kQuiet) {
            return;
        }
    }
}

/// Everything before `read_end` has gone on. True when new records may go on by themselves.
bool Journal::close_gap(std::uint64_t read_end, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (mode_ == Mode::Behind) {
        mode_ = Mode::Closing;
        first_kept_ = services_.delivery.next();
    }
    if (read_end < first_kept_) {
        changed_.wait_for(lock, stop, kLook, [&] { return durable_ > read_end; });
        return false;
    }
    send_kept(lock);
    crash_point("journal.caught_up");
    std::deque<Share> lost = std::exchange(shares_, {});
    lock.unlock();
    lose(std::move(lost));
    return true;
}

}  // namespace aorta::delivery
