#include "transport/peer.hpp"

#include <algorithm>

namespace aorta::transport {
namespace {

using base::Nanoseconds;

constexpr Nanoseconds kNever = Nanoseconds::max();
constexpr int kLostAfter = 3;  // heartbeats
constexpr std::uint64_t kTellOutcomes = 256;
constexpr std::uint64_t kTellArrived = 256U << 10U;
constexpr Nanoseconds kFirstPause = std::chrono::milliseconds{50};
constexpr std::uint32_t kMostDoublings = 8;  // to about 13 s

}  // namespace

Peer::Peer(PeerConfig config, const message::Interner& names, message::Budget& budget)
    : config_(std::move(config)),
      outgoing_(names, budget, config_.outgoing, config_.reply_nodes),
      incoming_(config_.incoming),
      line_(config_.compression != Compression::Off),
      jitter_(static_cast<std::minstd_rand::result_type>(config_.instance)),
      deadline_(config_.dials ? Nanoseconds{0} : kNever) {
    if (config_.dials) {
        session_ = (static_cast<std::uint64_t>(jitter_()) << 31U) | jitter_();
    }
}

void Peer::on_frame(std::string_view bytes, Nanoseconds now, BytesOwner owner) {
    const Result<Frame> frame = decode(bytes);
    if (!frame.ok()) {
        broken(now);
        return;
    }
    frame_owner_ = std::move(owner);
    std::visit([&](const auto& body) { take(body, *frame, now); }, frame->body);
}

Hello Peer::greeting() const {
    Hello hello;
    hello.from = config_.self;
    hello.to = config_.other;
    hello.pipeline = config_.pipeline;
    hello.fingerprint = config_.fingerprint;
    hello.instance = config_.instance;
    hello.dictionary = Coder::dictionary();
    hello.credit = incoming_.room();
    hello.max_record = config_.incoming.max_record;
    hello.resume = {incoming_.other_instance(), incoming_.received(), outgoing_.taken()};
    return hello;
}

bool Peer::fits(const Hello& hello) const {
    return hello.pipeline == config_.pipeline && hello.fingerprint == config_.fingerprint &&
           hello.max_record >= config_.outgoing.max_record;
}

Result<void> Peer::begin(const Hello& other, std::uint64_t session, Nanoseconds now) {
    const bool knows_us = other.resume.instance == config_.instance;
    if (Result<void> begun = incoming_.begin(other.instance, knows_us ? other.resume.outcomes : 0);
        !begun.ok()) {
        return begun;
    }
    if (Result<void> begun =
            outgoing_.begin(config_.instance, other.instance, other.resume, other.credit);
        !begun.ok()) {
        return begun;
    }
    state_ = State::Up;
    session_ = session;
    other_has_dictionary_ = other.dictionary == Coder::dictionary();
    line_.begin_session();
    began_at_ = heard_at_ = sent_at_ = now;
    arrived_ = 0;
    // A dialer has told its limit in the hello; its pipeline may have taken records since.
    told_ = {.limit = config_.dials ? told_.limit : incoming_.room(),
             .confirmed = outgoing_.taken()};
    trouble_.clear();
    ++counts_.sessions;
    set_deadline();
    return {};
}

void Peer::take(const Hello& hello, const Frame& frame, Nanoseconds now) {
    if (hello.instance == incoming_.other_instance() && frame.session <= session_) {
        // Their numbers rise: this one was overtaken, or came twice.
        ++counts_.stray;
    } else if (config_.dials || hello.from != config_.other || hello.to != config_.self) {
        refuse(Refusal::Denied, frame.session);
    } else if (hello.lowest > kVersion || frame.version < kVersion) {
        refuse(Refusal::Version, frame.session);
    } else if (!fits(hello)) {
        refuse(Refusal::Pipeline, frame.session);
    } else if (is_stopping_) {
        refuse(Refusal::Stopping, frame.session);
    } else {
        if (state_ == State::Up) {
            down("replaced", false, now);
        }
        if (!begin(hello, frame.session, now).ok()) {
            ++counts_.unreadable;
            refuse(Refusal::Unreadable, frame.session);
            return;
        }
        urgent_.push_back(send(Welcome{greeting()}));
    }
}

void Peer::refuse(Refusal reason, std::uint64_t session) {
    ++counts_.refused;
    trouble_ = to_string(reason);
    urgent_.push_back(encode({.session = session, .body = Refuse{reason}}));
}

void Peer::take(const Welcome& welcome, const Frame& frame, Nanoseconds now) {
    if (state_ != State::Greeting || frame.session != session_) {
        ++counts_.stray;
    } else if (welcome.from != config_.other || !fits(welcome) ||
               !begin(welcome, frame.session, now).ok()) {
        broken(now);
    }
}

void Peer::take(const Refuse& refused, const Frame& frame, Nanoseconds now) {
    if (state_ != State::Greeting || frame.session != session_) {
        ++counts_.stray;
        return;
    }
    ++counts_.refused;
    down(to_string(refused.reason), false, now);
}

void Peer::take(const Data& data, const Frame& frame, Nanoseconds now) {
    if (!is_of_session(frame, now)) {
        return;
    }
    arrived_ += data.body.size();
    auto body = coder_.decode(
        data, std::exchange(frame_owner_, {}), config_.incoming.max_record + kBodySlack);
    if (!body.ok() || !incoming_.take(data.previous, std::move(*body)).ok()) {
        broken(now);
    }
}

void Peer::take(const Outcomes& outcomes, const Frame& frame, Nanoseconds now) {
    if (is_of_session(frame, now) && !outgoing_.take(outcomes).ok()) {
        broken(now);
    }
}

void Peer::take(const Credit& credit, const Frame& frame, Nanoseconds now) {
    if (!is_of_session(frame, now)) {
        return;
    }
    const bool has_lost = credit.sent != incoming_.received() || credit.told != outgoing_.taken();
    if (has_lost || !incoming_.confirm(credit.confirmed).ok()) {
        broken(now);
        return;
    }
    outgoing_.credit(credit.limit);
    line_.arrived(credit.arrived, now);
}

void Peer::take(const Bye& bye, const Frame& frame, Nanoseconds now) {
    if (state_ == State::Down || frame.session != session_) {
        ++counts_.stray;
        return;
    }
    down(to_string(bye.reason), false, now);
}

bool Peer::is_of_session(const Frame& frame, Nanoseconds now) {
    if (state_ == State::Up && frame.session == session_) {
        heard_at_ = now;
        return true;
    }
    ++counts_.stray;
    if (!config_.dials) {
        urgent_.push_back(encode({.session = frame.session, .body = Bye{Farewell::Unknown}}));
    }
    return false;
}

void Peer::broken(Nanoseconds now) {
    ++counts_.unreadable;
    if (state_ != State::Down) {
        const std::string bye = send(Bye{Farewell::Protocol});
        down(to_string(Farewell::Protocol), false, now);
        urgent_.push_back(bye);
    }
}

void Peer::revoke(Nanoseconds now) {
    if (state_ == State::Up) {
        const std::string bye = send(Bye{Farewell::Revoked});
        down(to_string(Farewell::Revoked), true, now);
        urgent_.push_back(bye);
    }
}

void Peer::stop() {
    is_stopping_ = true;
    deadline_ = kNever;
    if (state_ == State::Up) {
        urgent_.push_back(send(Bye{Farewell::Stopping}));
        outgoing_.end();
    }
    state_ = State::Down;
}

void Peer::down(std::string_view trouble, bool with_new_connection, Nanoseconds now) {
    const bool was_up = state_ == State::Up;
    if (was_up) {
        outgoing_.end();
        counts_.lost += trouble == to_string(Farewell::Stopping) ? 0 : 1;
    }
    failures_ = was_up && now - began_at_ >= config_.heartbeat ? 0 : failures_ + 1;
    state_ = State::Down;
    trouble_ = trouble;
    urgent_.clear();
    deadline_ = kNever;
    if (config_.dials && !is_stopping_) {
        wants_connection_ = wants_connection_ || with_new_connection;
        const auto pause = kFirstPause * (1U << std::min(failures_, kMostDoublings));
        // Three quarters to five quarters of it, so that workers do not come all at once.
        deadline_ = now + pause * 3 / 4 + pause * (jitter_() % 64) / 128;
    }
}

void Peer::on_time(Nanoseconds now) {
    const auto patience = kLostAfter * config_.heartbeat;
    if (state_ == State::Up && now - heard_at_ >= patience) {
        down("silent", true, now);
    } else if (state_ == State::Greeting && now - sent_at_ >= patience) {
        down("no answer", true, now);
    }
}

std::optional<std::string> Peer::next_answer() {
    if (urgent_.empty()) {
        return {};
    }
    std::string frame = std::move(urgent_.front());
    urgent_.pop_front();
    return frame;
}

std::optional<std::string> Peer::next_frame(Nanoseconds now) {
    if (auto answer = next_answer()) {
        return answer;
    }
    if (state_ == State::Up) {
        std::optional<std::string> frame = next_of_session(now);
        if (frame) {
            sent_at_ = now;
        }
        set_deadline();
        return frame;
    }
    if (state_ == State::Down && config_.dials && !is_stopping_ && now >= deadline_) {
        return greet(now);
    }
    return {};
}

std::string Peer::greet(Nanoseconds now) {
    state_ = State::Greeting;
    ++session_;
    sent_at_ = now;
    deadline_ = now + kLostAfter * config_.heartbeat;
    told_.limit = incoming_.room();
    return send(greeting());
}

std::optional<std::string> Peer::next_of_session(Nanoseconds now) {
    if (std::optional<Outcomes> outcomes = incoming_.next_outcomes()) {
        return send(std::move(*outcomes));
    }
    if (owes_credit(now)) {
        return credit();
    }
    return next_data(now);
}

std::optional<std::string> Peer::next_data(Nanoseconds now) {
    if (!outgoing_.has_next()) {
        return {};
    }
    const std::uint64_t previous = outgoing_.sent();
    std::string head = begin_data(session_, previous);
    const std::size_t head_size = head.size();
    std::string frame = outgoing_.next(std::move(head));
    const std::string_view body = std::string_view{frame}.substr(head_size);
    counts_.body_bytes += body.size();
    std::size_t sent = body.size();
    if (compresses()) {
        Data data{.previous = previous, .length = body.size()};
        std::string coded;
        data.coding = coder_.compress(body, other_has_dictionary_, coded);
        data.body = coded;
        sent = coded.size();
        frame = send(data);
    } else {
        finish_data(frame, body.size());
    }
    counts_.data_bytes += sent;
    line_.sent(sent, now);
    return frame;
}

bool Peer::compresses() const {
    return config_.compression == Compression::On ||
           (config_.compression == Compression::Adaptive && line_.is_slow());
}

bool Peer::owes_credit(Nanoseconds now) const {
    return incoming_.limit() - told_.limit >= config_.incoming.window / 4 ||
           outgoing_.taken() - told_.confirmed >= kTellOutcomes ||
           arrived_ - told_.arrived >= kTellArrived || now - sent_at_ >= config_.heartbeat;
}

std::string Peer::credit() {
    told_ = {incoming_.limit(), outgoing_.taken(), arrived_, outgoing_.sent(), incoming_.told()};
    return send(told_);
}

std::string Peer::send(Body body) {
    return encode({.session = session_, .body = std::move(body)});
}

void Peer::set_deadline() {
    deadline_ = std::min(heard_at_ + kLostAfter * config_.heartbeat, sent_at_ + config_.heartbeat);
}

}  // namespace aorta::transport
