#include "transport/link.hpp"

#include <algorithm>

namespace aorta::transport {
namespace {

// What a record's source may ask for: few combinations, unless someone makes them up.
constexpr std::size_t kMostLineages = 256;

}  // namespace

/// The settlers of receipts for records of a link: one for each thing that a sender may ask for.
class Link::Lineages {
public:
    explicit Lineages(Link& link) : link_(link) {}

    message::Share open(Incoming::Ticket ticket, std::uint64_t sequence, const Lineage& lineage) {
        Key key{lineage.is_required,
                lineage.keeps_failures,
                lineage.reply_from ? *lineage.reply_from + std::uint64_t{1} : 0};
        if (settlers_.size() >= kMostLineages && !settlers_.contains(key)) {
            key = {lineage.is_required, lineage.keeps_failures, 0};
        }
        return message::Share{new message::Receipt(settler(key), ticket, sequence)};
    }

    std::vector<const message::Settler*> all(const std::vector<std::uint32_t>& reply_nodes) {
        std::vector<std::uint64_t> replies{0};
        for (const std::uint32_t node : reply_nodes) {
            replies.push_back(std::uint64_t{node} + 1);
        }
        std::vector<const message::Settler*> found;
        for (const std::uint64_t reply : replies) {
            for (const bool is_required : {false, true}) {
                for (const bool keeps_failures : {false, true}) {
                    found.push_back(&settler({is_required, keeps_failures, reply}));
                }
            }
        }
        return found;
    }

private:
    struct Key {
        bool is_required;
        bool keeps_failures;
        std::uint64_t reply;  // node + 1; 0: none

        auto operator<=>(const Key&) const = default;
    };

    class LinkSettler final : public message::Settler {
    public:
        LinkSettler(Link& link, const Key& key) : link_(link), key_(key) {}

        void on_after(message::Receipt& receipt) override {
            link_.happened(receipt.cookie, {.event = Event::Passed});
        }

        void on_required_settled(message::Receipt& receipt) override {
            if (!key_.is_required) {
                return;
            }
            if (receipt.is_invalid.load(std::memory_order_relaxed)) {
                link_.happened(receipt.cookie, {.event = Event::Invalid});
            }
            if (const message::BufferRef reply = receipt.take_reply()) {
                Outcome outcome{.event = Event::Reply};
                outcome.fate.node = static_cast<std::uint32_t>(key_.reply - 1);
                outcome.reply = message::bytes_of(*reply.get());
                link_.happened(receipt.cookie, std::move(outcome));
            }
            link_.happened(receipt.cookie,
                           {.event = Event::Required, .fate = receipt.required_fate()});
        }

        void on_settled(message::Receipt& receipt) override {
            Outcome outcome{.event = Event::Settled, .is_parked = !receipt.has_fate()};
            if (receipt.has_fate()) {
                outcome.fate = receipt.fate();
            }
            link_.happened(receipt.cookie, std::move(outcome));
        }

        bool sender_keeps_failures() const override { return key_.keeps_failures; }

        bool wants_reply(std::uint32_t node) const override {
            return key_.reply == std::uint64_t{node} + 1;
        }

    private:
        Link& link_;
        const Key key_;
    };

    message::Settler& settler(const Key& key) {
        auto& settler = settlers_[key];
        if (!settler) {
            settler = std::make_unique<LinkSettler>(link_, key);
        }
        return *settler;
    }

    Link& link_;
    std::map<Key, std::unique_ptr<LinkSettler>> settlers_;
};

Link::Link(PeerConfig config, message::Interner& names, message::Budget& budget, LinkOwner& owner)
    : names_(names),
      budget_(budget),
      owner_(owner),
      peer_(std::move(config), names, budget),
      lineages_(std::make_unique<Lineages>(*this)) {}

Link::~Link() = default;

bool Link::is_full() const {
    const OutgoingLimits& limits = config().outgoing;
    return status_.held_bytes + offered_bytes_ >= limits.window ||
           status_.held + offered_.size() >= limits.records;
}

std::size_t Link::offer(std::uint32_t edge, std::span<message::RecordPtr> records) {
    std::unique_lock lock(mutex_);
    std::size_t taken = 0;
    for (; taken < records.size() && !is_full(); ++taken) {
        offered_bytes_ += Outgoing::size_of(*records[taken]);
        offered_.push_back({edge, std::move(records[taken])});
    }
    wants_to_offer_ = wants_to_offer_ || taken < records.size();
    if (taken > 0) {
        wake(std::move(lock));
    }
    return taken;
}

void Link::resume() {
    wake(std::unique_lock(mutex_));
}

void Link::happened(Incoming::Ticket ticket, Outcome outcome) {
    const bool is_settled = outcome.event == Event::Settled;
    under_way_ -= is_settled ? 1 : 0;
    std::unique_lock lock(mutex_);
    if (is_ending_ && outcome.fate.kind == message::FateKind::Failed && !outcome.is_parked &&
        (outcome.event == Event::Required || is_settled)) {
        return;
    }
    if (!happened_.empty() && is_contained(happened_.back(), ticket, outcome)) {
        happened_.pop_back();
    }
    if (!happened_.empty() && is_next(happened_.back(), ticket, outcome)) {
        ++happened_.back().outcome.count;
    } else {
        happened_.push_back({ticket, std::move(outcome)});
    }
    wake(std::move(lock));
}

/// Whether both say the same of the same record, so that the later one will do.
bool Link::is_contained(const Happened& last, Incoming::Ticket ticket, const Outcome& outcome) {
    const Outcome& required = last.outcome;
    return required.event == Event::Required && outcome.event == Event::Settled &&
           last.ticket == ticket && required.count == 1 && !outcome.is_parked &&
           required.fate.kind == outcome.fate.kind && required.fate.reason == outcome.fate.reason &&
           required.fate.where == outcome.fate.where && required.fate.node == outcome.fate.node;
}

bool Link::is_next(const Happened& last, Incoming::Ticket ticket, const Outcome& outcome) {
    return last.ticket + last.outcome.count == ticket && outcome.event != Event::Reply &&
           says_the_same(last.outcome, outcome);
}

std::vector<const message::Settler*> Link::settlers(const std::vector<std::uint32_t>& reply_nodes) {
    return lineages_->all(reply_nodes);
}

void Link::give_up(const message::Fate& fate) {
    work();
    peer_.outgoing().give_up(fate);
    publish();
}

void Link::wake(std::unique_lock<std::mutex> lock) {
    const bool was_woken = std::exchange(is_woken_, true);
    lock.unlock();
    if (!was_woken && waker_) {
        waker_->wake();
    }
}

bool Link::work() {
    std::vector<Offered> offered;
    std::vector<Happened> happened;
    {
        const std::scoped_lock lock(mutex_);
        offered.swap(offered_);
        taken_bytes_ = offered_bytes_;
        happened.swap(happened_);
        is_woken_ = false;
    }
    for (Offered& one : offered) {
        peer_.outgoing().offer(one.edge, std::move(one.record));
    }
    for (Happened& run : happened) {
        const std::uint64_t count = std::exchange(run.outcome.count, 1);
        for (std::uint64_t i = 0; i < count; ++i) {
            peer_.incoming().happened(run.ticket + i, run.outcome);
        }
    }
    const bool has_handed_on = hand_on();
    publish();
    return has_handed_on || !offered.empty() || !happened.empty();
}

bool Link::hand_on() {
    bool has_moved = false;
    Incoming& incoming = peer_.incoming();
    while (const WireRecord* wire = incoming.front()) {
        if (is_ending_ || !owner_.has_room(cost(*wire))) {
            break;
        }
        message::RecordPtr record = make_record(*wire, names_, budget_);
        const std::uint32_t edge = wire->edge;
        const std::uint64_t sequence = wire->sequence;
        const Lineage lineage = wire->lineage;
        record->share = lineages_->open(incoming.pop(), sequence, lineage);
        if (!lineage.is_required) {
            record->share.make_optional();
        }
        ++under_way_;
        owner_.arrived(edge, std::move(record));
        has_moved = true;
    }
    return has_moved;
}

void Link::publish() {
    bool may_offer = false;
    {
        const std::scoped_lock lock(mutex_);
        status_.is_up = peer_.is_up();
        status_.trouble = peer_.trouble();
        status_.held = peer_.outgoing().held();
        status_.held_bytes = peer_.outgoing().held_bytes();
        status_.waiting_bytes = peer_.incoming().waiting_bytes();
        status_.oldest_ns = peer_.outgoing().oldest_ns();
        status_.untold = peer_.incoming().untold() + happened_.size();
        status_.resent = peer_.outgoing().resent();
        status_.duplicates = peer_.incoming().duplicates();
        status_.counts = peer_.counts();
        // What was taken over stands in `held` now, what came since does not.
        offered_bytes_ -= std::exchange(taken_bytes_, 0);
        may_offer = wants_to_offer_ && !is_full();
        wants_to_offer_ = wants_to_offer_ && !may_offer;
    }
    if (may_offer) {
        owner_.may_offer();
    }
}

LinkStatus Link::status() const {
    const std::scoped_lock lock(mutex_);
    LinkStatus status = status_;
    status.under_way = under_way_;
    status.untold = std::max(status.untold, happened_.size());
    return status;
}

}  // namespace aorta::transport
