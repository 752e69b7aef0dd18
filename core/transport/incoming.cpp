#include "transport/incoming.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::transport {
namespace {

constexpr std::size_t kOutcomesInFrame = kMaxRuns;

Error broken(const char* what) {
    return {ErrorCode::Corrupt, std::string{"the other side of the link "} + what};
}

}  // namespace

Incoming::Identity Incoming::identity_of(const WireRecord& record) {
    return {record.id[0], record.id[1], record.edge};
}

Result<void> Incoming::begin(std::uint64_t other_instance, std::uint64_t outcomes_taken) {
    if (other_instance != other_instance_) {
        forget_sender();
        other_instance_ = other_instance;
    }
    arrived_bytes_ = 0;
    log_sent_ = log_first_ + log_.size() - 1;
    if (Result<void> confirmed = confirm(outcomes_taken); !confirmed.ok()) {
        return confirmed;
    }
    log_sent_ = log_first_ - 1;
    return {};
}

/// What has not entered the pipeline comes again; what has is remembered by its id.
void Incoming::forget_sender() {
    waiting_.clear();
    waiting_bytes_ = 0;
    received_ = 0;
    for (Logged& logged : log_) {
        if (logged.outcome.event == Event::Settled) {
            known_.at(logged.ticket).told.push_back(std::move(logged.outcome));
        }
    }
    log_.clear();
    log_first_ = 1;
    std::vector<Ticket> settled;
    for (auto& [ticket, known] : known_) {
        if (known.sequence == 0) {
            continue;
        }
        known.sequence = 0;
        orphans_.try_emplace(known.identity, ticket);
        if (known.is_settled) {
            settled.push_back(ticket);
        }
    }
    // In the order in which they came, so that the oldest are forgotten first.
    std::ranges::sort(settled);
    std::ranges::copy(settled, std::back_inserter(settled_orphans_));
    forget_oldest();
}

void Incoming::forget_oldest() {
    while (settled_orphans_.size() > limits_.remembered) {
        const auto found = known_.find(settled_orphans_.front());
        settled_orphans_.pop_front();
        // It may have been sent again since.
        if (found == known_.end() || found->second.sequence != 0) {
            continue;
        }
        const auto orphan = orphans_.find(found->second.identity);
        if (orphan != orphans_.end() && orphan->second == found->first) {
            orphans_.erase(orphan);
        }
        known_.erase(found);
    }
}

Result<void> Incoming::take(std::uint64_t previous, std::string body) {
    if (previous != received_) {
        return broken("has left out records");
    }
    waiting_.push_back({std::move(body)});
    Arrived& arrived = waiting_.back();
    auto records = read_body(arrived.body, previous, limits_.max_record);
    const auto refuse = [&](const Error& error) {
        waiting_.pop_back();
        return error;
    };
    if (!records.ok()) {
        return refuse(records.error());
    }
    std::uint64_t bytes = 0;
    for (const WireRecord& record : *records) {
        if (arrived_bytes_ + bytes >= limit()) {
            return refuse(broken("sends more than it may"));
        }
        bytes += record.bytes;
        names_.emplace(record.content_type);
        for (const auto& [name, value] : record.attributes) {
            names_.emplace(name);
        }
    }
    if (names_.size() > limits_.names) {
        return refuse(broken("uses too many names of content types and attributes"));
    }
    arrived.records = std::move(*records);
    received_ = arrived.records.back().sequence;
    arrived_bytes_ += bytes;
    waiting_bytes_ += bytes;
    return {};
}

const WireRecord* Incoming::front() {
    while (!waiting_.empty()) {
        if (!take_known()) {
            return &waiting_.front().records[waiting_.front().next];
        }
    }
    return nullptr;
}

/// A record that the pipeline has already: its outcomes go to the new sequence.
bool Incoming::take_known() {
    const WireRecord& record = waiting_.front().records[waiting_.front().next];
    const auto orphan = orphans_.empty() ? orphans_.end() : orphans_.find(identity_of(record));
    if (orphan == orphans_.end()) {
        return false;
    }
    const Ticket ticket = orphan->second;
    orphans_.erase(orphan);
    Known& known = known_.at(ticket);
    known.sequence = record.sequence;
    for (Outcome& outcome : known.told) {
        outcome.sequence = record.sequence;
        log_.push_back({ticket, outcome});
    }
    // It stands in the log again.
    if (known.is_settled) {
        known.told.pop_back();
    }
    ++duplicates_;
    drop_front();
    return true;
}

void Incoming::drop_front() {
    Arrived& arrived = waiting_.front();
    waiting_bytes_ -= arrived.records[arrived.next].bytes;
    if (++arrived.next == arrived.records.size()) {
        waiting_.pop_front();
    }
}

Incoming::Ticket Incoming::pop() {
    const WireRecord& record = waiting_.front().records[waiting_.front().next];
    known_.emplace(++last_ticket_, Known{identity_of(record), record.sequence});
    drop_front();
    return last_ticket_;
}

void Incoming::happened(Ticket ticket, Outcome outcome) {
    const auto found = known_.find(ticket);
    AORTA_CHECK(found != known_.end() && !found->second.is_settled);
    Known& known = found->second;
    outcome.sequence = known.sequence;
    known.is_settled = outcome.event == Event::Settled;
    if (known.sequence == 0 || !known.is_settled) {
        known.told.push_back(outcome);
    }
    if (known.sequence != 0) {
        log_.push_back({ticket, std::move(outcome)});
    } else if (known.is_settled) {
        settled_orphans_.push_back(ticket);
    }
    forget_oldest();
}

std::optional<Outcomes> Incoming::next_outcomes() {
    const std::uint64_t from = log_sent_ + 1 - log_first_;
    Outcomes outcomes{.first = log_sent_ + 1};
    std::uint64_t replies = 0;
    for (std::uint64_t i = from; i < log_.size() && outcomes.list.size() < kOutcomesInFrame; ++i) {
        const Outcome& outcome = log_[i].outcome;
        replies += outcome.reply.size();
        if (replies > kMaxReply && !outcomes.list.empty()) {
            break;
        }
        outcomes.list.push_back(outcome);
    }
    if (outcomes.list.empty()) {
        return {};
    }
    log_sent_ += outcomes.list.size();
    return outcomes;
}

Result<void> Incoming::confirm(std::uint64_t number) {
    if (number > log_sent_) {
        return broken("confirms outcomes that it was not told");
    }
    for (; log_first_ <= number; ++log_first_) {
        if (log_.front().outcome.event == Event::Settled) {
            known_.erase(log_.front().ticket);
        }
        log_.pop_front();
    }
    return {};
}

}  // namespace aorta::transport
