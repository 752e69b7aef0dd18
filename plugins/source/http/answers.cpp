#include "source/http/answers.hpp"

#include "common/http/json_slice.hpp"
#include "common/http/media_type.hpp"

#include <algorithm>
#include <chrono>

namespace aorta::plugins::http_source {
namespace {

/// Of the value set issue-type.
std::string_view issue_type(unsigned status) {
    switch (status) {
        case 400:
            return "invalid";
        case 401:
            return "login";
        case 404:
            return "not-found";
        case 405:
        case 406:
        case 415:
        case 417:
        case 501:
        case 505:
            return "not-supported";
        case 408:
        case 504:
            return "timeout";
        case 413:
        case 431:
            return "too-long";
        case 422:
            return "processing";
        case 503:
            return "transient";
        default:
            return "exception";
    }
}

std::string problem(unsigned status, std::string_view why, std::string_view where) {
    std::string out = "{\"status\":" + std::to_string(status);
    out += ",\"title\":" + http::json_quoted(http::reason_phrase(status));
    out += ",\"detail\":" + http::json_quoted(why);
    if (!where.empty()) {
        out += ",\"where\":" + http::json_quoted(where);
    }
    return out + "}";
}

http::Response trouble(bool is_fhir,
                       unsigned status,
                       std::string_view why,
                       std::string_view where = {}) {
    if (is_fhir) {
        return {.status = status,
                .content_type = std::string{http::kFhirJson},
                .body = operation_outcome("error", issue_type(status), why, where)};
    }
    return {.status = status,
            .content_type = "application/problem+json",
            .body = problem(status, why, where)};
}

http::Response accepted(const Asked& asked, const Outcome& outcome, std::uint32_t level) {
    const bool is_delivered = level == AORTA_LEVEL_DELIVERED;
    http::Response response{.status = is_delivered ? 200U : 202U};
    if (is_delivered && asked.call == FhirCall::Kind::Create) {
        response.status = 201;
    }
    if (!asked.location.empty()) {
        response.fields.push_back({"Location", asked.location});
    }
    if (!outcome.reply.empty()) {
        response.content_type = asked.is_fhir ? std::string{http::kFhirJson} : asked.media_type;
        response.body = outcome.reply;
    } else if (asked.is_fhir) {
        response.content_type = http::kFhirJson;
        response.body = operation_outcome(
            "information", "informational", is_delivered ? "delivered" : "accepted");
    }
    if (!response.body.empty() && response.content_type.empty()) {
        response.content_type = "application/octet-stream";
    }
    return response;
}

}  // namespace

http::Response refusal(bool is_fhir, unsigned status, std::string_view why) {
    return trouble(is_fhir, status, why);
}

http::Response come_again(bool is_fhir, std::string_view why, Nanoseconds retry_after) {
    http::Response response = trouble(is_fhir, 503, why);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
    response.fields.push_back({"Retry-After", std::to_string(seconds)});
    return response;
}

http::Response answer_to(const Asked& asked,
                         const Outcome& outcome,
                         std::uint32_t level,
                         Nanoseconds retry_after) {
    if (outcome.kind == AORTA_ACK_ACCEPT) {
        return accepted(asked, outcome, level);
    }
    if (outcome.kind == AORTA_ACK_NONE) {
        return trouble(asked.is_fhir, 504, "nothing is known of it in time");
    }
    const std::string_view why = outcome.reason.empty() ? to_string(outcome.code) : outcome.reason;
    const bool is_wrong =
        outcome.code == ErrorCode::InvalidData || outcome.code == ErrorCode::Corrupt;
    if (is_wrong || outcome.kind == AORTA_ACK_REFUSE) {
        return trouble(asked.is_fhir, 422, why, outcome.where);
    }
    const bool may_come_again = retryable(outcome.code) || outcome.code == ErrorCode::Cancelled;
    return may_come_again ? come_again(asked.is_fhir, why, retry_after)
                          : trouble(asked.is_fhir, 500, why, outcome.where);
}

}  // namespace aorta::plugins::http_source
