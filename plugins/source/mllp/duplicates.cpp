#include "source/mllp/duplicates.hpp"

namespace aorta::plugins::mllp {
namespace {

/// Of all remembered replies together; one that does not fit is not remembered.
constexpr std::size_t kMaxReplyBytes = std::size_t{16} << 20U;

bool is_good(const Outcome& fate) {
    return fate.kind == AORTA_FATE_DELIVERED || fate.kind == AORTA_FATE_FILTERED;
}

}  // namespace

Duplicates::Fingerprint Duplicates::fingerprint(const hl7::Header& header,
                                                std::string_view message) const {
    const std::string_view control_id = header.field(10);
    if (control_id.empty()) {
        return {};
    }
    hash::SipHash id(key_);
    for (const std::string_view part : {header.field(3), header.field(4), control_id}) {
        id.add(part);
        id.add("\r");
    }
    hash::SipHash whole(key_);
    const std::string_view time = header.field(7);
    const auto before = static_cast<std::size_t>(time.data() - message.data());
    whole.add(message.substr(0, before));
    whole.add(message.substr(before + time.size()));
    return {whole.finish(), id.finish()};
}

Duplicates::Known* Duplicates::find(const Fingerprint& print, Nanoseconds now) {
    const auto found = known_.find(print.message);
    if (found == known_.end()) {
        return nullptr;
    }
    if (!is_under_way(found->second) && now - found->second.since >= rule_.window) {
        forget(found);
        return nullptr;
    }
    return &found->second;
}

void Duplicates::begin(const Fingerprint& print,
                       std::uint64_t cookie,
                       bool has_second_answer,
                       Nanoseconds now) {
    if (print.message == hash::Hash128{}) {
        return;
    }
    Known known;
    known.first_cookie = cookie;
    known.has_second_answer = has_second_answer;
    known.id = print.id;
    known.since = now;
    if (known_.emplace(print.message, std::move(known)).second) {
        ++ids_[print.id];
        under_way_.emplace(cookie, print.message);
        order_.emplace_back(now, print.message);
        expire(now);
    }
}

bool Duplicates::is_under_way(const Known& known) const {
    return under_way_.contains(known.first_cookie) || !known.waiting.empty();
}

/// Looks at two for each that comes, so that the bound holds and the work is bounded too. What
/// somebody waits for is kept, and what is under way as long as there is room.
void Duplicates::expire(Nanoseconds now) {
    for (int i = 0; i < 2; ++i) {
        const auto [since, hash] = order_.front();
        const bool is_full = order_.size() > rule_.max;
        if (!is_full && now - since < rule_.window) {
            return;
        }
        order_.pop_front();
        const auto found = known_.find(hash);
        if (found == known_.end() || found->second.since != since) {
            continue;
        }
        Known& known = found->second;
        if (!known.waiting.empty() || (!is_full && is_under_way(known))) {
            known.since = now;
            order_.emplace_back(now, hash);
        } else {
            forget(found);
        }
    }
}

void Duplicates::forget(Map::iterator entry) {
    const Known& known = entry->second;
    under_way_.erase(known.first_cookie);
    reply_bytes_ -= known.reply.size();
    const auto id = ids_.find(known.id);
    if (--id->second == 0) {
        ids_.erase(id);
    }
    known_.erase(entry);
}

Duplicates::Echo Duplicates::on_ack(std::uint64_t cookie, const Outcome& answer) {
    const auto under_way = under_way_.find(cookie);
    if (under_way == under_way_.end()) {
        return {};
    }
    const auto found = known_.find(under_way->second);
    Known& known = found->second;
    if (answer.kind == AORTA_ACK_NONE) {
        known.is_overdue = true;
        return {};
    }
    const bool is_kept =
        answer.kind == AORTA_ACK_ACCEPT && reply_bytes_ + answer.reply.size() <= kMaxReplyBytes;
    if (is_kept) {
        known.is_accepted = true;
        known.reply = answer.reply;
        reply_bytes_ += known.reply.size();
        return {known.waiting};
    }
    Echo echo{std::move(known.waiting)};
    forget(found);
    return echo;
}

Duplicates::Echo Duplicates::on_fate(std::uint64_t cookie, const Outcome& fate) {
    const auto under_way = under_way_.find(cookie);
    if (under_way == under_way_.end()) {
        return {};
    }
    const auto found = known_.find(under_way->second);
    Known& known = found->second;
    Echo echo{std::exchange(known.waiting, {}), known.is_overdue};
    // A sender that was told AA and hears no more must not be taken twice because of a dead letter.
    // What failed is kept nowhere: to take it again would mend that.
    const bool is_kept_elsewhere =
        fate.kind == AORTA_FATE_DEAD_LETTERED && known.is_accepted && !known.has_second_answer;
    if (is_good(fate) || is_kept_elsewhere) {
        known.is_accepted = known.is_settled = true;
        under_way_.erase(under_way);
    } else {
        forget(found);
    }
    return echo;
}

}  // namespace aorta::plugins::mllp
