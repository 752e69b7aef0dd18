// What the listener says to a sender: acknowledgements as framed bytes.
#pragma once

#include "common/hl7/frame.hpp"
#include "source/mllp/ack_mode.hpp"
#include "source/mllp/screening.hpp"

#include <aorta/sdk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::plugins::mllp {

/// How the answers of a listener look.
struct AnswerStyle {
    hl7::FrameBytes frame;
    bool has_commit = false;  // MLLP release 2: a commit block before the answer
    /// What application acknowledgements say of a message that was set aside as invalid:
    /// AORTA_ACK_ERROR, _REFUSE or _ACCEPT.
    std::uint32_t on_invalid = AORTA_ACK_ERROR;
};

/// What leaves when the pipeline has judged a message.
struct FirstAnswer {
    std::string bytes;  // may be none
    /// Bytes of the application acknowledgement (may be none); absent when it comes with the fate.
    std::optional<std::string> second;
    bool is_reply_unusable = false;  // the outcome's reply was no answer: this is one of our own
};

/// Makes framed acknowledgements that hold the header's own fields, reason ids and paths, and
/// nothing else of the message. One thread at a time.
class AnswerMaker {
public:
    /// `start` makes the control ids (MSH-10) of this run differ from those of the last.
    explicit AnswerMaker(Nanoseconds start, const AnswerStyle& style = {});

    /// For an outcome of on_ack (not AORTA_ACK_NONE): AA, AE, AR, or in enhanced mode CA, CE, CR,
    /// with ERR when it is not good; or the outcome's reply in place of the application's answer.
    FirstAnswer first(std::string_view header,
                      const Outcome& outcome,
                      Nanoseconds now,
                      std::optional<std::int64_t> expected_sequence = {});

    /// The application acknowledgement for an outcome of on_settled, in enhanced mode; may be none.
    std::string second(std::string_view header, const Outcome& fate, Nanoseconds now);

    /// For what `screen` refused.
    FirstAnswer refusal(std::string_view header, Screening screening, Nanoseconds now);

    /// AR for a message without a usable header.
    std::string no_header(Nanoseconds now);

    /// For a frame that was given up; its header may be unusable.
    FirstAnswer frame_refused(std::string_view header, std::string_view reason, Nanoseconds now);

    /// The sequence number protocol: AA to a message that only asks which number is expected.
    std::string link_start(std::string_view header, std::int64_t expected, Nanoseconds now);

    /// MLLP release 2: that a frame was taken which gets no other answer; nothing without commit.
    std::string taken() const;

private:
    std::string make(const hl7::Header* maybe_header,
                     hl7::AckCode code,
                     const Outcome& outcome,
                     Nanoseconds now,
                     std::optional<std::int64_t> expected_sequence = {},
                     bool is_own_message = false);

    std::string control_id_prefix_;
    AnswerStyle style_;
    std::uint64_t made_ = 0;
};

}  // namespace aorta::plugins::mllp
