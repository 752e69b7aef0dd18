#include "source/mllp/answer.hpp"

#include "common/hl7/ack.hpp"
#include "common/hl7/delimiters.hpp"
#include "common/hl7/frame.hpp"
#include "common/hl7/header.hpp"
#include "common/hl7/path.hpp"
#include "common/hl7/scan.hpp"

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

/// Table 0357 by what the ids of reasons are called: the reasons of other plugins are not ours to
/// list.
std::pair<std::string_view, std::string_view> table_0357(std::string_view reason) {
    struct Row {
        std::string_view reason_part;
        std::string_view code;
        std::string_view text;
    };

    static constexpr Row kRows[] = {
        {"required_field", "101", "Required field missing"},
        {"no_msh", "100", "Segment sequence error"},
        {"segment", "100", "Segment sequence error"},
        {"data_type", "102", "Data type error"},
        {"_table", "103", "Table value not found"},
        {"processing_id", "202", "Unsupported processing id"},
        {"version", "203", "Unsupported version id"},
        {"type", "200", "Unsupported message type"},
        {"event", "201", "Unsupported event code"},
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
    message.remove_prefix(hl7::leading_noise(message));
    return message.substr(0, std::min(hl7::find_either(message, '\r', '\n'), kMaxHeader));
}

AnswerMaker::AnswerMaker(Nanoseconds start)
    : control_id_prefix_(std::to_string(std::chrono::floor<std::chrono::seconds>(start).count()) +
                         "-") {}

std::string AnswerMaker::of_outcome(std::string_view header,
                                    const Outcome& outcome,
                                    Nanoseconds now) {
    switch (outcome.kind) {
        case AORTA_ACK_ACCEPT:
            return make(header, hl7::AckCode::AA, {}, now);
        case AORTA_ACK_REFUSE:
            return make(header, hl7::AckCode::AR, {outcome.reason, outcome.where}, now);
        default:
            return make(header, hl7::AckCode::AE, {outcome.reason, outcome.where}, now);
    }
}

std::string AnswerMaker::refusal(std::string_view header, Screening screening, Nanoseconds now) {
    switch (screening) {
        case Screening::WrongVersion:
            return make(header, hl7::AckCode::AR, {"mllp.version_not_accepted", "MSH-12"}, now);
        case Screening::WrongType:
            return make(header, hl7::AckCode::AR, {"mllp.type_not_accepted", "MSH-9"}, now);
        case Screening::WrongProcessingId:
            return make(
                header, hl7::AckCode::AR, {"mllp.processing_id_not_accepted", "MSH-11"}, now);
        default:
            return make({}, hl7::AckCode::AR, {"hl7.no_msh", "MSH"}, now);
    }
}

std::string AnswerMaker::too_large(Nanoseconds now) {
    return make({}, hl7::AckCode::AR, {"mllp.message_too_large", {}}, now);
}

std::string AnswerMaker::make(std::string_view header,
                              hl7::AckCode code,
                              const Trouble& trouble,
                              Nanoseconds now) {
    const std::int64_t now_s = std::chrono::floor<std::chrono::seconds>(now).count();
    const std::string control_id = control_id_prefix_ + std::to_string(++made_);
    hl7::AckSpec spec{
        .code = code, .control_id = control_id, .time_s = now_s, .text = trouble.reason};
    if (code != hl7::AckCode::AA) {
        const auto [number, text] = table_0357(trouble.reason);
        spec.error = hl7::AckError{.code = number, .text = text};
        if (const Result<hl7::Path> path = hl7::parse_path(trouble.where); path.ok()) {
            spec.error->location = *path;
        }
    }
    return hl7::frame(hl7::build_ack(header, spec));
}

}  // namespace aorta::plugins::mllp
