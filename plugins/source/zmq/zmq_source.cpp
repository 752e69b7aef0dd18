#include "source/zmq/zmq_source.hpp"

#include <zmq.h>

namespace aorta::plugins::zmq_source {
namespace {

constexpr std::size_t kMostParts = 1'024;
// Requests under way; more wait at their peers.
constexpr std::size_t kMostAsking = 1'024;
constexpr int kTurn = 64;
constexpr std::uint64_t kConnection = 1;  // ZeroMQ does not say whose a message is

zmq::Socket::Kind kind_of(Pattern pattern) {
    switch (pattern) {
        case Pattern::Pull:
            return zmq::Socket::Kind::Pull;
        case Pattern::Sub:
            return zmq::Socket::Kind::Sub;
        case Pattern::Rep:
            return zmq::Socket::Kind::Router;  // many requests at a time
    }
    return zmq::Socket::Kind::Pull;
}

/// "OK", "ERROR reason place" or "REFUSED reason place": nothing of the message.
std::string answer_text(const Outcome& answer) {
    if (!answer.reply.empty()) {
        return std::string{answer.reply};
    }
    if (answer.kind == AORTA_ACK_ACCEPT) {
        return "OK";
    }
    std::string text = answer.kind == AORTA_ACK_REFUSE ? "REFUSED" : "ERROR";
    for (const std::string_view part : {answer.reason, answer.where}) {
        text += part.empty() ? "" : " " + std::string{part};
    }
    return text;
}

}  // namespace

ZmqSource::ZmqSource(Settings settings, Host host)
    : settings_(std::move(settings)),
      host_(host),
      node_(settings_.node),
      content_type_(host.intern("bytes")),
      topic_(host.intern("topic")),
      malformed_(host.counter("messages_malformed")),
      refused_(host.counter("peers_refused")),
      unanswered_(host.counter("answers_unsent")) {}

Result<void> ZmqSource::start() {
    if (Result<void> started = node_.start(); !started.ok()) {
        return started;
    }
    auto socket = node_.open(kind_of(settings_.pattern), [this](zmq::Socket& fresh) {
        fresh.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(settings_.max_message_bytes));
        if (settings_.pattern == Pattern::Rep) {
            fresh.set(ZMQ_ROUTER_MANDATORY, 1);
        } else if (settings_.pattern == Pattern::Sub) {
            for (const std::string& topic : settings_.subscribe) {
                fresh.set(ZMQ_SUBSCRIBE, topic);
            }
        }
    });
    if (!socket.ok()) {
        return socket.error();
    }
    socket_ = std::move(*socket);
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    return {};
}

void ZmqSource::stop() {
    if (thread_.joinable()) {
        thread_.request_stop();
        waker_.wake();
        thread_.join();
    }
}

void ZmqSource::on_credit() {
    waker_.wake();
}

void ZmqSource::on_ack(std::uint64_t cookie, const Outcome& answer) {
    if (settings_.pattern != Pattern::Rep) {
        return;
    }
    {
        const std::scoped_lock lock(mutex_);
        answers_.push_back({cookie, answer_text(answer), answer.kind == AORTA_ACK_NONE});
    }
    waker_.wake();
}

void ZmqSource::run(const std::stop_token& stop) {
    const zmq::Socket none;
    while (!stop.stop_requested()) {
        send_answers();
        const bool reads = push_waiting() && asking_.size() < kMostAsking;
        if (!reads || !receive()) {
            // What does not read waits for credit or for answers.
            waker_.wait(reads ? socket_ : none, -1);
        }
        count_refused();
    }
    send_answers();
}

/// False while something waits for credit.
bool ZmqSource::push_waiting() {
    while (!waiting_.empty()) {
        Waiting& next = waiting_.front();
        Draft draft;
        draft.payload = host_.try_buffer(next.payload.size());
        if (!draft.payload) {
            return false;
        }
        draft.payload.append(next.payload);
        draft.content_type = content_type_;
        draft.connection = kConnection;
        draft.position = draft.cookie = next.cookie;
        if (settings_.has_topic) {
            draft.attributes.emplace_back(topic_, next.topic);
        }
        host_.push(std::move(draft));
        waiting_.pop_front();
    }
    return true;
}

bool ZmqSource::receive() {
    for (int i = 0; i < kTurn && waiting_.empty() && asking_.size() < kMostAsking; ++i) {
        auto parts = socket_.receive_parts(kMostParts);
        if (!parts) {
            return i > 0;
        }
        take(std::move(*parts));
        push_waiting();
    }
    return true;
}

void ZmqSource::take(std::vector<std::string> parts) {
    const std::size_t first = settings_.has_topic ? 1 : 0;
    if (settings_.pattern == Pattern::Rep) {
        take_request(std::move(parts));
    } else if (parts.size() > kMostParts || parts.size() <= first) {
        malformed_.add();
    } else {
        const std::string topic = settings_.has_topic ? std::move(parts.front()) : std::string{};
        for (std::size_t i = first; i < parts.size(); ++i) {
            waiting_.push_back({std::move(parts[i]), topic, ++last_});
        }
    }
}

/// Routing id, an empty part, the payload: what a REQ socket sends.
void ZmqSource::take_request(std::vector<std::string> parts) {
    if (parts.size() != 3 || !parts[1].empty()) {
        malformed_.add();
        if (parts.size() > 1) {
            socket_.send_parts({parts[0], "", "REFUSED zmq.not_one_part"});
        }
        return;
    }
    asking_.emplace(++last_, std::move(parts[0]));
    waiting_.push_back({std::move(parts[2]), {}, last_});
}

bool ZmqSource::send_answers() {
    std::vector<Answer> answers;
    {
        const std::scoped_lock lock(mutex_);
        answers.swap(answers_);
    }
    for (const Answer& answer : answers) {
        const auto asking = asking_.find(answer.cookie);
        if (asking == asking_.end()) {
            continue;
        }
        // After a time-out there is nothing to say that would be true.
        if (answer.is_none || !socket_.send_parts({asking->second, "", answer.text})) {
            unanswered_.add();
        }
        asking_.erase(asking);
    }
    return !answers.empty();
}

void ZmqSource::count_refused() {
    const std::uint64_t refused = node_.refused();
    if (refused != counted_refused_) {
        refused_.add(refused - counted_refused_);
        host_.log(AORTA_LOG_WARN,
                  "peers_refused",
                  {{"count", static_cast<std::int64_t>(refused - counted_refused_)}});
        counted_refused_ = refused;
    }
}

}  // namespace aorta::plugins::zmq_source
