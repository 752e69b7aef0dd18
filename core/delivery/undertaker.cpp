#include "delivery/undertaker.hpp"

#include "delivery/source_delivery.hpp"

#include <aorta/crash_point.hpp>

namespace aorta::delivery {
namespace {

/// Letters on their way at once: what bounds the memory.
constexpr std::size_t kMostOpen = 256;

}  // namespace

using message::Fate;
using message::FateKind;
using message::Receipt;

Undertaker::~Undertaker() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
}

Result<void> Undertaker::bury(const std::stop_token& stop) {
    const auto cursor = services_.spool.read(stream_.id, 0);
    while (!stop.stop_requested()) {
        auto entry = cursor->next();
        for (const spool::Cursor::Lost& lost : cursor->take_lost()) {
            count({FateKind::Failed, ErrorCode::Corrupt, "storage.damaged", {}, 0}, lost.over);
        }
        if (!entry.ok()) {
            return entry.error();
        }
        if (!*entry) {
            return {};
        }
        auto record = services_.codec.decode((*entry)->head(), (*entry)->payload());
        if (!record.ok()) {
            book((*entry)->sequence,
                 {FateKind::Failed, ErrorCode::Corrupt, "storage.unreadable", {}, 0});
            continue;
        }
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [&] { return open_ < kMostOpen; })) {
                break;
            }
            ++open_;
        }
        (*record)->share = message::Share{new Receipt(*this, 0, (*entry)->sequence)};
        services_.dead_letters.store(
            {std::move(*record), stream_.name, 0, ErrorCode::NotFound, "storage.node_gone", {}});
    }
    return {};
}

void Undertaker::on_settled(Receipt& receipt) {
    crash_point("undertaker.buried");
    if (receipt.fate().kind != FateKind::Failed) {
        book(receipt.sequence, receipt.fate());
        crash_point("undertaker.over");
    }
    const std::scoped_lock lock(mutex_);
    --open_;
    changed_.notify_all();  // under the lock: whoever waits for it may destroy this
}

void Undertaker::book(std::uint64_t sequence, const Fate& fate) {
    count(fate,
          stream_.kind == spool::StreamKind::Journal
              ? services_.spool.close({stream_.id, sequence}, fate.kind)
              : services_.spool.finish(stream_.id, sequence, fate.kind));
}

void Undertaker::count(const Fate& fate, const std::optional<spool::Over>& over) {
    if (over) {
        services_.ledger.settle_stored(over->fate == fate.kind ? fate : outbox_fate(over->fate),
                                       over->sequence);
    }
}

}  // namespace aorta::delivery
