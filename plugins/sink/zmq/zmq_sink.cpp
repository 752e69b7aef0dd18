#include "sink/zmq/zmq_sink.hpp"

#include <zmq.h>

#include <algorithm>

namespace aorta::plugins::zmq_sink {
namespace {

constexpr std::size_t kMostParts = 16;
// How soon a wait notices that the sink is to stop.
constexpr Nanoseconds kGlance = std::chrono::milliseconds{100};

zmq::Socket::Kind kind_of(Pattern pattern) {
    switch (pattern) {
        case Pattern::Push:
            return zmq::Socket::Kind::Push;
        case Pattern::Pub:
            return zmq::Socket::Kind::Pub;
        case Pattern::Req:
            return zmq::Socket::Kind::Dealer;  // may begin anew after no answer
    }
    return zmq::Socket::Kind::Push;
}

}  // namespace

ZmqSink::ZmqSink(Settings settings, Host host)
    : settings_(std::move(settings)), host_(host), node_(settings_.node) {}

Result<void> ZmqSink::start() {
    Result<void> started = node_.start();
    return started.ok() ? open() : started;
}

Result<void> ZmqSink::open() {
    auto socket = node_.open(kind_of(settings_.pattern), [this](zmq::Socket& fresh) {
        fresh.set(ZMQ_LINGER,
                  static_cast<int>(
                      std::chrono::ceil<std::chrono::milliseconds>(settings_.timeout).count()));
        // Messages wait with us, where they are counted, until somebody is there.
        fresh.set(ZMQ_IMMEDIATE, 1);
        fresh.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(AORTA_REPLY_MAX));
        if (settings_.pattern == Pattern::Pub) {
            fresh.set(ZMQ_XPUB_NODROP, 1);
        }
        if (settings_.pattern == Pattern::Req) {
            fresh.set(ZMQ_LINGER, 0);
        }
    });
    if (!socket.ok()) {
        return socket.error();
    }
    socket_ = std::move(*socket);
    return {};
}

void ZmqSink::consume(std::span<const Delivery> deliveries) {
    bool is_held_back = false;
    for (const Delivery& delivery : deliveries) {
        if (is_held_back) {
            delivery.fail(ErrorCode::Unavailable, kHeldBack);
            continue;
        }
        if (const auto failure = send(delivery)) {
            delivery.fail(failure->code, failure->reason);
            // What is tried again goes before those behind it.
            is_held_back = retryable(failure->code);
        } else {
            delivery.done();
        }
    }
}

std::optional<ZmqSink::Failure> ZmqSink::send(const Delivery& delivery) {
    if (socket_.get() == nullptr && !open().ok()) {
        return Failure{ErrorCode::Unavailable, kNoPeer};
    }
    std::vector<std::string> parts;
    if (settings_.pattern == Pattern::Req) {
        parts.emplace_back();
    } else if (!settings_.topic.empty()) {
        parts.push_back(settings_.topic);
    }
    parts.emplace_back(delivery.record().payload());
    auto failure = hand_over(std::move(parts));
    if (!failure && settings_.pattern == Pattern::Req) {
        failure = await_answer(delivery);
    }
    return failure;
}

std::optional<ZmqSink::Failure> ZmqSink::hand_over(std::vector<std::string> parts) {
    const Nanoseconds deadline = host_.steady() + settings_.timeout;
    while (!socket_.send_parts(parts)) {
        if (!wait(zmq::Socket::Ready::ToSend, deadline)) {
            return Failure{ErrorCode::Unavailable, kNoPeer};
        }
    }
    return {};
}

std::optional<ZmqSink::Failure> ZmqSink::await_answer(const Delivery& delivery) {
    const Nanoseconds deadline = host_.steady() + settings_.timeout;
    while (wait(zmq::Socket::Ready::ToReceive, deadline)) {
        const auto parts = socket_.receive_parts(kMostParts);
        if (!parts) {
            continue;
        }
        const bool is_answer = parts->size() == 2 && parts->front().empty();
        if (!is_answer || !parts->back().starts_with(settings_.expect)) {
            return Failure{ErrorCode::InvalidData, kWrongAnswer};
        }
        delivery.reply(parts->back());
        return {};
    }
    // A late answer must not be taken for that of the next message.
    socket_ = {};
    return Failure{ErrorCode::Timeout, kNoAnswer};
}

bool ZmqSink::wait(zmq::Socket::Ready ready, Nanoseconds deadline) const {
    while (!is_stopping_.load()) {
        const Nanoseconds left = deadline - host_.steady();
        if (left <= Nanoseconds{0}) {
            return false;
        }
        const auto glance = std::chrono::ceil<std::chrono::milliseconds>(std::min(left, kGlance));
        if (socket_.wait(ready, glance.count())) {
            return true;
        }
    }
    return false;
}

}  // namespace aorta::plugins::zmq_sink
