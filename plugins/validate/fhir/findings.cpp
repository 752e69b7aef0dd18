#include "validate/fhir/findings.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::plugins::validate_fhir {

namespace {

std::string_view name_of(Severity severity) {
    return severity == Severity::Error ? "error" : "warning";
}

/// Texts may quote rules of a profile.
void append_quoted(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

std::string Place::text() const {
    std::string out{root_};
    for (const Step& step : steps_) {
        out += '.';
        if (step.element == nullptr) {
            out += step.name;
        } else {
            out += fhir_definitions::base_name_of(*step.element);
        }
        if (step.element != nullptr &&
            fhir_definitions::has(*step.element, fhir_definitions::data::kChoice)) {
            out += ".ofType(";
            out += fhir_definitions::name_of(step.element->type);
            out += ')';
        }
        if (step.index != kNone) {
            out += '[';
            out += std::to_string(step.index);
            out += ']';
        }
    }
    return out;
}

void Reporter::rule(Problem problem, std::string_view key, std::string_view human) {
    const Severity severity = severity_of(problem, key);
    if (wants(severity)) {
        std::string text{key};
        store(problem, severity, text.append(": ").append(human));
    }
}

void Reporter::store(Problem problem, Severity severity, std::string text) {
    if (findings_.size() == kMaxFindings) {
        const auto last =
            std::find_if(findings_.rbegin(), findings_.rend(), [](const Finding& each) {
                return each.severity == Severity::Warning;
            });
        findings_.erase(std::prev(last.base()));
        --warnings_;
    }
    warnings_ += severity == Severity::Warning ? 1 : 0;
    findings_.push_back({problem, severity, place.text(), std::move(text)});
}

std::string to_json(const std::vector<Finding>& findings) {
    std::string out = "[";
    for (const Finding& finding : findings) {
        const ProblemInfo& info = info_of(finding.problem);
        out += out.size() > 1 ? "," : "";
        out.append(R"({"reason":")").append(info.reason);
        out.append(R"(","severity":")").append(name_of(finding.severity));
        out.append(R"(","code":")").append(info.issue_type);
        out.append(R"(","path":)");
        append_quoted(out, finding.path);
        out += R"(,"text":)";
        append_quoted(out, finding.text);
        out += '}';
    }
    return out + "]";
}

std::string to_operation_outcome(const std::vector<Finding>& findings) {
    std::string out = R"({"resourceType":"OperationOutcome","issue":[)";
    bool is_first = true;
    for (const Finding& finding : findings) {
        const ProblemInfo& info = info_of(finding.problem);
        out += is_first ? "" : ",";
        is_first = false;
        out.append(R"({"severity":")").append(name_of(finding.severity));
        out.append(R"(","code":")").append(info.issue_type);
        out.append(R"(","details":{"coding":[{"code":")").append(info.reason);
        out += R"("}],"text":)";
        append_quoted(out, finding.text);
        out += R"(},"expression":[)";
        append_quoted(out, finding.path);
        out += "]}";
    }
    return out + "]}";
}

}  // namespace aorta::plugins::validate_fhir
