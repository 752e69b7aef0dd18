// Complete frames becoming records.
#include "source/mllp/cookie.hpp"
#include "source/mllp/listener.hpp"

namespace aorta::plugins::mllp {
namespace {

constexpr std::size_t kMaxDrafts = 64;

bool is_commit_block(std::string_view message) {
    return message == hl7::kCommitAck || message == hl7::kCommitNak;
}

}  // namespace

/// Takes a message over, or returns false when the pipeline has no room for it yet.
bool Listener::offer(Connection& connection, std::string_view message) {
    if (config_.has_commit && is_commit_block(message)) {
        if (message == hl7::kCommitNak) {
            counters_.answers_rejected.add();
            host_.log(AORTA_LOG_WARN, "answer_rejected", {{"peer", connection.peer}});
        }
        return true;
    }
    const std::string_view first = behind_envelope(message);
    const Result<hl7::Header> header = hl7::Header::parse(first);
    Arrival arrival{message, header_of(first), header.ok() ? &*header : nullptr};
    arrival.screening = screen(arrival.maybe_header, config_.accept);
    if (is_answered_here(connection, arrival)) {
        return true;
    }
    Buffer buffer = host_.try_buffer(message.size());
    if (!buffer) {
        return false;
    }
    buffer.append(message);
    Draft& draft = drafts_.emplace_back();
    draft.payload = std::move(buffer);
    draft.content_type = bytes_type_;
    draft.attributes.emplace_back(peer_attribute_, connection.peer);
    if (arrival.is_duplicate) {
        counters_.duplicates.add();
        draft.attributes.emplace_back(duplicate_attribute_, "true");
    }
    draft.position = ++position_;
    draft.connection = connection.id;
    draft.cookie = open_answer(connection, arrival);
    if (drafts_.size() >= kMaxDrafts) {
        push_drafts();
    }
    return true;
}

/// Of a frame that was given up only the beginning is left.
void Listener::refuse_frame(Connection& connection,
                            std::string_view begin,
                            std::string_view reason) {
    const std::string_view header_text = header_of(behind_envelope(begin));
    const Result<hl7::Header> header = hl7::Header::parse(header_text);
    if (!header.ok() || !header->is_ack()) {
        settle_here(connection, answers_.frame_refused(header_text, reason, host_.now()));
    }
}

/// True if the message goes no further. Nothing is remembered of one that does: the pipeline may
/// have no room for it yet.
bool Listener::is_answered_here(Connection& connection, Arrival& arrival) {
    if (is_refused(arrival.screening)) {
        counters_.frames_refused.add();
        settle_here(connection, answers_.refusal(arrival.header, arrival.screening, host_.now()));
        return true;
    }
    return arrival.screening == Screening::Ordinary &&
           ((duplicates_ && is_answered_as_duplicate(connection, arrival)) ||
            (sequences_ && is_answered_by_number(connection, arrival)));
}

bool Listener::is_answered_as_duplicate(Connection& connection, Arrival& arrival) {
    arrival.print = duplicates_->fingerprint(*arrival.maybe_header, arrival.message);
    Duplicates::Known* known = duplicates_->find(arrival.print, now_);
    if (known == nullptr) {
        return false;
    }
    if (duplicates_->action() == OnDuplicate::Pass) {
        arrival.is_duplicate = true;
        return false;
    }
    counters_.duplicates.add();
    if (duplicates_->action() == OnDuplicate::Replay) {
        replay(connection, arrival.header, *known);
    } else {
        const Outcome refused{.kind = AORTA_ACK_REFUSE,
                              .code = ErrorCode::InvalidData,
                              .reason = "mllp.duplicate",
                              .where = "MSH-10"};
        settle_here(connection, answers_.first(arrival.header, refused, host_.now()));
    }
    return true;
}

bool Listener::is_answered_by_number(Connection& connection, Arrival& arrival) {
    using Kind = Sequences::Finding::Kind;
    const Sequences::Finding finding = sequences_->check(*arrival.maybe_header, arrival.message);
    arrival.is_numbered = finding.kind == Kind::Expected;
    const std::string_view header = arrival.header;
    if (finding.kind == Kind::LinkStart) {
        settle_here(connection,
                    {answers_.link_start(header, finding.expected, host_.now()), std::string{}});
        return true;
    }
    if (finding.kind == Kind::Unexpected) {
        counters_.sequence_errors.add();
        const Outcome error{.kind = AORTA_ACK_ERROR,
                            .code = ErrorCode::InvalidData,
                            .reason = "mllp.sequence_number",
                            .where = "MSH-13"};
        settle_here(connection, answers_.first(header, error, host_.now(), finding.expected));
        return true;
    }
    return false;
}

/// The cookie of a message that goes into the pipeline; 0 when its sender is owed nothing.
std::uint64_t Listener::open_answer(Connection& connection, const Arrival& arrival) {
    if (arrival.screening == Screening::NoHeader) {
        settle_here(connection, {answers_.no_header(host_.now()), std::string{}});
        return 0;
    }
    if (arrival.screening == Screening::Acknowledgement) {
        if (config_.has_commit) {
            settle_here(connection, {answers_.taken(), std::string{}});
        }
        return 0;
    }
    const bool has_second = AckMode::of(arrival.maybe_header).has_second_answer();
    const bool is_remembered = duplicates_ && !arrival.is_duplicate;
    const std::uint32_t ticket = connection.answers.open(arrival.header);
    if (!has_answers()) {
        settle(connection, ticket, {{}, std::string{}});
    }
    const std::uint64_t cookie = cookie_of(connection.id, ticket, has_second || is_remembered);
    if (is_remembered) {
        if (duplicates_->is_id_known(arrival.print)) {
            counters_.control_ids_reused.add();
        }
        duplicates_->begin(arrival.print, cookie, has_second, now_);
    }
    if (arrival.is_numbered) {
        sequences_->begin(*arrival.maybe_header, cookie);
    }
    return cookie;
}

void Listener::push_drafts() {
    if (!drafts_.empty()) {
        host_.push(drafts_);
        drafts_.clear();
    }
}

void Listener::hold(Connection& connection, std::string_view message) {
    if ((connection.paused & Connection::kCredit) == 0) {
        set_paused(connection, Connection::kCredit, true);
        waiting_.push_back(connection.id);
    }
    connection.held.emplace_back(message);
    connection.held_bytes += message.size();
}

/// Those that waited longest go first, and nobody passes them.
void Listener::feed_waiting() {
    while (!waiting_.empty()) {
        Connection* connection = find(waiting_.front());
        while (connection != nullptr && !connection->held.empty()) {
            if (!offer(*connection, connection->held.front())) {
                charge_reserve(*connection);
                return;
            }
            connection->held_bytes -= connection->held.front().size();
            connection->held.pop_front();
        }
        if (connection != nullptr) {
            charge_reserve(*connection);
            set_paused(*connection, Connection::kCredit, false);
            touch(*connection);
        }
        waiting_.pop_front();
    }
}

}  // namespace aorta::plugins::mllp
