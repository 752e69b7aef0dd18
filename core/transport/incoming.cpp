#include "transport/incoming.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::transport {
namespace {

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
    log_sent_ = log_end_ - 1;
    if (Result<void> confirmed = confirm(outcomes_taken); !confirmed.ok()) {
        return confirmed;
    }
    log_sent_ = log_first_ - 1;
    log_sent_runs_ = 0;
    return {};
}

/// What has not entered the pipeline comes again; what has is remembered by its id.
void Incoming::forget_sender() {
    waiting_.clear();
    waiting_bytes_ = 0;
    received_ = 0;
    for (Logged& logged : log_) {
        if (logged.outcome.event == Event::Settled) {
            const std::uint64_t count = std::exchange(logged.outcome.count, 1);
            for (std::uint64_t i = 0; i < count; ++i) {
                known_.find(logged.ticket + i)->told.push_back(logged.outcome);
            }
        }
    }
    log_.clear();
    log_first_ = log_end_ = 1;
    log_sent_runs_ = 0;
    // In the order in which they came, so that the oldest are forgotten first.
    known_.each_behind(0, [&](Ticket ticket, Known& known) {
        if (known.sequence != 0) {
            known.sequence = 0;
            orphans_.try_emplace(known.identity, ticket);
            if (known.is_settled) {
                settled_orphans_.push_back(ticket);
            }
        }
        return true;
    });
    forget_oldest();
}

void Incoming::forget_oldest() {
    while (settled_orphans_.size() > limits_.remembered) {
        const Ticket ticket = settled_orphans_.front();
        settled_orphans_.pop_front();
        const Known* const found = known_.find(ticket);
        // It may have been sent again since.
        if (found == nullptr || found->sequence != 0) {
            continue;
        }
        const auto orphan = orphans_.find(found->identity);
        if (orphan != orphans_.end() && orphan->second == ticket) {
            orphans_.erase(orphan);
        }
        known_.take(ticket);
    }
}

Result<void> Incoming::take(std::uint64_t previous, OwnedBytes body) {
    if (previous != received_) {
        return broken("has left out records");
    }
    auto records = read_body(body.bytes, previous, limits_.max_record);
    if (!records.ok()) {
        return records.error();
    }
    std::uint64_t bytes = 0;
    for (const WireRecord& record : *records) {
        if (arrived_bytes_ + bytes >= limit()) {
            return broken("sends more than it may");
        }
        bytes += record.bytes;
        know_names_of(record);
    }
    if (names_.size() > limits_.names) {
        return broken("uses too many names of content types and attributes");
    }
    received_ = records->back().sequence;
    waiting_.push_back({std::move(body), std::move(*records)});
    arrived_bytes_ += bytes;
    waiting_bytes_ += bytes;
    return {};
}

void Incoming::know_names_of(const WireRecord& record) {
    const auto know = [&](std::string_view name) {
        if (!names_.contains(name)) {
            names_.emplace(name);
        }
    };
    know(record.content_type);
    for (const auto& [name, value] : record.attributes) {
        know(name);
    }
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
    Known& known = *known_.find(ticket);
    known.sequence = record.sequence;
    for (Outcome& outcome : known.told) {
        outcome.sequence = record.sequence;
        log(ticket, outcome);
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
    known_.put(++last_ticket_, Known{identity_of(record), record.sequence});
    drop_front();
    return last_ticket_;
}

void Incoming::happened(Ticket ticket, Outcome outcome) {
    Known* const found = known_.find(ticket);
    AORTA_CHECK(found != nullptr && !found->is_settled);
    Known& known = *found;
    outcome.sequence = known.sequence;
    known.is_settled = outcome.event == Event::Settled;
    if (known.sequence == 0 || !known.is_settled) {
        known.told.push_back(outcome);
    }
    if (known.sequence != 0) {
        log(ticket, std::move(outcome));
    } else if (known.is_settled) {
        settled_orphans_.push_back(ticket);
    }
    forget_oldest();
}

/// Makes the last run longer, if that was not sent.
void Incoming::log(Ticket ticket, Outcome outcome) {
    ++log_end_;
    if (log_.size() > log_sent_runs_) {
        Logged& last = log_.back();
        if (last.ticket + last.outcome.count == ticket &&
            last.outcome.sequence + last.outcome.count == outcome.sequence &&
            last.outcome.count < kMaxOutcomes && outcome.event != Event::Reply &&
            says_the_same(last.outcome, outcome)) {
            ++last.outcome.count;
            return;
        }
    }
    log_.push_back({ticket, std::move(outcome)});
}

std::optional<Outcomes> Incoming::next_outcomes() {
    Outcomes outcomes{.first = log_sent_ + 1};
    std::uint64_t count = 0;
    std::uint64_t replies = 0;
    for (std::size_t run = log_sent_runs_; run < log_.size() && outcomes.list.size() < kMaxRuns;
         ++run) {
        const Outcome& outcome = log_[run].outcome;
        replies += outcome.reply.size();
        const bool is_too_much = replies > kMaxReply || count + outcome.count > kMaxOutcomes;
        if (is_too_much && !outcomes.list.empty()) {
            break;
        }
        count += outcome.count;
        outcomes.list.push_back(outcome);
    }
    if (outcomes.list.empty()) {
        return {};
    }
    log_sent_ += count;
    log_sent_runs_ += outcomes.list.size();
    return outcomes;
}

Result<void> Incoming::confirm(std::uint64_t number) {
    if (number > log_sent_) {
        return broken("confirms outcomes that it was not told");
    }
    while (log_first_ <= number) {
        Logged& run = log_.front();
        const std::uint64_t count = std::min(run.outcome.count, number - log_first_ + 1);
        for (std::uint64_t i = 0; i < count && run.outcome.event == Event::Settled; ++i) {
            known_.take(run.ticket + i);
        }
        log_first_ += count;
        run.ticket += count;
        run.outcome.sequence += count;
        run.outcome.count -= count;
        if (run.outcome.count == 0) {
            log_.pop_front();
            log_sent_runs_ -= std::min<std::size_t>(log_sent_runs_, 1);
        }
    }
    return {};
}

}  // namespace aorta::transport
