// Outcomes of the pipeline becoming answers.
#include "source/mllp/cookie.hpp"
#include "source/mllp/listener.hpp"

#include <algorithm>

namespace aorta::plugins::mllp {

void Listener::on_ack(std::uint64_t cookie, const Outcome& answer) {
    hear(cookie, answer, false);
}

void Listener::on_settled(std::uint64_t cookie, const Outcome& fate) {
    if (wants_fate(cookie)) {
        hear(cookie, fate, true);
    }
}

void Listener::hear(std::uint64_t cookie, const Outcome& outcome, bool is_fate) {
    if (is_loop_thread()) {  // within push: the turn flushes anyway
        apply(cookie, outcome, is_fate);
        return;
    }
    bool is_first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        is_first = inbox_.empty();
        inbox_.push_back({cookie,
                          is_fate,
                          outcome.kind,
                          outcome.code,
                          std::string{outcome.reason},
                          std::string{outcome.where},
                          std::string{outcome.reply}});
    }
    if (is_first) {
        poller_.wake();
    }
}

void Listener::take_inbox() {
    {
        const std::lock_guard lock(inbox_mutex_);
        taken_.swap(inbox_);
    }
    for (const News& news : taken_) {
        apply(
            news.cookie, {news.kind, news.code, news.reason, news.where, news.reply}, news.is_fate);
    }
    taken_.clear();
}

void Listener::apply(std::uint64_t cookie, const Outcome& outcome, bool is_fate) {
    if (cookie == 0) {
        return;
    }
    if (sequences_ && !is_fate) {
        sequences_->on_answer(cookie, outcome.kind == AORTA_ACK_ACCEPT);
    }
    tell(cookie, outcome, is_fate);
    if (duplicates_) {
        tell_duplicates(cookie, outcome, is_fate);
    }
}

/// Writes an answer for whoever is still there; what a connection is owed is counted when it ends.
void Listener::tell(std::uint64_t cookie, const Outcome& outcome, bool is_fate) {
    Connection* connection = find(connection_of(cookie));
    if (connection == nullptr) {
        return;
    }
    const std::uint32_t ticket = ticket_of(cookie);
    AnswerQueue& queue = connection->answers;
    if (is_fate) {
        if (const std::string* header = queue.header_if_second_open(ticket)) {
            queue.settle_second(ticket, answers_.second(*header, outcome, host_.now()));
            touch(*connection);
        }
    } else if (const std::string* header = queue.header_if_first_open(ticket)) {
        if (outcome.kind == AORTA_ACK_NONE) {
            queue.end_at(ticket);
            touch(*connection);
        } else {
            settle(*connection, ticket, answers_.first(*header, outcome, host_.now()));
        }
    }
}

void Listener::tell_duplicates(std::uint64_t cookie, const Outcome& outcome, bool is_fate) {
    if (!is_fate) {
        for (const std::uint64_t other : duplicates_->on_ack(cookie, outcome).cookies) {
            tell(other, outcome, false);
        }
        return;
    }
    const Duplicates::Echo echo = duplicates_->on_fate(cookie, outcome);
    Outcome late = outcome;  // the answer that the first message did not get in time
    late.kind = outcome.kind == AORTA_FATE_DELIVERED || outcome.kind == AORTA_FATE_FILTERED
                    ? AORTA_ACK_ACCEPT
                    : AORTA_ACK_ERROR;
    for (const std::uint64_t other : echo.cookies) {
        if (echo.is_first_due) {
            tell(other, late, false);
        }
        tell(other, outcome, true);
    }
}

/// Answers a duplicate with what is known of the first, and lets it wait for the rest.
void Listener::replay(Connection& connection, std::string_view header, Duplicates::Known& known) {
    if (!has_answers()) {
        return;
    }
    const std::uint64_t cookie = cookie_of(connection.id, connection.answers.open(header), false);
    if (known.is_accepted) {
        tell(cookie, {.kind = AORTA_ACK_ACCEPT, .reply = known.reply}, false);
    }
    if (known.is_settled) {
        tell(cookie, {.kind = AORTA_FATE_DELIVERED}, true);
    } else if (!known.is_accepted || known.has_second_answer) {
        known.waiting.push_back(cookie);
    }
}

void Listener::settle(Connection& connection, std::uint32_t ticket, FirstAnswer answer) {
    if (answer.is_reply_unusable) {
        counters_.replies_unusable.add();
        host_.log(AORTA_LOG_WARN, "reply_unusable", {{"peer", connection.peer}});
    }
    connection.answers.settle_first(ticket, std::move(answer.bytes), std::move(answer.second));
    touch(connection);
}

/// Answers in the order of arrival what the pipeline has no say in.
void Listener::settle_here(Connection& connection, FirstAnswer answer) {
    if (has_answers()) {
        settle(connection, connection.answers.open({}), std::move(answer));
    }
}

void Listener::count_unsent(const Connection& connection) {
    const auto unsent_frames =
        std::count(connection.out.begin() + static_cast<std::ptrdiff_t>(connection.sent),
                   connection.out.end(),
                   config_.frame.end);
    const std::uint64_t unsent =
        connection.answers.owed() + static_cast<std::uint64_t>(unsent_frames);
    if (unsent != 0) {
        counters_.answers_unsent.add(unsent);
        host_.log(AORTA_LOG_WARN,
                  "answers_unsent",
                  {{"peer", connection.peer}, {"answers", static_cast<std::int64_t>(unsent)}});
    }
}

/// Before the answers that tell of accepted numbers leave.
void Listener::save_sequences() {
    if (!sequences_ || !sequences_->needs_saving()) {
        return;
    }
    if (const Result<void> saved = sequences_->save(); !saved.ok()) {
        host_.log(AORTA_LOG_ERROR, "sequence_not_saved", {{"error", saved.error().message}});
    }
}

}  // namespace aorta::plugins::mllp
