// Sends HL7 v2 messages over MLLP and credits each with its own acknowledgement.
#pragma once

#include "common/hl7/ack.hpp"
#include "common/hl7/frame.hpp"
#include "common/net/address.hpp"
#include "common/net/socket.hpp"

#include <aorta/sdk.hpp>

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// The reasons that deliveries fail for.
inline constexpr std::string_view kUnreachable = "mllp.unreachable";
inline constexpr std::string_view kConnectionLost = "mllp.connection_lost";
inline constexpr std::string_view kNoAnswer = "mllp.no_answer";
inline constexpr std::string_view kWrongAnswer = "mllp.wrong_answer";
inline constexpr std::string_view kAe = "mllp.ae";
inline constexpr std::string_view kAr = "mllp.ar";
inline constexpr std::string_view kHeldBack = "mllp.held_back";
inline constexpr std::string_view kNoControlId = "mllp.no_control_id";
inline constexpr std::string_view kFramingByte = "mllp.framing_byte";

struct ClientConfig {
    net::HostPort connect;
    Nanoseconds timeout{0};          // for sending a message, and again for its answer
    Nanoseconds connect_timeout{0};  // for each address of the name
    std::size_t window = 1;          // messages under way at a time
    bool is_ae_retried = false;
};

/// One connection, made when needed and closed whenever it is in doubt. Blocks its caller. One
/// thread at a time.
class Client {
public:
    Client(Host host, ClientConfig config) : host_(host), config_(std::move(config)) {}

    /// Ends every delivery. An outage fails those under way and all that were still to come, so
    /// that the order is kept when they are tried again.
    void deliver(std::span<const Delivery> deliveries);

private:
    struct Failure {
        ErrorCode code;
        std::string_view reason;
    };

    struct Sent {
        Delivery delivery;
        std::string control_id;
        Nanoseconds deadline;
    };

    /// Nothing when the message was sent, or was ended on its own account.
    std::optional<Failure> send(const Delivery& delivery);
    /// Nothing when all that has no answer yet went out on a new connection.
    std::optional<Failure> send_again();
    std::optional<Failure> connect();
    std::optional<Failure> write(std::string_view bytes, Nanoseconds deadline);
    /// Waits for one answer and ends the delivery that it belongs to.
    std::optional<Failure> settle_one();
    std::optional<Failure> receive(Nanoseconds deadline);
    void end(const Delivery& delivery, const hl7::ParsedAck& answer);
    bool is_stale();
    void disconnect();

    Host host_;
    ClientConfig config_;
    net::Stream stream_;
    hl7::FrameReader reader_;
    std::deque<std::string> received_;  // answers not looked at yet
    std::deque<Sent> sent_;             // messages without an answer
    std::string frame_;
    bool has_answered_ = false;  // the peer, on this connection
    bool is_held_back_ = false;  // a message of this call is to be retried: send no later one
};

}  // namespace aorta::plugins::mllp
