#include "sink/mllp/client.hpp"

#include "common/hl7/header.hpp"
#include "common/hl7/line_ends.hpp"

#include <aorta/attempts.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace aorta::plugins::mllp {
namespace {

/// Messages whose later answers are still known as theirs.
constexpr std::size_t kMostLate = 256;
/// The engine asks again now and then; an operator will not be that fast.
constexpr Nanoseconds kStoppedPause{std::chrono::hours{1}};

bool is_application(hl7::AckCode code) {
    return code <= hl7::AckCode::AR;
}

}  // namespace

Client::Client(Host host, ClientConfig config)
    : host_(host),
      config_(std::move(config)),
      link_(host, config_.link),
      late_refusals_(host.counter("late_refusals")) {}

void Client::deliver(std::span<const Delivery> deliveries) {
    is_held_back_ = stopped_by_.has_value();
    link_.refresh();
    std::size_t next = 0;
    while (true) {
        if (next < deliveries.size() && may_send(deliveries[next])) {
            send(deliveries[next++]);
        } else if (!sent_.empty()) {
            settle_one();
        } else {
            break;
        }
    }
    for (; next < deliveries.size(); ++next) {
        hold_back(deliveries[next]);
    }
    if (stopped_by_) {
        disconnect();
    }
}

bool Client::may_send(const Delivery& delivery) const {
    if (is_held_back_ || sent_.size() >= config_.window) {
        return false;
    }
    if (sent_.empty()) {
        return true;
    }
    // With two of the same control id under way, nobody could tell whose answer is whose.
    const std::string control_id = expectation(delivery).control_id;
    return std::none_of(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        return sent.control_id == control_id;
    });
}

/// Who will answer, by the message's header.
Client::Sent Client::expectation(const Delivery& delivery) {
    Sent sent{.delivery = delivery, .control_id = {}};
    const Result<hl7::Header> header = hl7::Header::parse(delivery.record().payload());
    if (!header.ok()) {
        return sent;
    }
    sent.control_id = hl7::id_text(header->field(10), header->delimiters());
    sent.is_enhanced = header->is_enhanced();
    if (sent.is_enhanced) {
        sent.has_application = hl7::ack_is_wanted(header->field(16), true);
        sent.awaits = hl7::ack_is_wanted(header->field(15), true) ? Awaits::Accept
                      : sent.has_application                      ? Awaits::Application
                                                                  : Awaits::Nothing;
    }
    return sent;
}

void Client::send(const Delivery& delivery) {
    Sent sent = expectation(delivery);
    if (sent.control_id.empty()) {
        delivery.fail(ErrorCode::InvalidData, kNoControlId, "MSH-10");
        return;
    }
    const std::string_view message = delivery.record().payload();
    if (const std::size_t at = config_.link.frame.find_in(message); at != std::string_view::npos) {
        delivery.fail(ErrorCode::InvalidData, kFramingByte, "byte " + std::to_string(at));
        return;
    }
    if (sent_.empty()) {
        prepare(sent.control_id);
    }
    const std::optional<Failure> failure = transmit(sent);
    sent.deadline = host_.steady() + config_.timeout;
    sent_.push_back(std::move(sent));
    if (failure) {
        fail(*failure);
    }
    settle_unanswered();
}

/// Where the header asks for no answer to a success, written counts as CA.
void Client::settle_unanswered() {
    if (sent_.empty() || sent_.back().awaits != Awaits::Nothing ||
        (config_.has_commit && !sent_.back().is_committed)) {
        return;
    }
    remember(sent_.back().control_id);
    finish(sent_.back(), Cause::CA);
}

std::optional<Failure> Client::transmit(Sent& sent) {
    if (!link_.is_open()) {
        if (const auto failure = link_.open()) {
            return failure;
        }
    }
    last_use_ = host_.steady();
    const std::string_view message =
        hl7::with_cr_ends(sent.delivery.record().payload(), with_cr_ends_);
    return link_.write(message, last_use_ + config_.timeout);
}

/// Closes a connection on which an answer could be taken for that of another message: the peer has
/// ended it, has said something unasked (such as the answer to a message that was given up), or may
/// still answer a message of the same control id.
void Client::prepare(std::string_view control_id) {
    if (!link_.is_open()) {
        return;
    }
    const bool is_old =
        config_.max_idle.count() != 0 && host_.steady() - last_use_ > config_.max_idle;
    bool is_good = !is_old && link_.look() && (!link_.is_mid_frame() || !late_.empty());
    while (is_good) {
        const std::optional<std::string> unasked = link_.take();
        if (!unasked) {
            break;
        }
        is_good = take_late(*unasked);
    }
    if (!is_good || is_late(control_id)) {
        disconnect();
    }
}

void Client::disconnect() {
    link_.close();
    late_.clear();
    has_answered_ = false;
}

bool Client::is_late(std::string_view control_id) const {
    return std::find(late_.begin(), late_.end(), control_id) != late_.end();
}

/// True when the payload answers a message that is done already: too late to change its fate.
bool Client::take_late(std::string_view payload) {
    const Result<hl7::ParsedAck> answer = hl7::parse_ack(payload);
    if (!answer.ok() || !is_late(answer->control_id)) {
        return false;
    }
    if (config_.policy[cause_of(answer->code)].action != Action::Done) {
        late_refusals_.add();
        host_.log(
            AORTA_LOG_WARN, "late_refusal", {{"answer", info_of(cause_of(answer->code)).name}});
    }
    if (answer->code != hl7::AckCode::CA) {
        late_.erase(std::find(late_.begin(), late_.end(), answer->control_id));
    }
    acknowledge(payload);
    return true;
}

void Client::settle_one() {
    const auto first =
        std::min_element(sent_.begin(), sent_.end(), [](const Sent& left, const Sent& right) {
            return left.deadline < right.deadline;
        });
    std::optional<Failure> failure = link_.wait(first->deadline);
    if (!failure) {
        failure = credit(*link_.take());
    } else if (failure->cause == Cause::Timeout) {
        std::swap(*first, sent_.front());  // it is the one to blame
    }
    if (failure) {
        fail(*failure);
    }
}

/// Many peers end the connection after an answer, or when it was quiet; the messages that met the
/// end are sent by a new one at once. If that one ends without any answer, too, it is an outage.
void Client::fail(const Failure& failure) {
    const bool is_first = failure.reason == kConnectionLost && has_answered_;
    const std::optional<Failure> final = is_first ? send_again() : std::optional(failure);
    if (final) {
        give_up(*final);
    }
}

std::optional<Failure> Client::send_again() {
    disconnect();
    for (Sent& sent : sent_) {
        sent = expectation(sent.delivery);
        if (const auto failure = transmit(sent)) {
            return failure;
        }
        sent.deadline = host_.steady() + config_.timeout;
    }
    return {};
}

/// Gives an answer to the message that it belongs to.
std::optional<Failure> Client::credit(const std::string& payload) {
    last_use_ = host_.steady();
    if (payload == hl7::kCommitAck || payload == hl7::kCommitNak) {
        return credit_commit(payload == hl7::kCommitAck);
    }
    const Result<hl7::ParsedAck> answer = hl7::parse_ack(payload);
    const auto match = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) {
        return answer.ok() && sent.control_id == answer->control_id;
    });
    if (match != sent_.end()) {
        credit_answer(*match, *answer, payload);
        return {};
    }
    if (take_late(payload)) {
        return {};
    }
    return link_.wrong_answer(!answer.ok()                 ? answer.error().message
                              : answer->control_id.empty() ? "MSA-2 is empty"
                                                           : "MSA-2 names another message");
}

std::optional<Failure> Client::credit_commit(bool is_taken) {
    Sent& sent = sent_.front();  // a window of one goes with `commit`
    if (!config_.has_commit || std::exchange(sent.is_committed, true)) {
        return link_.wrong_answer("a commit acknowledgement that was not due");
    }
    if (!is_taken) {
        finish(sent, Cause::Nak);
    } else {
        sent.deadline = host_.steady() + config_.timeout;
        settle_unanswered();
    }
    return {};
}

void Client::credit_answer(Sent& sent, const hl7::ParsedAck& answer, const std::string& payload) {
    has_answered_ = true;
    const bool is_last = is_application(answer.code);
    const bool goes_on = answer.code == hl7::AckCode::CA && sent.has_application;
    if (goes_on && (config_.waits_for_application || sent.awaits == Awaits::Application)) {
        sent.awaits = Awaits::Application;
        sent.deadline = host_.steady() + config_.timeout;
        return;
    }
    if (is_last) {
        sent.delivery.reply(payload);
        if (sent.has_application) {
            acknowledge(payload);
        }
    }
    // Some say CA, and then AA, whatever the header asks.
    const bool is_unforeseen = answer.code == hl7::AckCode::CA && !sent.is_enhanced;
    if (goes_on || is_unforeseen || (is_last && sent.awaits == Awaits::Accept)) {
        remember(sent.control_id);
    }
    finish(sent, cause_of(answer.code), answer.error_location);
}

void Client::remember(const std::string& control_id) {
    if (late_.size() == kMostLate) {
        late_.pop_front();
    }
    late_.push_back(control_id);
}

/// An application acknowledgement is a message of its own, which may ask for CA.
void Client::acknowledge(std::string_view answer) {
    const Result<hl7::Header> header = hl7::Header::parse(answer);
    if (!header.ok() || header->field(15).empty() || !hl7::ack_is_wanted(header->field(15), true)) {
        return;
    }
    const std::int64_t now_s = std::chrono::floor<std::chrono::seconds>(host_.now()).count();
    const std::string control_id = std::to_string(now_s) + "-" + std::to_string(++acknowledged_);
    const std::string accept = hl7::build_ack(
        answer, {.code = hl7::AckCode::CA, .control_id = control_id, .time_s = now_s});
    if (link_.write(accept, host_.steady() + config_.timeout)) {
        disconnect();  // part of a frame may have left
    }
}

void Client::finish(Sent& sent, Cause cause, std::string_view where) {
    const Delivery delivery = sent.delivery;
    sent_.erase(sent_.begin() + (&sent - &sent_.front()));
    end(delivery, Failure{cause}, where);
    if (!config_.keeps_open && sent_.empty()) {
        disconnect();
    }
}

/// The connection is lost to all that are under way. The first is to blame, the others wait.
void Client::give_up(const Failure& failure) {
    disconnect();
    const std::vector<Sent> all = std::exchange(sent_, {});
    end(all.front().delivery, failure);
    for (std::size_t i = 1; i < all.size(); ++i) {
        hold_back(all[i].delivery);
    }
}

void Client::end(const Delivery& delivery, const Failure& why, std::string_view where) {
    const CauseInfo& info = info_of(why.cause);
    switch (decide(delivery, why.cause)) {
        case Action::Done:
            delivery.done();
            break;
        case Action::DeadLetter:
            delivery.fail(info.final, why.reason, where);
            break;
        case Action::Retry:
            is_held_back_ = true;
            delivery.fail(info.passing, why.reason, where, config_.retry_pause);
            break;
        case Action::Hold:
            is_held_back_ = true;
            delivery.fail(info.passing, why.reason, where);
            break;
        case Action::Stop:
            stopped_by_ = why.cause;
            host_.log(AORTA_LOG_ERROR, "sink_stopped", {{"cause", info.name}});
            hold_back(delivery);
    }
}

void Client::hold_back(const Delivery& delivery) {
    is_held_back_ = true;
    if (stopped_by_) {
        delivery.fail(ErrorCode::Unavailable, kStopped, info_of(*stopped_by_).name, kStoppedPause);
    } else {
        delivery.fail(ErrorCode::Unavailable, kHeldBack);
    }
}

Action Client::decide(const Delivery& delivery, Cause cause) const {
    const Rule& rule = config_.policy[cause];
    const bool is_spent =
        rule.action == Action::Retry && count_attempt(host_, delivery) > rule.retries;
    return is_spent ? rule.then : rule.action;
}

}  // namespace aorta::plugins::mllp
