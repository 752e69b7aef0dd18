// Records as messages to foreign ZeroMQ programs.
#pragma once

#include "common/zmq/node.hpp"

#include <aorta/sdk.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::zmq_sink {

enum class Pattern { Push, Pub, Req };

inline constexpr std::string_view kNoPeer = "zmq.no_peer";
inline constexpr std::string_view kNoAnswer = "zmq.no_answer";
inline constexpr std::string_view kWrongAnswer = "zmq.wrong_answer";
inline constexpr std::string_view kHeldBack = "zmq.held_back";

struct Settings {
    zmq::NodeConfig node = {};
    Pattern pattern = Pattern::Push;
    std::string topic = {};   ///< empty: no part in front of the payload
    std::string expect = {};  ///< req: what an answer must begin with
    Nanoseconds timeout{0};
};

/// Blocks in `consume` until the message is handed over, or answered, or the time is over.
class ZmqSink final : public Sink {
public:
    ZmqSink(Settings settings, Host host);

    Result<void> start() override;

    void stop() override { is_stopping_.store(true); }

    void consume(std::span<const Delivery> deliveries) override;

private:
    struct Failure {
        ErrorCode code;
        std::string_view reason;
    };

    Result<void> open();
    std::optional<Failure> send(const Delivery& delivery);
    std::optional<Failure> hand_over(std::vector<std::string> parts);
    std::optional<Failure> await_answer(const Delivery& delivery);
    bool wait(zmq::Socket::Ready ready, Nanoseconds deadline) const;

    const Settings settings_;
    Host host_;
    zmq::Node node_;
    zmq::Socket socket_;
    std::atomic<bool> is_stopping_{false};
};

}  // namespace aorta::plugins::zmq_sink
