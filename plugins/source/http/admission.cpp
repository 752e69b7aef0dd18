#include "source/http/admission.hpp"

#include "common/http/media_type.hpp"
#include "common/http/target.hpp"
#include "source/http/credentials.hpp"

#include <algorithm>

namespace aorta::plugins::http_source {
namespace {

bool has(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

bool covers(const PathRule& rule, std::string_view path) {
    if (!path.starts_with(rule.path)) {
        return false;
    }
    const std::string_view below = path.substr(rule.path.size());
    const bool takes_below = rule.is_prefix || rule.kind == PathKind::Fhir;
    return below.empty() || below == "/" || (takes_below && below.starts_with('/'));
}

/// The longest that covers the path.
const PathRule* find_rule(const SourceConfig& config, std::string_view path) {
    const PathRule* best = nullptr;
    for (const PathRule& rule : config.paths) {
        if (covers(rule, path) && (best == nullptr || rule.path.size() > best->path.size())) {
            best = &rule;
        }
    }
    return best;
}

http::Response not_allowed(bool is_fhir, std::string_view allow) {
    http::Response response = refusal(is_fhir, 405, "not this method here: see Allow");
    response.fields.push_back({"Allow", std::string{allow}});
    return response;
}

std::string joined(const std::vector<std::string>& methods) {
    std::string all;
    for (const std::string& method : methods) {
        all += (all.empty() ? "" : ", ") + method;
    }
    return all;
}

bool is_compressed(const http::Head& head) {
    const std::string_view coding = head.field("Content-Encoding");
    return !coding.empty() && !http::is_same_name(coding, "identity");
}

std::optional<http::Response> webhook_answer(const PathRule& rule,
                                             const http::Head& head,
                                             const Asked& asked) {
    const std::string allow = joined(rule.methods);
    if (head.method == "OPTIONS") {
        return http::Response{.fields = {{"Allow", allow}}};
    }
    if (!has(rule.methods, head.method)) {
        return not_allowed(false, allow);
    }
    if (!rule.accept.empty() && !has(rule.accept, asked.media_type)) {
        return refusal(false, 415, "a media type that is not taken here");
    }
    return std::nullopt;
}

bool takes_json(const http::Head& head, std::string_view query) {
    if (const auto format = http::query_value(query, "_format")) {
        return *format == "json" || http::is_fhir_json(http::media_type(*format));
    }
    return http::accepts(head.field("Accept"), {http::kFhirJson, "application/json", "text/json"});
}

std::optional<http::Response> fhir_answer(const PathRule& rule,
                                          const http::Head& head,
                                          const Admission& admission,
                                          Nanoseconds now) {
    const FhirCall& call = admission.call;
    const bool is_type_known =
        call.type.empty() || rule.types.empty() || has(rule.types, call.type);
    if (call.kind == FhirCall::Kind::Unknown || !is_type_known) {
        return refusal(true, 404, "no such place, or a resource type that is not taken here");
    }
    if (call.kind == FhirCall::Kind::Other) {
        if (head.method == "OPTIONS") {
            return http::Response{.fields = {{"Allow", std::string{call.allow}}}};
        }
        return not_allowed(true, call.allow);
    }
    if (!takes_json(head, admission.query)) {
        return refusal(true, 406, "only application/fhir+json is spoken here");
    }
    if (call.kind == FhirCall::Kind::Metadata) {
        return http::Response{.content_type = std::string{http::kFhirJson},
                              .body = capability_statement(rule, now)};
    }
    if (!http::is_fhir_json(admission.asked.media_type)) {
        return refusal(true, 415, "only application/fhir+json is taken here");
    }
    return std::nullopt;
}

}  // namespace

bool is_fhir_target(std::string_view target, const SourceConfig& config) {
    const auto parsed = http::parse_target(target);
    const PathRule* rule = parsed ? find_rule(config, parsed->path) : nullptr;
    return rule != nullptr && rule->kind == PathKind::Fhir;
}

Admission admit(const http::Head& head, const SourceConfig& config, Nanoseconds now) {
    Admission admission;
    Asked& asked = admission.asked;
    asked.manner = {
        .is_head = head.method == "HEAD", .is_1_0 = head.is_1_0, .closes = !head.keeps_alive};
    asked.media_type = http::media_type(head.field("Content-Type"));
    const auto target = http::parse_target(head.target);
    const PathRule* rule = target ? find_rule(config, target->path) : nullptr;
    asked.is_fhir = rule != nullptr && rule->kind == PathKind::Fhir;
    if (config.auth.are_required && !is_authorized(head.field("Authorization"), config.auth)) {
        admission.is_unauthorized = true;
        admission.answer = refusal(asked.is_fhir, 401, "say who you are");
        admission.answer->fields.push_back(
            {"WWW-Authenticate", std::string{challenge(config.auth)}});
        return admission;
    }
    if (!target) {
        admission.answer = refusal(false, 400, "the request's target cannot be read");
        return admission;
    }
    if (target->path == "*" && head.method == "OPTIONS") {
        admission.answer = http::Response{};
        return admission;
    }
    if (rule == nullptr) {
        admission.answer = refusal(false, 404, "nothing is taken at this path");
        return admission;
    }
    admission.path = target->path;
    admission.query = target->query;
    if (asked.is_fhir) {
        const std::string_view place = std::string_view{admission.path}.substr(rule->path.size());
        admission.call = fhir_call(head.method, place, admission.query);
        asked.call = admission.call.kind;
        if (asked.call == FhirCall::Kind::Update) {
            asked.location = rule->path + "/" + admission.call.type + "/" + admission.call.id;
        }
        admission.answer = fhir_answer(*rule, head, admission, now);
    } else {
        admission.answer = webhook_answer(*rule, head, asked);
    }
    if (!admission.answer && is_compressed(head)) {
        admission.answer = refusal(asked.is_fhir, 415, "compressed bodies are not taken");
    }
    return admission;
}

}  // namespace aorta::plugins::http_source
