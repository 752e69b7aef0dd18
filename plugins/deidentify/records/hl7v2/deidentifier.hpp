// De-identifying an HL7 v2 message: every segment and field by the policy, in one pass.
#pragma once

#include "common/hl7/message.hpp"
#include "common/privacy/report.hpp"
#include "deidentify/records/hl7v2/policy.hpp"
#include "deidentify/records/hl7v2/rewriter.hpp"

#include <aorta/result.hpp>

#include <string>
#include <string_view>

namespace aorta::plugins::deidentify {

/// hl7.segment_sequence_error: a second MSH inside the message.
inline constexpr std::string_view kSecondMsh = "hl7.segment_sequence_error";

/// One thread at a time.
class Deidentifier {
public:
    /// `patient` is the path of the id whose dates move alike.
    Deidentifier(Policy policy, Rewriter rewriter, const hl7::Path& patient)
        : policy_(std::move(policy)), rewriter_(std::move(rewriter)), patient_(patient) {}

    /// Writes the new message to `out`, whose memory is reused: the segments that stay, with the
    /// message's line ends. `control_id` becomes MSH-10. Ages are those on the latest day that the
    /// message's own event times name, or `fallback_day` (20240131) if it names none.
    Result<privacy::Report> run(const hl7::Message& message,
                                std::string_view control_id,
                                int fallback_day,
                                std::string& out);

private:
    void append_segment(const hl7::Message& message,
                        std::size_t segment,
                        const SegmentPolicy& policy,
                        const MessageContext& context,
                        privacy::Report& report,
                        std::string& out);

    Policy policy_;
    Rewriter rewriter_;
    hl7::Path patient_;
};

}  // namespace aorta::plugins::deidentify
