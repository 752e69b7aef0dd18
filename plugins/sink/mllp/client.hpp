// Sends HL7 v2 messages over MLLP, credits each with its own acknowledgement, and does what the
// policy says of it.
#pragma once

#include "sink/mllp/link.hpp"
#include "sink/mllp/policy.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::mllp {

inline constexpr std::string_view kStopped = "mllp.stopped";  // where: the cause's name
inline constexpr std::string_view kHeldBack = "mllp.held_back";
inline constexpr std::string_view kNoControlId = "mllp.no_control_id";
inline constexpr std::string_view kFramingByte = "mllp.framing_byte";

struct ClientConfig {
    LinkConfig link;
    Nanoseconds timeout{0};              // for sending a message, and again for each of its answers
    Nanoseconds retry_pause{0};          // at least, before a message is sent again by `retry`
    Nanoseconds max_idle{0};             // a connection quiet for longer is replaced; 0: never
    std::size_t window = 1;              // messages under way at a time
    bool waits_for_application = false;  // enhanced mode: CA is not enough
    bool has_commit = false;             // MLLP release 2: a commit acknowledgement comes first
    bool keeps_open = true;              // false: a connection for each message
    Policy policy = {};
};

/// One connection. Blocks its caller. One thread at a time.
class Client {
public:
    Client(Host host, ClientConfig config);

    Result<void> start() { return link_.start(); }

    /// Ends every delivery. A message that is to be sent again holds back all that follow, so that
    /// the order is kept.
    void deliver(std::span<const Delivery> deliveries);

private:
    enum class Awaits { Accept, Application, Nothing };

    struct Sent {
        Delivery delivery;
        std::string control_id;  // as hl7::id_text
        bool is_enhanced = false;
        bool has_application = false;  // enhanced mode: an application acknowledgement will come
        bool is_committed = false;
        Awaits awaits = Awaits::Application;
        Nanoseconds deadline{0};
    };

    static Sent expectation(const Delivery& delivery);
    bool may_send(const Delivery& delivery) const;
    void send(const Delivery& delivery);
    std::optional<Failure> transmit(Sent& sent);
    void prepare(std::string_view control_id);
    void disconnect();
    void settle_one();
    void settle_unanswered();
    void fail(const Failure& failure);
    std::optional<Failure> send_again();
    std::optional<Failure> credit(const std::string& payload);
    std::optional<Failure> credit_commit(bool is_taken);
    void credit_answer(Sent& sent, const hl7::ParsedAck& answer, const std::string& payload);
    void remember(const std::string& control_id);
    bool is_late(std::string_view control_id) const;
    bool take_late(std::string_view payload);
    void acknowledge(std::string_view answer);
    void finish(Sent& sent, Cause cause, std::string_view where = {});
    void give_up(const Failure& failure);
    void end(const Delivery& delivery, const Failure& why, std::string_view where = {});
    void hold_back(const Delivery& delivery);
    Action decide(const Delivery& delivery, Cause cause) const;

    Host host_;
    ClientConfig config_;
    Link link_;
    std::string with_cr_ends_;  // a message from a file, as it goes over the wire
    Counter late_refusals_;
    std::vector<Sent> sent_;        // messages without their answer
    std::deque<std::string> late_;  // control ids done, for which an answer may still come
    std::optional<Cause> stopped_by_;
    Nanoseconds last_use_{0};
    std::uint64_t acknowledged_ = 0;
    bool has_answered_ = false;  // the peer, on this connection
    bool is_held_back_ = false;  // a message of this call is to be sent again: send no later one
};

}  // namespace aorta::plugins::mllp
