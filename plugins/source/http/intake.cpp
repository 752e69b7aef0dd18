// Requests becoming records, outcomes becoming answers.
#include "common/http/target.hpp"
#include "source/http/listener.hpp"

namespace aorta::plugins::http_source {
namespace {

constexpr std::size_t kMaxDrafts = 64;
/// A request must grow by this much within each request_timeout, or end.
constexpr std::uint64_t kProgress = std::uint64_t{64} << 10U;

/// What a record brings back with its outcome: the connection's number and the ticket of its
/// answer.
std::uint64_t cookie_of(std::uint32_t connection, std::uint32_t ticket) {
    return std::uint64_t{connection} << 32U | ticket;
}

std::string_view why_failed(unsigned status) {
    switch (status) {
        case 413:
            return "the body is larger than max_message";
        case 417:
            return "only 100-continue can be expected";
        case 431:
            return "the request's head is larger than max_header";
        case 501:
            return "no transfer coding but chunked";
        case 505:
            return "only HTTP/1.0 and HTTP/1.1 are spoken here";
        default:
            return "this is no HTTP request that can be read in one way only";
    }
}

}  // namespace

/// Takes the requests that have come, as far as it goes, and keeps the time of the one that has
/// only begun: from its first byte, and anew with each 64 KiB of it.
void Listener::work(Connection& connection) {
    const bool was_open = connection.is_request_open;
    const std::uint64_t before = connection.requests;
    take_requests(connection);
    connection.is_request_open = !connection.is_input_over && connection.reader.is_mid_request();
    const bool is_fresh = !was_open || connection.requests != before;
    if (is_fresh || connection.progress >= kProgress) {
        connection.request_since = now_;
        connection.progress = 0;
    }
}

void Listener::take_requests(Connection& connection) {
    using Event = http::RequestReader::Event;
    while (!connection.is_input_over && !connection.is_dead &&
           (connection.paused & (Connection::kCredit | Connection::kBacklog)) == 0) {
        if (connection.answers.size() >= kMaxUnanswered) {
            set_paused(connection, Connection::kBacklog, true);
            return;
        }
        switch (connection.reader.next()) {
            case Event::None:
                return;
            case Event::Head:
                on_head(connection);
                break;
            case Event::Request:
                on_request(connection);
                break;
            case Event::Failed:
                on_failure(connection);
                break;
        }
    }
}

void Listener::on_head(Connection& connection) {
    const http::Head& head = connection.reader.head();
    Admission& admission = connection.admission;
    admission = admit(head, config_, host_.now());
    connection.owes_continue = head.expects_continue && connection.reader.awaits_body();
    if (!admission.answer) {
        if (connection.owes_continue) {
            touch(connection);
        }
        return;
    }
    connection.reader.discard_body();
    if (admission.is_unauthorized) {
        counters_.requests_unauthorized.add();
    }
    if (connection.owes_continue) {  // it may send the body all the same, or may not
        connection.owes_continue = false;
        admission.asked.manner.closes = true;
        refuse(connection, admission.asked, *admission.answer);
        end_input(connection);
    }
}

void Listener::on_request(Connection& connection) {
    Admission& admission = connection.admission;
    connection.owes_continue = false;
    connection.quiet_since = now_;
    ++connection.requests;
    if (!admission.answer && admission.asked.is_fhir) {
        const std::string_view trouble =
            trouble_with_body(admission.call, connection.reader.body());
        if (!trouble.empty()) {
            admission.answer = refusal(true, 400, trouble);
        }
    }
    if (admission.answer) {
        refuse(connection, admission.asked, *admission.answer);
        if (admission.asked.manner.closes) {
            end_input(connection);
        }
    } else if (!waiting_.empty() || !offer(connection)) {
        hold(connection);
    }
}

void Listener::on_failure(Connection& connection) {
    const unsigned status = connection.reader.failure();
    const http::Head& head = connection.reader.head();
    Asked asked{.is_fhir = is_fhir_target(head.target, config_), .manner = {.closes = true}};
    counters_.requests_discarded.add();
    refuse(connection, asked, refusal(asked.is_fhir, status, why_failed(status)));
    end_input(connection);
}

/// Takes the request over, or returns false when the pipeline has no room for it yet.
bool Listener::offer(Connection& connection) {
    const std::string_view body = connection.reader.body();
    Buffer buffer = host_.try_buffer(body.size());
    if (!buffer) {
        return false;
    }
    buffer.append(body);
    Draft& draft = drafts_.emplace_back();
    draft.payload = std::move(buffer);
    draft.content_type = bytes_type_;
    describe(connection, draft);
    draft.position = ++position_;
    draft.connection = connection.id;
    const Asked& asked = connection.admission.asked;
    const std::uint32_t ticket = connection.answers.open(asked);
    draft.cookie = cookie_of(connection.id, ticket);
    if (!has_answers()) {
        settle(
            connection, ticket, answer_to(asked, {.kind = AORTA_ACK_ACCEPT}, AORTA_LEVEL_NONE, {}));
    }
    if (asked.manner.closes) {
        end_input(connection);
    }
    if (drafts_.size() >= kMaxDrafts) {
        push_drafts();
    }
    return true;
}

void Listener::describe(const Connection& connection, Draft& draft) const {
    const http::Head& head = connection.reader.head();
    const Admission& admission = connection.admission;
    const auto add = [&](std::uint32_t name, std::string_view value) {
        if (!value.empty()) {
            draft.attributes.emplace_back(name, std::string{value});
        }
    };
    add(names_.peer, connection.peer);
    add(names_.path, admission.path);
    add(names_.method, head.method);
    add(names_.media_type, admission.asked.media_type);
    for (std::size_t i = 0; i < names_.query.size(); ++i) {
        add(names_.query[i],
            http::query_value(admission.query, config_.query[i].name).value_or(""));
    }
    for (std::size_t i = 0; i < names_.headers.size(); ++i) {
        add(names_.headers[i], head.field(config_.headers[i].name));
    }
    if (!admission.asked.is_fhir) {
        return;
    }
    add(names_.interaction, interaction(admission.call.kind));
    add(names_.resource_type, admission.call.type);
    add(names_.resource_id, admission.call.id);
    if (admission.call.kind == FhirCall::Kind::ConditionalUpdate) {
        add(names_.criteria, admission.query);
    }
    add(names_.if_none_exist, head.field("If-None-Exist"));
    add(names_.if_match, head.field("If-Match"));
}

void Listener::hold(Connection& connection) {
    set_paused(connection, Connection::kCredit, true);
    waiting_.push_back(connection.id);
}

/// Those that waited longest go first, and nobody passes them.
void Listener::feed_waiting() {
    while (!waiting_.empty()) {
        Connection* connection = find(waiting_.front());
        if (connection != nullptr && !offer(*connection)) {
            return;
        }
        waiting_.pop_front();
        if (connection != nullptr) {
            set_paused(*connection, Connection::kCredit, false);
            touch(*connection);
            work(*connection);  // its next request joins the queue at the end
            charge_reserve(*connection);
        }
    }
}

void Listener::push_drafts() {
    if (!drafts_.empty()) {
        host_.push(drafts_);
        drafts_.clear();
    }
}

/// Answers in its turn a request that makes no record.
void Listener::refuse(Connection& connection, const Asked& asked, const http::Response& response) {
    if (response.status >= 400) {
        counters_.requests_refused.add();
        host_.log(AORTA_LOG_INFO,
                  "request_refused",
                  {{"peer", connection.peer}, {"status", std::int64_t{response.status}}});
    }
    settle(connection, connection.answers.open(asked), response);
}

void Listener::settle(Connection& connection,
                      std::uint32_t ticket,
                      const http::Response& response) {
    http::Manner manner = connection.answers.if_open(ticket)->manner;
    manner.closes = manner.closes || (is_stopped_ && connection.answers.is_last(ticket));
    connection.answers.settle(ticket, http::to_bytes(response, manner, host_.now()));
    touch(connection);
}

void Listener::on_ack(std::uint64_t cookie, const Outcome& answer) {
    if (is_loop_thread()) {  // within push: the turn flushes anyway
        apply(cookie, answer);
        return;
    }
    bool is_first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        is_first = inbox_.empty();
        inbox_.push_back({cookie,
                          answer.kind,
                          answer.code,
                          std::string{answer.reason},
                          std::string{answer.where},
                          std::string{answer.reply}});
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
        apply(news.cookie, {news.kind, news.code, news.reason, news.where, news.reply});
    }
    taken_.clear();
}

/// Writes an answer for whoever is still there; what a connection is owed is counted when it ends.
void Listener::apply(std::uint64_t cookie, const Outcome& outcome) {
    Connection* connection = find(static_cast<std::uint32_t>(cookie >> 32U));
    const auto ticket = static_cast<std::uint32_t>(cookie);
    const Asked* asked = connection == nullptr ? nullptr : connection->answers.if_open(ticket);
    if (asked != nullptr) {
        settle(*connection,
               ticket,
               answer_to(*asked, outcome, ack_policy_.level, config_.retry_after));
    }
}

}  // namespace aorta::plugins::http_source
