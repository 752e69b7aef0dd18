#include "base/suggest.hpp"
#include "base/text.hpp"
#include "pipeline/interpolate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;

int rank(Origin::Kind kind) {
    switch (kind) {
        case Origin::Kind::Parameter:
            return 5;
        case Origin::Kind::Set:
            return 4;
        case Origin::Kind::EnvFile:
            return 3;
        case Origin::Kind::Environment:
            return 2;
        default:
            return 1;
    }
}

}  // namespace

bool is_variable_name(std::string_view text) {
    const bool starts_with_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
    return !text.empty() && !starts_with_digit &&
           text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               std::string_view::npos;
}

void Environment::set(std::string name, Value value, Origin::Kind kind) {
    const auto found = values_.find(name);
    if (found != values_.end() && rank(found->second.origin.kind) > rank(kind)) {
        return;
    }
    // A variable made of one that is not set is not set either.
    if (value.origin.kind != Origin::Kind::Unset) {
        value.origin.kind = kind;
        value.origin.name = name;
    }
    values_.insert_or_assign(std::move(name), std::move(value));
}

void Environment::set_text(std::string name, std::string_view text, Origin::Kind kind) {
    set(std::move(name), config::resolve_plain(text), kind);
}

const Value* Environment::peek(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
}

const Value* Environment::find(const std::string& name) const {
    const Value* found = peek(name);
    if (found == nullptr || found->origin.kind != Origin::Kind::Parameter) {
        (found == nullptr ? asked_->missing : asked_->found).insert(name);
    }
    return found;
}

std::vector<std::string> Environment::names() const {
    std::vector<std::string> out;
    for (const auto& [name, value] : values_) {
        out.push_back(name);
    }
    return out;
}

void Environment::add_process(const char* const* environ) {
    for (; environ != nullptr && *environ != nullptr; ++environ) {
        const std::string_view entry(*environ);
        const std::string_view name = entry.substr(0, entry.find('='));
        const bool is_text = !base::find_invalid_utf8(entry);
        if (is_variable_name(name) && name.size() < entry.size() && is_text) {
            set_text(std::string(name), entry.substr(name.size() + 1), Origin::Kind::Environment);
        }
    }
}

void Environment::add_file(std::string_view text,
                           const std::string& file,
                           config::Diagnostics& diagnostics) {
    if (const auto bad = base::find_invalid_utf8(text)) {
        diagnostics.error({.file = file}, fmt::format("byte {} is no UTF-8", *bad));
        return;
    }
    std::uint32_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = base::trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line[0] == '#') {
            continue;
        }
        const std::size_t equals = line.find('=');
        const std::string_view name = base::trim(line.substr(0, std::min(equals, line.size())));
        if (equals == std::string_view::npos || !is_variable_name(name)) {
            diagnostics.error({file, number, 1}, "not a variable", "write NAME=value");
            continue;
        }
        std::string_view value = base::trim(line.substr(equals + 1));
        const bool is_quoted = value.size() >= 2 && value.front() == value.back() &&
                               (value.front() == '"' || value.front() == '\'');
        if (is_quoted) {
            value = value.substr(1, value.size() - 2);
        }
        Value typed = is_quoted ? Value::of_text(std::string(value)) : config::resolve_plain(value);
        typed.at = {file, number, 1};
        set(std::string(name), std::move(typed), Origin::Kind::EnvFile);
    }
}

void Environment::add_set(std::string_view assignment, config::Diagnostics& diagnostics) {
    const std::size_t equals = assignment.find('=');
    const std::string_view name = assignment.substr(0, std::min(equals, assignment.size()));
    if (equals == std::string_view::npos || !is_variable_name(name) ||
        base::find_invalid_utf8(assignment)) {
        diagnostics.error({.file = "--set"}, "not a variable", "write --set NAME=value");
        return;
    }
    set_text(std::string(name), assignment.substr(equals + 1), Origin::Kind::Set);
}

void Asked::merge(const Asked& other) {
    found.insert(other.found.begin(), other.found.end());
    missing.insert(other.missing.begin(), other.missing.end());
    declared.insert(other.declared.begin(), other.declared.end());
    is_whole = is_whole && other.is_whole;
}

void warn_of_unused(const Environment& environment,
                    const Asked& asked,
                    config::Diagnostics& diagnostics) {
    if (!asked.is_whole) {
        return;
    }
    std::vector<std::string> known(asked.found.begin(), asked.found.end());
    known.insert(known.end(), asked.missing.begin(), asked.missing.end());
    known.insert(known.end(), asked.declared.begin(), asked.declared.end());
    const std::vector<std::string> missing(asked.missing.begin(), asked.missing.end());
    for (const std::string& name : environment.names()) {
        if (asked.found.contains(name) || asked.declared.contains(name)) {
            continue;
        }
        const Value& value = *environment.peek(name);
        if (value.origin.kind == Origin::Kind::Set) {
            diagnostics.warning({.file = "--set"},
                                fmt::format("nothing uses the variable `{}`", name),
                                base::suggestion_hint(name, known));
        } else if (const auto near = base::suggest(name, missing);
                   near && value.origin.kind == Origin::Kind::EnvFile) {
            diagnostics.warning(value.at,
                                fmt::format("nothing uses the variable `{}`", name),
                                fmt::format("did you mean `{}`?", *near));
        }
    }
}

}  // namespace aorta::pipeline
