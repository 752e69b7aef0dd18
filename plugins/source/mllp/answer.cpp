#include "source/mllp/answer.hpp"

#include "common/hl7/error_code.hpp"
#include "common/hl7/path.hpp"
#include "source/mllp/reply.hpp"

#include <chrono>

namespace aorta::plugins::mllp {
namespace {

Outcome refused(std::string_view reason, std::string_view where) {
    return {
        .kind = AORTA_ACK_REFUSE, .code = ErrorCode::InvalidData, .reason = reason, .where = where};
}

bool is_good(hl7::AckCode code) {
    return code == hl7::AckCode::AA || code == hl7::AckCode::CA;
}

/// A fate as an answer. What was set aside as invalid is judged by the pipeline's `on_invalid`.
std::uint32_t answer_of(const Outcome& fate, std::uint32_t on_invalid) {
    switch (fate.kind) {
        case AORTA_FATE_FILTERED:
        case AORTA_FATE_DELIVERED:
            return AORTA_ACK_ACCEPT;
        case AORTA_FATE_DEAD_LETTERED:
            return fate.code == ErrorCode::InvalidData ? on_invalid
                                                       : std::uint32_t{AORTA_ACK_ERROR};
        default:
            return AORTA_ACK_ERROR;
    }
}

}  // namespace

AnswerMaker::AnswerMaker(Nanoseconds start, const AnswerStyle& style)
    : control_id_prefix_(std::to_string(std::chrono::floor<std::chrono::seconds>(start).count()) +
                         "-"),
      style_(style) {}

FirstAnswer AnswerMaker::first(std::string_view header_text,
                               const Outcome& outcome,
                               Nanoseconds now,
                               std::optional<std::int64_t> expected_sequence) {
    const Result<hl7::Header> parsed = hl7::Header::parse(header_text);
    const hl7::Header* header = parsed.ok() ? &*parsed : nullptr;
    const AckMode mode = AckMode::of(header);
    FirstAnswer answer;
    std::optional<std::string> reply;
    if (!outcome.reply.empty() && header != nullptr) {
        Result<std::string> relayed = relay(outcome.reply, *header);
        answer.is_reply_unusable = !relayed.ok() || !style_.frame.can_hold(*relayed);
        if (!answer.is_reply_unusable) {
            reply = hl7::frame(*relayed, style_.frame);
        }
    }
    const bool is_undone =
        outcome.kind == AORTA_ACK_ERROR && outcome.code != ErrorCode::InvalidData && !reply;
    if (style_.has_commit && is_undone) {
        answer.bytes = hl7::frame(hl7::kCommitNak, style_.frame);
        answer.second.emplace();
        return answer;
    }
    answer.bytes = taken();
    if (reply && !mode.is_enhanced) {
        answer.bytes += *reply;
        answer.second.emplace();
        return answer;
    }
    // A peer has answered: the message was taken, whatever the peer says of it.
    const std::uint32_t judged = reply ? std::uint32_t{AORTA_ACK_ACCEPT} : outcome.kind;
    if (const auto code = first_code(mode, judged)) {
        answer.bytes += make(header, *code, outcome, now, expected_sequence);
    }
    if (reply) {
        const bool is_wanted = second_code(mode, outcome.kind).has_value();
        answer.second = is_wanted ? std::move(*reply) : std::string{};
    } else if (judged != AORTA_ACK_ACCEPT || !mode.has_second_answer()) {
        answer.second.emplace();
    }
    return answer;
}

std::string AnswerMaker::second(std::string_view header_text,
                                const Outcome& fate,
                                Nanoseconds now) {
    const Result<hl7::Header> parsed = hl7::Header::parse(header_text);
    const hl7::Header* header = parsed.ok() ? &*parsed : nullptr;
    const auto code = second_code(AckMode::of(header), answer_of(fate, style_.on_invalid));
    return code ? make(header, *code, fate, now, {}, true) : std::string{};
}

FirstAnswer AnswerMaker::refusal(std::string_view header, Screening screening, Nanoseconds now) {
    switch (screening) {
        case Screening::WrongVersion:
            return first(header, refused("mllp.version_not_accepted", "MSH-12"), now);
        case Screening::HeaderTooLarge:
            return first(header, refused("mllp.header_too_large", "MSH-10"), now);
        case Screening::WrongType:
            return first(header, refused("mllp.type_not_accepted", "MSH-9"), now);
        default:
            return first(header, refused("mllp.processing_id_not_accepted", "MSH-11"), now);
    }
}

std::string AnswerMaker::no_header(Nanoseconds now) {
    return first({}, refused("hl7.no_msh", "MSH"), now).bytes;
}

FirstAnswer AnswerMaker::frame_refused(std::string_view header,
                                       std::string_view reason,
                                       Nanoseconds now) {
    return first(header, refused(reason, {}), now);
}

std::string AnswerMaker::link_start(std::string_view header_text,
                                    std::int64_t expected,
                                    Nanoseconds now) {
    const Result<hl7::Header> header = hl7::Header::parse(header_text);
    return taken() + make(header.ok() ? &*header : nullptr, hl7::AckCode::AA, {}, now, expected);
}

std::string AnswerMaker::taken() const {
    return style_.has_commit ? hl7::frame(hl7::kCommitAck, style_.frame) : std::string{};
}

std::string AnswerMaker::make(const hl7::Header* header,
                              hl7::AckCode code,
                              const Outcome& outcome,
                              Nanoseconds now,
                              std::optional<std::int64_t> expected_sequence,
                              bool is_own_message) {
    const std::string control_id = control_id_prefix_ + std::to_string(++made_);
    hl7::AckSpec spec{.code = code,
                      .control_id = control_id,
                      .time_s = std::chrono::floor<std::chrono::seconds>(now).count(),
                      .expected_sequence = expected_sequence,
                      .is_own_message = is_own_message};
    if (!is_good(code)) {
        spec.text = outcome.reason;
        const auto [number, text] = hl7::error_text_of(outcome.reason);
        spec.error = hl7::AckError{.code = number, .text = text};
        if (const Result<hl7::Path> path = hl7::parse_path(outcome.where); path.ok()) {
            spec.error->location = *path;
        }
    }
    return hl7::frame(hl7::build_ack(header, spec), style_.frame);
}

}  // namespace aorta::plugins::mllp
