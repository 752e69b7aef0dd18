#include "transport/outgoing.hpp"

#include <algorithm>

namespace aorta::transport {
namespace {

// More than the fixed part of a record and its numbers take.
constexpr std::uint64_t kHeadBytes = 1'024;

template <class Do>
void for_each_share(message::Record& record, const Do& act) {
    act(record.share);
    std::ranges::for_each(record.more_shares, act);
}

Error unexpected(const char* what) {
    return {ErrorCode::Corrupt, std::string{"the other side of the link speaks of "} + what};
}

}  // namespace

std::uint64_t Outgoing::size_of(const message::Record& record) {
    std::uint64_t bytes = kHeadBytes + record.length;
    for (const auto& [name, value] : record.attributes()) {
        bytes += value.size() + 16;
    }
    return bytes + (record.view == nullptr ? 0 : record.view->length);
}

Result<void> Outgoing::check(const message::Record& record) const {
    const bool has_long_name = names_.name(record.content_type).size() > kMaxName ||
                               std::ranges::any_of(record.attributes(), [&](const auto& attribute) {
                                   return names_.name(attribute.first).size() > kMaxName;
                               });
    if (has_long_name || record.attributes().size() > kMaxAttributes) {
        return Error{ErrorCode::InvalidData,
                     "a record with more than 256 attributes, or a name of more than 255 bytes, "
                     "cannot go over a link"};
    }
    if (size_of(record) > limits_.max_record) {
        return Error{ErrorCode::ResourceExhausted, "a record is too large for the link"};
    }
    return {};
}

void Outgoing::offer(std::uint32_t edge, message::RecordPtr record) {
    const std::uint64_t bytes = size_of(*record);
    held_bytes_ += bytes;
    held_.put(++last_, Held{std::move(record), edge, bytes});
}

Result<void> Outgoing::begin(std::uint64_t own_instance,
                             std::uint64_t other_instance,
                             const Resume& others,
                             std::uint64_t credit) {
    const bool knows_us = others.instance == own_instance;
    if (knows_us && others.received > farthest_) {
        return unexpected("records that were not sent");
    }
    if (other_instance != other_instance_) {
        other_instance_ = other_instance;
        taken_ = 0;
    }
    is_up_ = true;
    sent_ = knows_us ? others.received : 0;
    sent_bytes_ = 0;
    limit_ = credit;
    return {};
}

std::string Outgoing::next(std::string head) {
    // One allocation for a usual body: what is aimed at, and a record.
    head.reserve(head.size() + limits_.body + limits_.body / 8);
    BodyWriter body{names_, sent_, std::move(head)};
    held_.each_behind(sent_, [&](std::uint64_t sequence, const Held& held) {
        const auto bytes = body.add(*held.record, sequence, held.edge, lineage_of(*held.record));
        if (!bytes) {
            return false;
        }
        resent_ += sequence <= farthest_ ? 1 : 0;
        sent_bytes_ += *bytes;
        sent_ = sequence;
        return body.size() < limits_.body && sent_bytes_ < limit_;
    });
    farthest_ = std::max(farthest_, sent_);
    return body.take();
}

void Outgoing::give_up(const message::Fate& fate) {
    Numbered<Held> held = std::exchange(held_, {});
    held_bytes_ = 0;
    held.each_behind(0, [&](std::uint64_t /*sequence*/, const Held& one) {
        one.record->settle(fate);
        return true;
    });
}

Lineage Outgoing::lineage_of(const message::Record& record) const {
    Lineage lineage;
    lineage.is_required =
        record.share.is_required() ||
        std::ranges::any_of(record.more_shares, [](const auto& one) { return one.is_required(); });
    lineage.keeps_failures = record.senders_keep_failures();
    if (const message::Settler* settler = record.share.settler(); settler != nullptr) {
        const auto wanted = std::ranges::find_if(
            reply_nodes_, [&](std::uint32_t node) { return settler->wants_reply(node); });
        if (wanted != reply_nodes_.end()) {
            lineage.reply_from = *wanted;
        }
    }
    return lineage;
}

Result<void> Outgoing::take(const Outcomes& outcomes) {
    if (!is_up_ || outcomes.first > taken_ + 1) {
        return unexpected("outcomes behind a gap");
    }
    std::uint64_t number = outcomes.first;
    for (const Outcome& run : outcomes.list) {
        for (std::uint64_t i = 0; i < run.count; ++i) {
            if (number++ <= taken_) {
                continue;
            }
            if (Result<void> applied = apply(run, run.sequence + i); !applied.ok()) {
                return applied;
            }
            ++taken_;
        }
    }
    return {};
}

Result<void> Outgoing::apply(const Outcome& outcome, std::uint64_t sequence) {
    const Held* const found = sequence > sent_ ? nullptr : held_.find(sequence);
    if (found == nullptr) {
        return unexpected("a record that is not under way");
    }
    message::Record& record = *found->record;
    switch (outcome.event) {
        case Event::Passed:
            for_each_share(record, [](const message::Share& share) { share.passed_after(); });
            break;
        case Event::Invalid:
            for_each_share(record, [](const message::Share& share) { share.mark_invalid(); });
            break;
        case Event::Reply:
            record.keep_reply(outcome.fate.node,
                              message::BufferRef{message::copy_of(outcome.reply, budget_)});
            break;
        case Event::Required:
            for_each_share(record, [&](message::Share& share) {
                share.split().settle(outcome.fate);
                share.make_optional();
            });
            break;
        case Event::Settled: {
            // Off the books first: a settled share may bring the next record.
            const std::optional<Held> held = held_.take(sequence);
            held_bytes_ -= held->bytes;
            if (outcome.is_parked) {
                for_each_share(*held->record, [](message::Share& share) { share.park(); });
            } else {
                held->record->settle(outcome.fate);
            }
            break;
        }
    }
    return {};
}

}  // namespace aorta::transport
