#include "config/diagnostic.hpp"

#include "config/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace aorta::config {

namespace {

std::string_view name_of(Severity severity) {
    return severity == Severity::Error ? "error" : "warning";
}

}  // namespace

std::string to_text(const Diagnostic& diagnostic) {
    const Position& at = diagnostic.at;
    std::string out;
    if (!at.file.empty()) {
        out += at.file + ":";
    }
    if (at.line > 0) {
        out += fmt::format("{}:{}:", at.line, at.column);
    }
    if (!out.empty()) {
        out += ' ';
    }
    out += fmt::format("{}: {}", name_of(diagnostic.severity), diagnostic.message);
    if (!diagnostic.hint.empty()) {
        out += fmt::format("\n    {}", diagnostic.hint);
    }
    return out;
}

void Diagnostics::error(const Position& at, std::string message, std::string hint) {
    add({Severity::Error, at, std::move(message), std::move(hint)});
}

void Diagnostics::warning(const Position& at, std::string message, std::string hint) {
    add({Severity::Warning, at, std::move(message), std::move(hint)});
}

void Diagnostics::add(Diagnostic diagnostic) {
    ++(diagnostic.severity == Severity::Error ? errors_ : warnings_);
    if (kept_.size() < kMaxKept) {
        kept_.push_back(std::move(diagnostic));
    }
}

void Diagnostics::append(const Diagnostics& others) {
    const std::size_t errors = errors_ + others.errors_;
    const std::size_t warnings = warnings_ + others.warnings_;
    for (const Diagnostic& diagnostic : others.kept_) {
        add(diagnostic);
    }
    errors_ = errors;
    warnings_ = warnings;
}

std::vector<Diagnostic> Diagnostics::sorted() const {
    std::vector<Diagnostic> out = kept_;
    std::stable_sort(out.begin(), out.end(), [](const Diagnostic& left, const Diagnostic& right) {
        return left.at < right.at;
    });
    return out;
}

std::string Diagnostics::to_text() const {
    std::string out;
    for (const Diagnostic& diagnostic : sorted()) {
        out += config::to_text(diagnostic) + "\n";
    }
    const std::size_t left_out = errors_ + warnings_ - kept_.size();
    if (left_out > 0) {
        out += fmt::format("and {} more\n", left_out);
    }
    return out;
}

std::string Diagnostics::to_json() const {
    Value list = Value::of_list({});
    for (const Diagnostic& diagnostic : sorted()) {
        Value entry = Value::of_map();
        entry.add("severity", Value::of_text(std::string(name_of(diagnostic.severity))));
        entry.add("file", Value::of_text(diagnostic.at.file));
        entry.add("line", Value::of_int(diagnostic.at.line));
        entry.add("column", Value::of_int(diagnostic.at.column));
        entry.add("message", Value::of_text(diagnostic.message));
        entry.add("hint", Value::of_text(diagnostic.hint));
        list.items.push_back(std::move(entry));
    }
    return config::to_json(list);
}

}  // namespace aorta::config
