#include "source/http/fhir.hpp"

#include "common/http/json_slice.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace aorta::plugins::http_source {
namespace {

using Kind = FhirCall::Kind;

constexpr std::size_t kMaxName = 64;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_type(std::string_view text) {
    return !text.empty() && text.size() <= kMaxName && text.front() >= 'A' && text.front() <= 'Z' &&
           std::all_of(text.begin(), text.end(), is_letter);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kMaxName &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

/// "Patient.name[0]", not "PID-3" or "byte 17".
bool is_fhir_path(std::string_view where) {
    return !where.empty() && where.front() >= 'A' && where.front() <= 'Z' &&
           where.find('.') != std::string_view::npos &&
           where.find_first_of(" -") == std::string_view::npos;
}

std::string date(Nanoseconds now) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 16> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

}  // namespace

FhirCall fhir_call(std::string_view method, std::string_view place, std::string_view query) {
    while (place.ends_with('/')) {
        place.remove_suffix(1);
    }
    if (place.empty()) {
        return method == "POST" ? FhirCall{Kind::Bundle} : FhirCall{Kind::Other, "", "", "POST"};
    }
    place.remove_prefix(1);
    if (place == "metadata") {
        return method == "GET" || method == "HEAD" ? FhirCall{Kind::Metadata}
                                                   : FhirCall{Kind::Other, "", "", "GET, HEAD"};
    }
    if (place == "$process-message") {
        return method == "POST" ? FhirCall{Kind::ProcessMessage}
                                : FhirCall{Kind::Other, "", "", "POST"};
    }
    const std::size_t slash = std::min(place.find('/'), place.size());
    const std::string_view type = place.substr(0, slash);
    const std::string_view id = place.substr(std::min(slash + 1, place.size()));
    if (!is_type(type) || (slash < place.size() && !is_id(id))) {
        return {Kind::Unknown};
    }
    if (slash < place.size()) {
        return method == "PUT" ? FhirCall{Kind::Update, std::string{type}, std::string{id}}
                               : FhirCall{Kind::Other, "", "", "PUT"};
    }
    if (method == "PUT" && !query.empty()) {
        return {Kind::ConditionalUpdate, std::string{type}};
    }
    return method == "POST" ? FhirCall{Kind::Create, std::string{type}}
                            : FhirCall{Kind::Other, "", "", "POST"};
}

std::string_view interaction(Kind kind) {
    switch (kind) {
        case Kind::Create:
            return "create";
        case Kind::Update:
        case Kind::ConditionalUpdate:
            return "update";
        case Kind::Bundle:
            return "transaction";
        case Kind::ProcessMessage:
            return "process-message";
        case Kind::None:
        case Kind::Metadata:
        case Kind::Unknown:
        case Kind::Other:
            break;
    }
    return "";
}

std::string_view trouble_with_body(const FhirCall& call, std::string_view body) {
    std::string type;
    std::string id;
    std::size_t types = 0;
    std::size_t ids = 0;
    const bool is_object =
        http::each_member(body, [&](std::string_view name, std::string_view value) {
            if (name == "resourceType") {
                type = http::json_text(value).value_or("");
                ++types;
            } else if (name == "id") {
                id = http::json_text(value).value_or("");
                ++ids;
            }
            return true;
        });
    if (!is_object) {
        return "the body is no JSON object";
    }
    if (types > 1 || ids > 1) {
        return "the body has a second resourceType or id";
    }
    if (type.empty()) {
        return "the body has no resourceType";
    }
    if (type != (call.type.empty() ? "Bundle" : call.type)) {
        return "the body's resourceType is not what the address is for";
    }
    return call.kind == Kind::Update && id != call.id
               ? std::string_view{"the body's id is not that of the address"}
               : std::string_view{};
}

std::string operation_outcome(std::string_view severity,
                              std::string_view code,
                              std::string_view text,
                              std::string_view where) {
    std::string out = R"({"resourceType":"OperationOutcome","issue":[{"severity":)";
    out += http::json_quoted(severity) + ",\"code\":" + http::json_quoted(code);
    out += ",\"details\":{\"text\":" + http::json_quoted(text) + "}";
    if (is_fhir_path(where)) {
        out += ",\"expression\":[" + http::json_quoted(where) + "]";
    } else if (!where.empty()) {
        out += ",\"diagnostics\":" + http::json_quoted(where);
    }
    return out + "}]}";
}

std::string capability_statement(const PathRule& rule, Nanoseconds now) {
    std::string out = R"({"resourceType":"CapabilityStatement","status":"active","date":)";
    out += http::json_quoted(date(now));
    out += R"(,"kind":"instance","software":{"name":"Aorta"},)"
           R"("implementation":{"description":"Takes FHIR resources into a pipeline"},)"
           R"("fhirVersion":"4.0.1","format":["application/fhir+json","json"],)"
           R"("rest":[{"mode":"server",)";
    if (!rule.types.empty()) {
        out += "\"resource\":[";
        for (const std::string& type : rule.types) {
            out += out.ends_with('[') ? "" : ",";
            out += "{\"type\":" + http::json_quoted(type) +
                   R"(,"interaction":[{"code":"create"},{"code":"update"}],)"
                   R"("updateCreate":true,"conditionalCreate":true,"conditionalUpdate":true})";
        }
        out += "],";
    }
    return out + R"("interaction":[{"code":"transaction"},{"code":"batch"}],)"
                 R"("operation":[{"name":"process-message","definition":)"
                 R"("http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message"}]}]})";
}

}  // namespace aorta::plugins::http_source
