#include "sink/mllp/link.hpp"

#include "common/net/keepalive.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace aorta::plugins::mllp {
namespace {

using Status = net::IoResult::Status;

constexpr int kMostLooks = 64;
constexpr Nanoseconds kLogPause{std::chrono::minutes{1}};

}  // namespace

Link::Link(Host host, LinkConfig config)
    : host_(host),
      config_(std::move(config)),
      peer_(to_string(config_.connect)),
      wrong_answers_(host.counter("wrong_answers")) {
    if (config_.tls) {
        tls_.emplace(host, *config_.tls);
    }
}

void Link::refresh() {
    if (tls_) {
        tls_->refresh();
    }
}

std::optional<Failure> Link::open() {
    Result<net::Stream> stream = net::connect(config_.connect, config_.connect_timeout);
    if (!stream.ok()) {
        host_.log(
            AORTA_LOG_WARN, "connect_failed", {{"peer", peer_}, {"why", stream.error().message}});
        return Failure{Cause::Connect};
    }
    stream_ = std::move(*stream);
    net::watch_peer(stream_, config_.keepalive);
    if (const auto failure = tls_ ? shake_hands() : std::nullopt) {
        close();
        return failure;
    }
    reader_ = hl7::FrameReader{kMaxAnswer, config_.frame};
    host_.log(AORTA_LOG_INFO, "connected", {{"peer", peer_}});
    return {};
}

std::optional<Failure> Link::shake_hands() {
    tls_->secure(stream_);
    if (net::shake_hands(stream_, config_.connect_timeout)) {
        tls_->report_established(stream_, peer_);
        return {};
    }
    return Failure{Cause::Connect, net::reason(tls_->report_failure(stream_, peer_))};
}

Failure Link::lost() {
    const bool is_refused =
        tls_ && tls_->report_failure(stream_, peer_) == net::TlsFailure::PeerRefused;
    return {Cause::Connect,
            is_refused ? net::reason(net::TlsFailure::PeerRefused) : kConnectionLost};
}

void Link::close() {
    stream_ = {};
    received_.clear();
}

std::optional<Failure> Link::write(std::string_view payload, Nanoseconds deadline) {
    frame_.clear();
    hl7::append_frame(payload, frame_, config_.frame);
    std::string_view bytes = frame_;
    while (!bytes.empty()) {
        const net::IoResult result = stream_.write(bytes);
        if (result.status == Status::Closed) {
            return lost();
        }
        bytes.remove_prefix(result.bytes);
        if (result.status == Status::WouldBlock &&
            !net::wait(stream_, net::Ready::Write, deadline - host_.steady())) {
            return Failure{Cause::Timeout};
        }
    }
    return {};
}

std::optional<Failure> Link::wait(Nanoseconds deadline) {
    while (received_.empty()) {
        if (const auto failure = receive()) {
            return failure;
        }
        const Nanoseconds left = deadline - host_.steady();
        if (received_.empty() &&
            (left.count() <= 0 || (is_drained_ && !net::wait(stream_, net::Ready::Read, left)))) {
            return Failure{Cause::Timeout};
        }
    }
    return {};
}

std::optional<std::string> Link::take() {
    if (received_.empty()) {
        return {};
    }
    std::string payload = std::move(received_.front());
    received_.pop_front();
    return payload;
}

bool Link::look() {
    for (int turn = 0; turn < kMostLooks; ++turn) {
        if (receive()) {
            return false;
        }
        if (is_drained_) {
            return true;
        }
    }
    return false;  // it never stops talking
}

std::optional<Failure> Link::receive() {
    std::array<char, 8192> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
    const net::IoResult result = stream_.read(bytes);
    is_drained_ = result.status == Status::WouldBlock;
    if (result.status == Status::Closed) {
        return lost();
    }
    bool is_too_large = false;
    bool has_end_inside = false;
    const auto on_event = [&](const hl7::FrameEvent& event) {
        if (event.kind == hl7::FrameEvent::Kind::Frame) {
            received_.emplace_back(event.payload);
        }
        is_too_large |= event.kind == hl7::FrameEvent::Kind::Oversize;
        has_end_inside |= event.kind == hl7::FrameEvent::Kind::EndInside;
    };
    reader_.feed({bytes.data(), result.bytes}, on_event);
    if (is_drained_) {
        reader_.settle(on_event);  // of an answer little can be missing
    }
    if (has_end_inside) {
        return wrong_answer("an end byte stands inside");
    }
    return is_too_large ? std::optional(wrong_answer("it is larger than 1 MiB")) : std::nullopt;
}

Failure Link::wrong_answer(std::string_view why) {
    wrong_answers_.add();
    ++unlogged_;
    if (const Nanoseconds now = host_.steady(); now >= next_log_) {
        host_.log(AORTA_LOG_WARN,
                  "wrong_answer",
                  {{"peer", peer_}, {"why", why}, {"answers", std::exchange(unlogged_, 0)}});
        next_log_ = now + kLogPause;
    }
    return Failure{Cause::WrongAnswer};
}

}  // namespace aorta::plugins::mllp
