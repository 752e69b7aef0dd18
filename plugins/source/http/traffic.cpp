// The bytes of the connections: reading, writing, time limits.
#include "source/http/listener.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace aorta::plugins::http_source {
namespace {

/// A client that leaves this many bytes of answers unread is not read from until it has caught up.
constexpr std::size_t kMaxUnsent = std::size_t{256} << 10U;
/// For a client to read our last answer: a socket that is closed with bytes unread is reset, and
/// the answer may be lost.
constexpr Nanoseconds kLinger = std::chrono::seconds{2};

}  // namespace

void Listener::on_event(const net::Poller::Event& event) {
    Connection* connection = find(static_cast<std::uint32_t>(event.tag));
    if (connection == nullptr) {
        return;
    }
    if (event.writable) {
        touch(*connection);
    }
    const bool is_readable =
        event.readable || event.broken || (event.writable && connection->stream.wants_write());
    if (connection->interest.read && is_readable) {
        read(*connection);
    } else if (event.broken) {
        close(*connection);
    }
}

void Listener::read(Connection& connection) {
    if (!connection.is_lingering && !reserve_allows(connection)) {
        set_paused(connection, Connection::kReserve, true);
        has_reserve_waiters_ = true;
        return;
    }
    const net::IoResult result = connection.stream.read(scratch_);
    const std::string_view bytes{scratch_.data(), result.bytes};
    if (connection.is_lingering) {
        if (result.status == net::IoResult::Status::Closed) {
            close(connection);
        }
        return;
    }
    if (!is_welcome(connection, bytes)) {
        close(connection);
    } else if (result.status == net::IoResult::Status::Closed) {
        if (tls_) {
            tls_->report_failure(connection.stream, connection.peer);
        }
        connection.has_peer_ended = true;
        discard_partial(connection, "the stream ended");
        end_input(connection);
    } else if (result.status == net::IoResult::Status::Done) {
        connection.reader.feed(bytes);
        connection.progress += bytes.size();
        work(connection);
    }
    if (connection.stream.wants_write()) {
        update_interest(connection);
    }
    charge_reserve(connection);
}

/// Looks at what a connection begins with: a TLS hello that nobody here understands would only be
/// a bad request.
bool Listener::is_welcome(Connection& connection, std::string_view bytes) {
    if (connection.is_greeted || connection.stream.is_in_handshake() || (!tls_ && bytes.empty())) {
        return true;
    }
    connection.is_greeted = true;
    if (tls_) {
        tls_->report_established(connection.stream, connection.peer);
        return true;
    }
    const bool is_tls = bytes.starts_with("\x16\x03");
    if (is_tls) {
        counters_.connections_refused.add();
        host_.log(AORTA_LOG_WARN,
                  "connection_refused",
                  {{"peer", connection.peer}, {"why", "tls_on_a_plaintext_port"}});
    }
    return !is_tls;
}

/// A request that has not come whole: never accepted and never answered.
void Listener::discard_partial(Connection& connection, const char* why) {
    if (!connection.is_input_over && !connection.has_held() && connection.reader.is_mid_request()) {
        counters_.requests_discarded.add();
        host_.log(AORTA_LOG_WARN, "request_discarded", {{"peer", connection.peer}, {"why", why}});
    }
}

void Listener::end_input(Connection& connection) {
    connection.is_input_over = true;
    connection.is_request_open = false;
    connection.owes_continue = false;
    connection.over_since = now_;
    charge_reserve(connection);
    touch(connection);
}

void Listener::touch(Connection& connection) {
    if (!connection.is_touched) {
        connection.is_touched = true;
        touched_.push_back(connection.id);
    }
}

void Listener::flush_touched() {
    for (const std::uint32_t id : std::exchange(touched_, {})) {
        if (Connection* connection = find(id); connection != nullptr) {
            connection->is_touched = false;
            flush(*connection);
        }
    }
}

void Listener::flush(Connection& connection) {
    connection.answers.take(connection.out);
    if (connection.owes_continue && connection.answers.size() == 0) {
        connection.owes_continue = false;
        connection.out += http::kContinue;
        connection.request_since = now_;  // the wait was ours, not the client's
    }
    if (connection.has_output()) {
        const net::IoResult result =
            connection.stream.write(std::string_view{connection.out}.substr(connection.sent));
        if (result.status == net::IoResult::Status::Closed) {
            close(connection);
            return;
        }
        if (result.bytes > 0 || !connection.interest.write) {
            connection.write_since = now_;
        }
        connection.sent += result.bytes;
        if (!connection.has_output()) {
            connection.out.clear();
            connection.sent = 0;
            connection.quiet_since = now_;
        }
    }
    const bool is_all_answered = connection.answers.size() == 0 && !connection.has_held();
    if (connection.is_input_over && is_all_answered && !connection.has_output()) {
        begin_lingering(connection);
        return;
    }
    set_paused(connection,
               Connection::kBacklog,
               connection.answers.size() >= kMaxUnanswered ||
                   connection.out.size() - connection.sent >= kMaxUnsent);
    update_interest(connection);
}

void Listener::begin_lingering(Connection& connection) {
    if (connection.has_peer_ended) {
        close(connection);
        return;
    }
    if (!connection.is_lingering) {
        connection.is_lingering = true;
        connection.over_since = now_;
        next_check_ = std::min(next_check_, now_ + kLinger);
        ::shutdown(connection.stream.fd(), SHUT_WR);
        update_interest(connection);
    }
}

void Listener::close(Connection& connection) {
    if (!connection.has_peer_ended) {
        discard_partial(connection, "the connection ended");
    }
    if (connection.has_held()) {  // never accepted
        counters_.requests_discarded.add();
    }
    connection.is_dead = true;
    connection.is_input_over = true;
    charge_reserve(connection);
    const std::size_t unsent = connection.answers.size() + (connection.has_output() ? 1 : 0);
    if (unsent != 0) {
        counters_.answers_unsent.add(unsent);
        host_.log(AORTA_LOG_WARN,
                  "answers_unsent",
                  {{"peer", connection.peer}, {"answers", static_cast<std::int64_t>(unsent)}});
    }
    dead_.push_back(connection.id);
}

void Listener::set_paused(Connection& connection, Connection::Pause why, bool is_paused) {
    const auto before = connection.paused;
    const auto bit = static_cast<std::uint8_t>(why);
    connection.paused = static_cast<std::uint8_t>(is_paused ? before | bit : before & ~bit);
    if (connection.paused == 0 && before != 0) {
        connection.request_since = now_;  // the wait was ours, not the client's
        connection.quiet_since = now_;
        connection.over_since = now_;
        resumed_.push_back(connection.id);
    }
    update_interest(connection);
}

void Listener::update_interest(Connection& connection) {
    const bool reads = connection.paused == 0 && !connection.is_input_over;
    const net::Poller::Interest wanted{
        .read = reads || connection.is_lingering,
        .write = connection.has_output() || connection.stream.wants_write()};
    if (wanted != connection.interest) {
        connection.interest = wanted;
        poller_.change(connection.stream.fd(), connection.id, wanted);
    }
}

/// One connection at a time may go beyond the reserve: so a request always gets finished, and
/// memory stays below the reserve plus one message.
bool Listener::reserve_allows(Connection& connection) {
    if (reserve_used_ < config_.partial_requests_bytes) {
        return true;
    }
    if (reserve_owner_ == 0) {
        reserve_owner_ = connection.id;
    }
    return reserve_owner_ == connection.id;
}

void Listener::charge_reserve(Connection& connection) {
    const bool is_over = connection.is_dead || (connection.is_input_over && !connection.has_held());
    const std::uint64_t charge = is_over ? 0 : connection.reader.buffered_bytes();
    reserve_used_ += charge - connection.charged;
    connection.charged = charge;
    if (charge == 0 && reserve_owner_ == connection.id) {
        reserve_owner_ = 0;
    }
}

void Listener::resume_reserve() {
    if (reserve_used_ >= config_.partial_requests_bytes && reserve_owner_ != 0) {
        return;
    }
    has_reserve_waiters_ = false;
    for (const auto& [id, connection] : connections_) {
        if ((connection->paused & Connection::kReserve) != 0) {
            set_paused(*connection, Connection::kReserve, false);
        }
    }
}

void Listener::check_deadlines() {
    resume_accepting();
    if (tls_) {
        tls_->refresh();
    }
    // Whatever begins from now on ends later than this.
    next_check_ = now_ + config_.request_timeout;
    if (config_.idle_timeout.count() > 0) {
        next_check_ = std::min(next_check_, now_ + config_.idle_timeout);
    }
    for (const auto& [id, connection] : connections_) {
        const auto due = connection->is_dead ? std::nullopt : deadline(*connection);
        if (due && *due <= now_) {
            expire(*connection);
        } else if (due) {
            next_check_ = std::min(next_check_, *due);
        }
    }
}

std::optional<Nanoseconds> Listener::deadline(const Connection& connection) const {
    if (connection.is_lingering) {
        return connection.over_since + kLinger;
    }
    if (connection.has_output()) {
        return connection.write_since + config_.request_timeout;
    }
    if (connection.has_peer_ended) {
        // Most have left for good: an answer that takes hours must not hold their descriptors.
        return connection.over_since +
               std::max(config_.request_timeout, Nanoseconds{ack_policy_.timeout_ns});
    }
    if (connection.paused != 0 || connection.is_input_over) {
        return std::nullopt;  // the pipeline answers within its own time-out, if it has one
    }
    if (connection.stream.is_in_handshake()) {
        return connection.quiet_since + config_.request_timeout;
    }
    if (connection.owes_continue && connection.answers.size() != 0) {
        return std::nullopt;  // it waits for 100, which waits for the answers before it
    }
    if (connection.is_request_open) {
        return connection.request_since + config_.request_timeout;
    }
    if (config_.idle_timeout.count() > 0 && connection.answers.size() == 0) {
        return connection.quiet_since + config_.idle_timeout;
    }
    return std::nullopt;
}

void Listener::expire(Connection& connection) {
    if (connection.stream.is_in_handshake()) {
        connection.stream.tls()->give_up();
        tls_->report_failure(connection.stream, connection.peer);
    } else if (connection.has_output()) {
        host_.log(AORTA_LOG_WARN, "answers_not_taken", {{"peer", connection.peer}});
    } else if (connection.is_request_open) {
        discard_partial(connection, "request_timeout");
        refuse(connection, {.manner = {.closes = true}}, refusal(false, 408, "too slow"));
        end_input(connection);  // earlier answers still leave
        return;
    }
    close(connection);
}

}  // namespace aorta::plugins::http_source
