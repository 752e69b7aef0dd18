#include "sink/http/outcome.hpp"

#include "common/http/json_slice.hpp"

#include <algorithm>

namespace aorta::plugins::http_sink {
namespace {

/// The value set issue-type of R4.
constexpr std::string_view kIssueTypes[] = {
    "invalid",       "structure", "required",         "value",         "invariant",  "security",
    "login",         "unknown",   "expired",          "forbidden",     "suppressed", "processing",
    "not-supported", "duplicate", "multiple-matches", "not-found",     "deleted",    "too-long",
    "code-invalid",  "extension", "too-costly",       "business-rule", "conflict",   "transient",
    "lock-error",    "no-store",  "exception",        "timeout",       "incomplete", "throttled",
    "informational"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string first_text(std::string_view array) {
    std::string text;
    http::each_item(array, [&](std::string_view item) {
        text = http::json_text(item).value_or("");
        return false;
    });
    return text;
}

std::string describe(std::string_view issue) {
    std::string code = http::json_text_of(issue, "code");
    if (std::find(std::begin(kIssueTypes), std::end(kIssueTypes), code) == std::end(kIssueTypes)) {
        code.clear();
    }
    std::string path = first_text(http::json_member(issue, "expression"));
    if (path.empty()) {
        path = first_text(http::json_member(issue, "location"));
    }
    const std::string_view safe = safe_path(path);
    return code + (code.empty() || safe.empty() ? "" : " ") + std::string{safe};
}

/// "201 Created" is 201.
unsigned leading_status(std::string_view text) {
    unsigned status = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        if (i >= text.size() || !is_digit(text[i])) {
            return 0;
        }
        status = status * 10 + static_cast<unsigned>(text[i] - '0');
    }
    return status < 100 ? 0 : status;
}

/// A refusal is worse than what is held.
int badness(Action action) {
    switch (action) {
        case Action::Done:
            return 0;
        case Action::Hold:
            return 1;
        case Action::DeadLetter:
            break;
    }
    return 2;
}

}  // namespace

std::string_view safe_path(std::string_view expression) {
    std::size_t good = 0;
    std::size_t at = 0;
    while (at < expression.size() && is_letter(expression[at])) {
        while (at < expression.size() && (is_letter(expression[at]) || is_digit(expression[at]))) {
            ++at;
        }
        good = at;
        if (at < expression.size() && expression[at] == '[') {
            std::size_t digits = at + 1;
            while (digits < expression.size() && is_digit(expression[digits])) {
                ++digits;
            }
            if (digits == at + 1 || digits == expression.size() || expression[digits] != ']') {
                break;
            }
            at = digits + 1;
            good = at;
        }
        if (at >= expression.size() || expression[at] != '.') {
            break;
        }
        ++at;
    }
    return expression.substr(0, good);
}

std::string issue_of(std::string_view outcome) {
    if (http::json_text_of(outcome, "resourceType") != "OperationOutcome") {
        return {};
    }
    std::string first;
    bool is_found = false;
    http::each_item(http::json_member(outcome, "issue"), [&](std::string_view issue) {
        const std::string severity = http::json_text_of(issue, "severity");
        is_found = severity == "error" || severity == "fatal";
        if (is_found || first.empty()) {
            first = describe(issue);
        }
        return !is_found;
    });
    return first;
}

EntryVerdicts entries_of(std::string_view bundle, const StatusPolicy& on) {
    EntryVerdicts verdicts;
    std::string type;
    std::string_view entries;
    const bool is_object =
        http::each_member(bundle, [&](std::string_view name, std::string_view value) {
            if (name == "resourceType") {
                type = http::json_text(value).value_or("");
            } else if (name == "entry") {
                entries = value;
            }
            return true;
        });
    if (!is_object || type != "Bundle") {
        return verdicts;
    }
    const bool is_array = http::each_item(entries, [&](std::string_view entry) {
        const std::string_view response = http::json_member(entry, "response");
        const unsigned status = leading_status(http::json_text_of(response, "status"));
        const Action action = on[status];
        const int worst = verdicts.worst ? badness(verdicts.worst->action) : 0;
        if (badness(action) > worst) {
            verdicts.worst = BadEntry{.index = verdicts.entries,
                                      .status = status,
                                      .action = action,
                                      .issue = issue_of(http::json_member(response, "outcome"))};
        }
        ++verdicts.entries;
        return true;
    });
    verdicts.is_bundle = is_array || entries.empty();
    return verdicts;
}

}  // namespace aorta::plugins::http_sink
