#include "sink/mllp/client.hpp"

#include "common/hl7/escape.hpp"
#include "common/hl7/header.hpp"

#include <algorithm>
#include <array>

namespace aorta::plugins::mllp {
namespace {

constexpr std::size_t kMaxAnswer = AORTA_REPLY_MAX;

/// MSH-10 as an answer's MSA-2 will decode to; empty if there is none.
std::string control_id_of(std::string_view message) {
    const Result<hl7::Header> header = hl7::Header::parse(message);
    return header.ok() ? hl7::decode(header->field(10), header->delimiters()) : std::string{};
}

/// The offset of a byte that would end the frame early, or begin another.
std::size_t find_framing_byte(std::string_view message) {
    return std::min(message.find(hl7::kFrameStart), message.find(hl7::kFrameEnd));
}

}  // namespace

void Client::deliver(std::span<const Delivery> deliveries) {
    is_held_back_ = false;
    std::size_t next = 0;
    std::optional<Failure> failure;
    while (!failure) {
        const bool may_send = next < deliveries.size() && !is_held_back_;
        if (may_send && sent_.size() < config_.window) {
            failure = send(deliveries[next]);
            next += failure ? 0 : 1;
        } else if (!sent_.empty()) {
            failure = settle_one();
        } else {
            break;
        }
        if (failure && failure->reason == kConnectionLost && has_answered_) {
            failure = send_again();
        }
    }
    if (failure) {
        disconnect();
        for (const Sent& sent : sent_) {
            sent.delivery.fail(failure->code, failure->reason);
        }
        sent_.clear();
    }
    const Failure rest = failure.value_or(Failure{ErrorCode::Unavailable, kHeldBack});
    for (; next < deliveries.size(); ++next) {
        deliveries[next].fail(rest.code, rest.reason);
    }
}

std::optional<Client::Failure> Client::send(const Delivery& delivery) {
    const std::string_view message = delivery.record().payload();
    std::string control_id = control_id_of(message);
    if (control_id.empty()) {
        delivery.fail(ErrorCode::InvalidData, kNoControlId, "MSH-10");
        return {};
    }
    if (const std::size_t at = find_framing_byte(message); at != std::string_view::npos) {
        delivery.fail(ErrorCode::InvalidData, kFramingByte, "byte " + std::to_string(at));
        return {};
    }
    if (sent_.empty() && stream_.is_open() && is_stale()) {
        disconnect();
    }
    if (!stream_.is_open()) {
        if (const auto failure = connect()) {
            return failure;
        }
    }
    frame_.clear();
    hl7::append_frame(message, frame_);
    if (const auto failure = write(frame_, host_.steady() + config_.timeout)) {
        return failure;
    }
    sent_.push_back({delivery, std::move(control_id), host_.steady() + config_.timeout});
    return {};
}

/// Many peers end the connection after an answer, or when it was quiet; the message that met the
/// end is sent by a new one at once. If that one ends without any answer, too, it is an outage.
std::optional<Client::Failure> Client::send_again() {
    disconnect();
    if (const auto failure = connect()) {
        return failure;
    }
    for (Sent& sent : sent_) {
        sent.deadline = host_.steady() + config_.timeout;
        frame_.clear();
        hl7::append_frame(sent.delivery.record().payload(), frame_);
        if (const auto failure = write(frame_, sent.deadline)) {
            return failure;
        }
    }
    return {};
}

/// The peer has ended the connection, or has said something unasked, such as the answer to a
/// message that was given up: whatever it says next cannot be trusted either.
bool Client::is_stale() {
    std::array<char, 1> byte{};
    return !received_.empty() || stream_.read(byte).status != net::IoResult::Status::WouldBlock;
}

std::optional<Client::Failure> Client::connect() {
    Result<net::Stream> stream = net::connect(config_.connect, config_.connect_timeout);
    if (!stream.ok()) {
        host_.log(AORTA_LOG_WARN, "connect_failed", {{"why", stream.error().message}});
        return Failure{stream.error().code, kUnreachable};
    }
    stream_ = std::move(*stream);
    reader_ = hl7::FrameReader{kMaxAnswer};
    host_.log(AORTA_LOG_INFO, "connected");
    return {};
}

void Client::disconnect() {
    stream_ = {};
    received_.clear();
    has_answered_ = false;
}

std::optional<Client::Failure> Client::write(std::string_view bytes, Nanoseconds deadline) {
    while (!bytes.empty()) {
        const net::IoResult result = stream_.write(bytes);
        if (result.status == net::IoResult::Status::Closed) {
            return Failure{ErrorCode::Unavailable, kConnectionLost};
        }
        bytes.remove_prefix(result.bytes);
        if (result.status == net::IoResult::Status::WouldBlock &&
            !net::wait(stream_, net::Ready::Write, deadline - host_.steady())) {
            return Failure{ErrorCode::Timeout, kNoAnswer};
        }
    }
    return {};
}

std::optional<Client::Failure> Client::settle_one() {
    while (received_.empty()) {
        if (const auto failure = receive(sent_.front().deadline)) {
            return failure;
        }
    }
    const std::string text = std::move(received_.front());
    received_.pop_front();
    const Result<hl7::ParsedAck> answer = hl7::parse_ack(text);
    if (!answer.ok()) {
        return Failure{ErrorCode::ResourceExhausted, kWrongAnswer};
    }
    const auto match = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        return sent.control_id == answer->control_id;
    });
    if (match == sent_.end()) {
        return Failure{ErrorCode::ResourceExhausted, kWrongAnswer};
    }
    match->delivery.reply(text);
    end(match->delivery, *answer);
    sent_.erase(match);
    return {};
}

std::optional<Client::Failure> Client::receive(Nanoseconds deadline) {
    std::array<char, 8192> bytes;
    const net::IoResult result = stream_.read(bytes);
    if (result.status == net::IoResult::Status::Closed) {
        return Failure{ErrorCode::Unavailable, kConnectionLost};
    }
    if (result.status == net::IoResult::Status::WouldBlock) {
        if (!net::wait(stream_, net::Ready::Read, deadline - host_.steady())) {
            return Failure{ErrorCode::Timeout, kNoAnswer};
        }
        return {};
    }
    bool is_too_large = false;
    reader_.feed({bytes.data(), result.bytes}, [&](const hl7::FrameEvent& event) {
        if (event.kind == hl7::FrameEvent::Kind::Frame) {
            received_.emplace_back(event.payload);
        }
        is_too_large |= event.kind == hl7::FrameEvent::Kind::Oversize;
    });
    if (is_too_large) {
        return Failure{ErrorCode::ResourceExhausted, kWrongAnswer};
    }
    return {};
}

void Client::end(const Delivery& delivery, const hl7::ParsedAck& answer) {
    has_answered_ = true;
    switch (answer.code) {
        case hl7::AckCode::AA:
        case hl7::AckCode::CA:
            delivery.done();
            break;
        case hl7::AckCode::AE:
        case hl7::AckCode::CE:
            is_held_back_ = is_held_back_ || config_.is_ae_retried;
            delivery.fail(
                config_.is_ae_retried ? ErrorCode::ResourceExhausted : ErrorCode::InvalidData,
                kAe,
                answer.error_location);
            break;
        case hl7::AckCode::AR:
        case hl7::AckCode::CR:
            delivery.fail(ErrorCode::InvalidData, kAr, answer.error_location);
            break;
    }
}

}  // namespace aorta::plugins::mllp
