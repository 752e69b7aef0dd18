// Messages of foreign ZeroMQ programs as records.
#pragma once

#include "common/zmq/node.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aorta::plugins::zmq_source {

enum class Pattern { Pull, Sub, Rep };

struct Settings {
    zmq::NodeConfig node = {};
    Pattern pattern = Pattern::Pull;
    std::vector<std::string> subscribe = {};
    bool has_topic = false;
    std::uint64_t max_message_bytes = 0;
};

/// One thread owns the socket; `on_credit` and `on_ack` may come from any and only leave word.
class ZmqSource final : public Source {
public:
    ZmqSource(Settings settings, Host host);

    ~ZmqSource() override { stop(); }

    Result<void> start() override;
    void stop() override;
    void on_credit() override;
    void on_ack(std::uint64_t cookie, const Outcome& answer) override;

private:
    struct Answer {
        std::uint64_t cookie;
        std::string text;
        bool is_none;
    };

    /// A part that becomes a record as soon as there is room for it.
    struct Waiting {
        std::string payload;
        std::string topic;
        std::uint64_t cookie;
    };

    void run(const std::stop_token& stop);
    bool push_waiting();
    bool receive();
    void take(std::vector<std::string> parts);
    void take_request(std::vector<std::string> parts);
    bool send_answers();
    void count_refused();

    const Settings settings_;
    Host host_;
    zmq::Node node_;
    const std::uint32_t content_type_;
    const std::uint32_t topic_;
    const Counter malformed_;
    const Counter refused_;
    const Counter unanswered_;
    zmq::Waker waker_;

    // The thread's own:
    zmq::Socket socket_;
    std::deque<Waiting> waiting_;
    std::unordered_map<std::uint64_t, std::string> asking_;  // routing ids by cookie
    std::uint64_t last_ = 0;
    std::uint64_t counted_refused_ = 0;

    std::mutex mutex_;  // guards answers_
    std::vector<Answer> answers_;
    std::jthread thread_;
};

}  // namespace aorta::plugins::zmq_source
