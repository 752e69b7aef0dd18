#include "source/mllp/answer.hpp"

#include "common/hl7/ack.hpp"
#include "common/hl7/frame.hpp"
#include "common/hl7/header.hpp"
#include "common/hl7/path.hpp"

#include <algorithm>
#include <chrono>

namespace aorta::plugins::mllp {
namespace {

constexpr std::size_t kMaxHeader = 8192;

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool takes_type(const std::vector<std::string>& types, const hl7::Header& header) {
    const std::string_view type = header.component(9, 1);
    const std::string_view event = header.component(9, 2);
    return types.empty() || std::any_of(types.begin(), types.end(), [&](std::string_view wanted) {
               const std::size_t caret = wanted.find('^');
               return wanted.substr(0, caret) == type &&
                      (caret == std::string_view::npos || wanted.substr(caret + 1) == event);
           });
}

std::int64_t seconds(Nanoseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time).count();
}

/// Table 0357 for the reasons that decoders and validators give.
std::pair<std::string_view, std::string_view> table_0357(std::string_view reason) {
    struct Row {
        std::string_view reason_part;
        std::string_view code;
        std::string_view text;
    };

    static constexpr Row kRows[] = {
        {"required_field", "101", "Required field missing"},
        {"required_segment", "100", "Segment sequence error"},
        {"segment", "100", "Segment sequence error"},
        {"data_type", "102", "Data type error"},
        {"bad_format", "102", "Data type error"},
        {"table", "103", "Table value not found"},
        {"message_type", "200", "Unsupported message type"},
        {"event_code", "201", "Unsupported event code"},
        {"processing_id", "202", "Unsupported processing id"},
        {"version", "203", "Unsupported version id"},
        {"duplicate", "205", "Duplicate key identifier"},
    };
    for (const Row& row : kRows) {
        if (reason.find(row.reason_part) != std::string_view::npos) {
            return {row.code, row.text};
        }
    }
    return {"207", "Application internal error"};
}

}  // namespace

Screening screen(std::string_view message, const AcceptRule& rule) {
    const Result<hl7::Header> parsed = hl7::Header::parse(message);
    if (!parsed.ok()) {
        return Screening::NoHeader;
    }
    const hl7::Header& header = *parsed;
    if (!rule.takes_all()) {
        if (!contains(rule.versions, header.component(12, 1))) {
            return Screening::WrongVersion;
        }
        if (!takes_type(rule.types, header)) {
            return Screening::WrongType;
        }
        if (!contains(rule.processing_ids, header.component(11, 1))) {
            return Screening::WrongProcessingId;
        }
    }
    return header.is_ack() ? Screening::Acknowledgement : Screening::Ordinary;
}

std::string_view header_of(std::string_view message) {
    return message.substr(0, std::min(message.find('\r'), kMaxHeader));
}

AnswerMaker::AnswerMaker(Nanoseconds start)
    : control_id_prefix_(std::to_string(seconds(start)) + "-") {}

std::string AnswerMaker::next_control_id() {
    return control_id_prefix_ + std::to_string(++made_);
}

std::string AnswerMaker::of_outcome(std::string_view header,
                                    const Outcome& outcome,
                                    Nanoseconds now) {
    const std::string control_id = next_control_id();
    hl7::AckSpec spec{.control_id = control_id, .time_s = seconds(now)};
    if (outcome.kind != AORTA_ACK_ACCEPT) {
        spec.code = outcome.kind == AORTA_ACK_REFUSE ? hl7::AckCode::AR : hl7::AckCode::AE;
        spec.text = outcome.reason;
        const auto [code, text] = table_0357(outcome.reason);
        spec.error = hl7::AckError{.code = code, .text = text};
        if (const Result<hl7::Path> path = hl7::parse_path(outcome.where); path.ok()) {
            spec.error->location = *path;
        }
    }
    return hl7::frame(hl7::build_ack(header, spec));
}

std::string AnswerMaker::reject(std::string_view header,
                                const Finding& finding,
                                std::string_view reason,
                                Nanoseconds now) {
    const std::string control_id = next_control_id();
    hl7::AckSpec spec{.code = hl7::AckCode::AR,
                      .control_id = control_id,
                      .time_s = seconds(now),
                      .text = reason,
                      .error = hl7::AckError{.code = finding.code, .text = finding.text}};
    if (const Result<hl7::Path> path = hl7::parse_path(finding.where); path.ok()) {
        spec.error->location = *path;
    }
    return hl7::frame(hl7::build_ack(header, spec));
}

std::string AnswerMaker::refusal(std::string_view header, Screening screening, Nanoseconds now) {
    switch (screening) {
        case Screening::WrongVersion:
            return reject(header,
                          {"203", "Unsupported version id", "MSH-12"},
                          "mllp.version_not_accepted",
                          now);
        case Screening::WrongType:
            return reject(header,
                          {"200", "Unsupported message type", "MSH-9"},
                          "mllp.type_not_accepted",
                          now);
        case Screening::WrongProcessingId:
            return reject(header,
                          {"202", "Unsupported processing id", "MSH-11"},
                          "mllp.processing_id_not_accepted",
                          now);
        default:
            return reject({}, {"100", "Segment sequence error", "MSH"}, "mllp.no_header", now);
    }
}

std::string AnswerMaker::too_large(Nanoseconds now) {
    return reject({}, {"207", "Application internal error", {}}, "mllp.message_too_large", now);
}

}  // namespace aorta::plugins::mllp
