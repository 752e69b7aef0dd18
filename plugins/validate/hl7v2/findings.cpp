#include "validate/hl7v2/findings.hpp"

#include "common/hl7/error_code.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::plugins::validate_hl7v2 {

namespace {

/// Texts may quote patterns and values of the profile.
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

void Reporter::bad_line(std::size_t segment) {
    if (wants(Problem::BadSegmentName)) {
        add(Problem::BadSegmentName,
            "segment " + std::to_string(segment + 1),
            {},
            "a segment begins with a capital letter and two capital letters or digits; a line "
            "break inside a value is written \\.br\\ or \\X0D\\");
    }
}

void Reporter::add(Problem problem, std::string path, std::string_view segment, std::string text) {
    if (findings_.size() == kMaxFindings) {
        const auto last =
            std::find_if(findings_.rbegin(), findings_.rend(), [](const Finding& each) {
                return each.severity == Severity::Warning;
            });
        findings_.erase(std::prev(last.base()));
        --warnings_;
    }
    const Severity severity = severities_[static_cast<std::size_t>(problem)];
    warnings_ += severity == Severity::Warning ? 1 : 0;
    findings_.push_back(
        {problem, severity, std::move(path), std::string{segment}, std::move(text)});
}

/// A first occurrence and a first repetition are left out.
std::string Reporter::path_in(std::size_t segment, hl7::Path path) const {
    const std::string_view name = message_->name(segment);
    std::copy_n(name.begin(), name.size(), path.segment);
    std::uint32_t occurrence = 1;
    for (auto at = message_->find(name); at && *at < segment;
         at = message_->find_from(name, *at + 1)) {
        ++occurrence;
    }
    path.occurrence = occurrence > 1 ? occurrence : 0;
    path.repetition = path.repetition > 1 ? path.repetition : 0;
    return hl7::to_string(path);
}

std::string to_json(const std::vector<Finding>& findings) {
    std::string out = "[";
    for (const Finding& finding : findings) {
        const ProblemInfo& info = info_of(finding.problem);
        out += out.size() > 1 ? "," : "";
        out += R"({"reason":")";
        out += info.reason;
        out += R"(","code":")";
        out += hl7::error_text_of(info.reason).code;
        out += R"(","severity":")";
        out += finding.severity == Severity::Error ? "error" : "warning";
        out += R"(","segment":")";
        out += finding.segment;
        out += R"(","path":")";
        out += finding.path;
        out += R"(","text":)";
        append_quoted(out, finding.text);
        out += '}';
    }
    return out + "]";
}

}  // namespace aorta::plugins::validate_hl7v2
