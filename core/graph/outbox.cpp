#include "graph/outbox.hpp"

#include "delivery/source_delivery.hpp"
#include "delivery/suspects.hpp"

#include <aorta/crash_point.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace aorta::graph {
namespace {

using message::Batch;
using message::Fate;
using message::FateKind;
using message::Receipt;
using message::RecordPtr;
using message::Share;
using spool::StoredEntry;

/// What the sink may have in its hands at once.
constexpr std::uint64_t kMostInFlight = 512;
constexpr std::size_t kMostAtOnce = 64;
/// So many of those that may have been in the sink's hands at a crash are tried one by one.
constexpr std::uint64_t kSuspects = kMostInFlight;
constexpr std::uint32_t kMostAttempts = 5;
constexpr auto kPause = std::chrono::seconds(1);
/// A suspect that lies quiet at the sink for this long has not crashed anything.
constexpr auto kQuiet = std::chrono::milliseconds(250);

}  // namespace

Outbox::Outbox(std::uint32_t node,
               std::string name,
               spool::StreamState stream,
               Target sink,
               Runner& home,
               base::BusyCount& active,
               Services services)
    : Lane(std::move(name), Thread::Shared, home, active),
      node_(node),
      stream_(std::move(stream)),
      sink_(std::move(sink)),
      services_(services),
      attempts_(services_.spool, stream_.id),
      next_(stream_.next),
      durable_(stream_.next),
      held_(stream_.held) {}

Outbox::~Outbox() {
    stop();
}

void Outbox::work(Batch& batch, Runner&) {
    std::vector<spool::Entry> entries;
    std::vector<Awaiting> awaiting;
    entries.reserve(batch.size());
    awaiting.reserve(batch.size());
    for (const RecordPtr& record : batch) {
        spool::Root root;
        if (const message::Settler* source = record->share.settler();
            source != nullptr && source->stream() != 0) {
            root = {source->stream(), record->share.receipt()->sequence};
        }
        entries.push_back(
            {stream_.id, next_++, root, services_.codec.encode(*record), record->payload()});
        awaiting.push_back({std::move(record->share), std::move(record->more_shares)});
    }
    {
        const std::scoped_lock lock(mutex_);
        held_ += batch.size();
        std::move(awaiting.begin(), awaiting.end(), std::back_inserter(awaiting_));
    }
    services_.spool.append(std::move(entries));
    crash_point("outbox.appended");
    batch.clear();
}

void Outbox::on_durable(std::uint64_t end) {
    std::vector<Awaiting> parked;
    {
        const std::scoped_lock lock(mutex_);
        if (end <= durable_) {
            return;
        }
        const auto count =
            static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(end - durable_, awaiting_.size()));
        std::move(awaiting_.begin(), awaiting_.begin() + count, std::back_inserter(parked));
        awaiting_.erase(awaiting_.begin(), awaiting_.begin() + count);
        durable_ = end;
        is_at_end_ = false;
    }
    changed_.notify_all();
    crash_point("outbox.durable");
    for (Awaiting& one : parked) {
        one.share.park();
        crash_point("outbox.parked");
        for (Share& share : one.more_shares) {
            share.settle(Fate::delivered(node_));
        }
    }
}

void Outbox::begin(bool was_closed, std::uint64_t given_up_below) {
    feeder_ = std::jthread(
        [=, this](const std::stop_token& stop) { feed(stop, was_closed, given_up_below); });
}

void Outbox::stop() {
    if (feeder_.joinable()) {
        feeder_.request_stop();
        feeder_.join();
    }
}

std::uint64_t Outbox::held() const {
    const std::scoped_lock lock(mutex_);
    return held_;
}

bool Outbox::is_done() const {
    const std::scoped_lock lock(mutex_);
    return is_at_end_ && in_flight_ == 0 && awaiting_.empty();
}

std::uint64_t Outbox::durable() const {
    const std::scoped_lock lock(mutex_);
    return durable_;
}

/// After a crash the entries that the sink may have had in its hands go one by one, each noted
/// before: the one that kills the process is known at the next start.
void Outbox::feed(const std::stop_token& stop, bool was_closed, std::uint64_t given_up_below) {
    const auto cursor = services_.spool.read(stream_.id, 0);
    delivery::Suspects suspects{services_.spool, stream_.id};
    bool is_suspicious = suspects.begin(was_closed);
    std::uint64_t tried = 0;
    Batch batch;
    const auto flush = [&] {
        if (!batch.empty()) {
            Router::send(sink_, batch, home());
        }
    };
    while (true) {
        const bool is_alone = is_suspicious && cursor->position() >= given_up_below;
        if (!has_window(is_alone)) {
            flush();
        }
        if (!wait_window(stop, is_alone)) {
            return;
        }
        const std::uint64_t seen = durable();
        auto entry = cursor->next();
        for (const spool::Cursor::Lost& lost : cursor->take_lost()) {
            count({FateKind::Failed, ErrorCode::Corrupt, "outbox.damaged", {}, node_}, lost.over);
        }
        if (!entry.ok()) {
            services_.context.log.error("outbox_unreadable",
                                        {{"pipeline", services_.context.pipeline},
                                         {"node", name()},
                                         {"reason", entry.error().message}});
        }
        const bool is_suspect = is_suspicious && entry.ok() && *entry && tried < kSuspects &&
                                (*entry)->sequence < stream_.next;
        if (is_suspicious && entry.ok() && !is_suspect) {
            is_suspicious = false;  // each of them has been at the sink, and is over
            note_tried({});
            suspects.end();
        }
        if (!entry.ok() || !*entry) {
            flush();
            rest(stop, seen, entry.ok());
            continue;
        }
        if ((*entry)->sequence < given_up_below) {
            bury(**entry, ErrorCode::NotFound, "storage.given_up");
            continue;
        }
        if (is_suspect) {
            ++tried;
            note_tried({(*entry)->sequence});
        }
        if ((*entry)->attempts >= kMostAttempts) {
            bury(**entry, ErrorCode::Internal, "engine.crash_suspect");
            continue;
        }
        if (RecordPtr record = restore(**entry)) {
            batch.push_back(std::move(record));
        }
        if (is_suspect || batch.size() >= kMostAtOnce) {
            flush();
        }
    }
}

bool Outbox::fits(bool is_alone) const {
    return in_flight_ == 0 ||
           (!is_alone && in_flight_ < kMostInFlight && in_flight_bytes_ < services_.window_bytes);
}

bool Outbox::has_window(bool is_alone) const {
    const std::scoped_lock lock(mutex_);
    return fits(is_alone);
}

/// True when one more may go to the sink; false when feeding is to end.
bool Outbox::wait_window(const std::stop_token& stop, bool is_alone) {
    std::unique_lock lock(mutex_);
    const auto fits_now = [&] { return fits(is_alone); };
    if (is_alone && !changed_.wait_for(lock, stop, kQuiet, fits_now) && !stop.stop_requested()) {
        lock.unlock();
        note_tried({});
        lock.lock();
    }
    return changed_.wait(lock, stop, fits_now) && !stop.stop_requested();
}

/// Waits for more than was durable before the last look.
void Outbox::rest(const std::stop_token& stop, std::uint64_t seen, bool is_at_end) {
    std::unique_lock lock(mutex_);
    is_at_end_ = is_at_end && durable_ == seen;
    changed_.wait_for(lock, stop, kPause, [&] { return durable_ != seen; });
}

/// Not while the storage takes nothing: it may be full until the sink has taken some.
void Outbox::note_tried(const std::vector<std::uint64_t>& sequences) const {
    if (services_.spool.health().trouble.empty()) {
        static_cast<void>(services_.spool.trying(stream_.id, sequences));
    }
}

RecordPtr Outbox::restore(const StoredEntry& entry) {
    Result<RecordPtr> record = services_.codec.decode(entry.head(), entry.payload());
    if (!record.ok()) {
        // It stays: another version may be able to read it.
        services_.context.log.error("outbox_entry_unreadable",
                                    {{"pipeline", services_.context.pipeline},
                                     {"node", name()},
                                     {"sequence", std::to_string(entry.sequence)}});
        return nullptr;
    }
    const std::uint64_t bytes = delivery::RecordCodec::cost(entry.head(), entry.payload());
    {
        const std::scoped_lock lock(mutex_);
        ++in_flight_;
        in_flight_bytes_ += bytes;
    }
    (*record)->share = Share{new Receipt(*this, bytes, entry.sequence)};
    (*record)->attempts = attempts_.begin(entry.sequence);
    crash_point("outbox.taken");
    return std::move(*record);
}

void Outbox::bury(const StoredEntry& entry, ErrorCode code, std::string reason) {
    if (RecordPtr record = restore(entry)) {
        services_.dead_letters.store(
            {std::move(record), name(), node_, code, std::move(reason), {}});
    }
}

void Outbox::on_settled(Receipt& receipt) {
    crash_point("outbox.sink_done");
    if (receipt.fate().kind != FateKind::Failed) {
        book(receipt.sequence, receipt.fate());
    }
    {
        const std::scoped_lock lock(mutex_);
        --in_flight_;
        in_flight_bytes_ -= receipt.cookie;
    }
    changed_.notify_all();
}

void Outbox::book(std::uint64_t sequence, const Fate& fate) {
    const std::optional<spool::Over> over = services_.spool.finish(stream_.id, sequence, fate.kind);
    attempts_.forget(sequence);
    crash_point("outbox.over");
    count(fate, over);
}

void Outbox::count(const Fate& fate, const std::optional<spool::Over>& over) {
    {
        const std::scoped_lock lock(mutex_);
        --held_;
    }
    if (over) {
        services_.ledger.settle_stored(
            over->fate == fate.kind ? fate : delivery::outbox_fate(over->fate), over->sequence);
    }
}

}  // namespace aorta::graph
