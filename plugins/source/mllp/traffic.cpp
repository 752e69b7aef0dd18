// The bytes of the connections: reading, writing, time limits.
#include "source/mllp/listener.hpp"

#include <algorithm>

namespace aorta::plugins::mllp {
namespace {

/// An open frame must grow by this much within each frame_timeout, or end.
constexpr std::uint64_t kFrameProgress = std::uint64_t{64} << 10U;
/// A sender that pipelines more than this, or leaves this many bytes of answers unread, is not read
/// from until it has caught up.
constexpr std::size_t kMaxUnanswered = 1024;
constexpr std::size_t kMaxUnsent = std::size_t{256} << 10U;

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
    if (!reserve_allows(connection)) {
        set_paused(connection, Connection::kReserve, true);
        has_reserve_waiters_ = true;
        return;
    }
    const net::IoResult result = connection.stream.read(scratch_);
    if (!is_welcome(connection, {scratch_.data(), result.bytes})) {
        close(connection);
    } else if (result.status == net::IoResult::Status::Closed) {
        if (tls_) {
            tls_->report_failure(connection.stream, connection.peer);
        }
        end_input(connection);
    } else if (result.status == net::IoResult::Status::Done) {
        bool has_completed_frame = false;
        connection.reader.feed({scratch_.data(), result.bytes}, [&](const hl7::FrameEvent& event) {
            has_completed_frame |= event.kind == hl7::FrameEvent::Kind::Frame;
            on_frame_event(connection, event);
        });
        note_end(connection);
        note_progress(connection, result.bytes, has_completed_frame);
    }
    if (connection.stream.wants_write()) {
        update_interest(connection);
    }
    charge_reserve(connection);
}

/// Looks at what a connection begins with: a TLS hello that nobody here understands would be
/// skipped as noise, and leave the sender waiting.
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

/// An end byte with nothing behind it: it takes silence to know that the frame is over.
void Listener::note_end(Connection& connection) {
    if (!connection.reader.awaits_silence()) {
        return;
    }
    if (config_.end_silence.count() == 0) {
        settle_frame(connection);
        return;
    }
    connection.end_since = now_;
    next_check_ = std::min(next_check_, now_ + config_.end_silence);
}

/// While we do not read, nothing can follow.
bool Listener::awaits_silence(const Connection& connection) {
    return connection.reader.awaits_silence() && connection.paused == 0 && !connection.is_read_done;
}

void Listener::settle_frame(Connection& connection) {
    connection.reader.settle(
        [&](const hl7::FrameEvent& event) { on_frame_event(connection, event); });
    connection.is_frame_open = connection.reader.in_frame();
    charge_reserve(connection);
}

void Listener::note_progress(Connection& connection, std::size_t bytes, bool has_completed_frame) {
    const bool was_open = connection.is_frame_open && !has_completed_frame;
    connection.is_frame_open = connection.reader.in_frame();
    connection.frame_progress += bytes;
    if (connection.is_frame_open && (!was_open || connection.frame_progress >= kFrameProgress)) {
        connection.frame_since = now_;
        connection.frame_progress = 0;
    }
}

void Listener::on_frame_event(Connection& connection, const hl7::FrameEvent& event) {
    using Kind = hl7::FrameEvent::Kind;
    switch (event.kind) {
        case Kind::Frame:
            connection.quiet_since = now_;
            if (connection.is_dead || is_stopped_) {
                discard(connection, "nobody could be answered", 1, event.size);
                break;
            }
            if (!connection.held.empty() || !waiting_.empty() ||
                !offer(connection, event.payload)) {
                hold(connection, event.payload);
            }
            break;
        case Kind::Noise:
            counters_.noise_bytes.add(event.size);
            if (!connection.has_told_of_noise) {
                connection.has_told_of_noise = true;
                host_.log(
                    AORTA_LOG_WARN,
                    "noise",
                    {{"peer", connection.peer}, {"bytes", static_cast<std::int64_t>(event.size)}});
            }
            break;
        case Kind::NoFinalCr:
            counters_.frames_unterminated.add();
            break;
        case Kind::Resync:
            discard(connection, "another frame began", 1, event.size);
            break;
        case Kind::Oversize:
            discard(connection, "larger than max_message", 1, event.size);
            refuse_frame(connection, event.payload, "mllp.message_too_large");
            break;
        case Kind::EndInside:
            discard(connection, "its end byte stood inside", 1, event.size);
            refuse_frame(connection, event.payload, "mllp.end_inside_message");
            break;
        case Kind::Truncated:
            discard(connection, "the stream ended", 1, event.size);
            break;
    }
}

void Listener::discard(const Connection& connection,
                       const char* why,
                       std::uint64_t frames,
                       std::uint64_t bytes) {
    if (frames != 0) {
        counters_.frames_discarded.add(frames);
        host_.log(AORTA_LOG_WARN,
                  "frames_discarded",
                  {{"peer", connection.peer},
                   {"why", why},
                   {"frames", static_cast<std::int64_t>(frames)},
                   {"bytes", static_cast<std::int64_t>(bytes)}});
    }
}

/// Complete frames that waited for credit: never accepted and never answered, the sender has them.
void Listener::discard_held(Connection& connection, const char* why) {
    discard(connection, why, connection.held.size(), connection.held_bytes);
    connection.held.clear();
    connection.held_bytes = 0;
}

void Listener::end_input(Connection& connection) {
    connection.reader.close(
        [&](const hl7::FrameEvent& event) { on_frame_event(connection, event); });
    connection.is_read_done = true;
    connection.done_since = now_;
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
    for (const std::uint32_t id : touched_) {
        if (Connection* connection = find(id); connection != nullptr) {
            connection->is_touched = false;
            flush(*connection);
        }
    }
    touched_.clear();
}

void Listener::flush(Connection& connection) {
    if (!connection.is_ending && !connection.answers.take(connection.out)) {
        connection.is_ending = true;
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
    const bool is_all_answered = connection.answers.size() == 0 && connection.held.empty();
    const bool is_over = connection.is_ending || (connection.is_read_done && is_all_answered);
    if (is_over && !connection.has_output()) {
        close(connection);
        return;
    }
    set_paused(connection,
               Connection::kBacklog,
               connection.answers.size() >= kMaxUnanswered ||
                   connection.out.size() - connection.sent >= kMaxUnsent);
    update_interest(connection);
}

void Listener::close(Connection& connection) {
    connection.is_dead = true;
    discard_held(connection, "the connection ended");
    connection.reader.close(
        [&](const hl7::FrameEvent& event) { on_frame_event(connection, event); });
    charge_reserve(connection);
    count_unsent(connection);
    dead_.push_back(connection.id);
}

void Listener::set_paused(Connection& connection, Connection::Pause why, bool is_paused) {
    const auto before = connection.paused;
    const auto bit = static_cast<std::uint8_t>(why);
    connection.paused = static_cast<std::uint8_t>(is_paused ? before | bit : before & ~bit);
    if (connection.paused == 0 && before != 0) {
        connection.frame_since = now_;  // the wait was ours, not the sender's
        connection.quiet_since = now_;
        connection.done_since = now_;
        note_end(connection);
    }
    update_interest(connection);
}

void Listener::update_interest(Connection& connection) {
    const net::Poller::Interest wanted{
        .read = connection.paused == 0 && !connection.is_read_done && !connection.is_ending,
        .write = connection.has_output() || connection.stream.wants_write()};
    if (wanted != connection.interest) {
        connection.interest = wanted;
        poller_.change(connection.stream.fd(), connection.id, wanted);
    }
}

/// One connection at a time may go beyond the reserve: so a frame always gets finished, and memory
/// stays below the reserve plus one message.
bool Listener::reserve_allows(Connection& connection) {
    if (reserve_used_ < config_.partial_frames_bytes) {
        return true;
    }
    if (reserve_owner_ == 0) {
        reserve_owner_ = connection.id;
    }
    return reserve_owner_ == connection.id;
}

void Listener::charge_reserve(Connection& connection) {
    const std::uint64_t charge = connection.reader.buffered_bytes() + connection.held_bytes;
    reserve_used_ += charge - connection.charged;
    connection.charged = charge;
    if (charge == 0 && reserve_owner_ == connection.id) {
        reserve_owner_ = 0;
    }
}

void Listener::resume_reserve() {
    if (reserve_used_ >= config_.partial_frames_bytes && reserve_owner_ != 0) {
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
    next_check_ = now_ + config_.frame_timeout;
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
    if (awaits_silence(connection)) {
        return std::min(connection.end_since + config_.end_silence,
                        connection.frame_since + config_.frame_timeout);
    }
    if (connection.has_output()) {
        return connection.write_since + config_.frame_timeout;
    }
    if (connection.is_read_done && connection.held.empty()) {
        // Most have left for good: one whose fate takes hours must not hold its descriptor. What
        // the engine answers comes within its own time-out, if it has one.
        const bool may_wait_for_ever =
            ack_policy_.timeout_ns == 0 && connection.answers.is_first_owed();
        return may_wait_for_ever ? std::nullopt
                                 : std::optional{connection.done_since +
                                                 std::max(config_.frame_timeout,
                                                          Nanoseconds{ack_policy_.timeout_ns})};
    }
    if (connection.paused != 0 || connection.is_read_done) {
        return std::nullopt;
    }
    if (connection.stream.is_in_handshake()) {
        return connection.quiet_since + config_.frame_timeout;
    }
    if (connection.is_frame_open) {
        return connection.frame_since + config_.frame_timeout;
    }
    if (config_.idle_timeout.count() > 0 && connection.answers.size() == 0) {
        return connection.quiet_since + config_.idle_timeout;
    }
    return std::nullopt;
}

void Listener::expire(Connection& connection) {
    if (awaits_silence(connection) && now_ >= connection.end_since + config_.end_silence) {
        settle_frame(connection);
        return;
    }
    if (connection.stream.is_in_handshake()) {
        connection.stream.tls()->give_up();
        tls_->report_failure(connection.stream, connection.peer);
        close(connection);
        return;
    }
    if (!connection.has_output() && connection.is_frame_open && !connection.is_read_done) {
        host_.log(AORTA_LOG_WARN, "frame_timeout", {{"peer", connection.peer}});
        end_input(connection);  // counts the partial frame; earlier answers still leave
        return;
    }
    const char* why = connection.has_output()   ? "answers_not_taken"
                      : connection.is_read_done ? "sender_left"
                                                : "idle_timeout";
    host_.log(connection.has_output() ? AORTA_LOG_WARN : AORTA_LOG_INFO,
              why,
              {{"peer", connection.peer}});
    close(connection);
}

}  // namespace aorta::plugins::mllp
