#include "pipeline/show.hpp"

#include "config/json.hpp"

#include <fmt/format.h>

#include <string_view>

namespace aorta::pipeline {

namespace {

using config::Origin;
using config::Value;
using Type = Value::Type;

std::string origin_of(const Value& value) {
    switch (value.origin.kind) {
        case Origin::Kind::File:
            return value.at.line == 0 ? std::string()
                                      : fmt::format("{}:{}{}",
                                                    value.at.file,
                                                    value.at.line,
                                                    value.origin.name.empty()
                                                        ? ""
                                                        : ", the default of " + value.origin.name);
        case Origin::Kind::Default:
            return "default";
        case Origin::Kind::Variable:
            return "vars " + value.origin.name;
        case Origin::Kind::Environment:
            return "env " + value.origin.name;
        case Origin::Kind::EnvFile:
            return "env-file " + value.origin.name;
        case Origin::Kind::Set:
            return "--set " + value.origin.name;
        case Origin::Kind::Parameter:
            return "parameter " + value.origin.name;
        case Origin::Kind::Unset:
            return value.origin.name + " is not set";
    }
    return {};
}

bool is_bare_word(std::string_view text) {
    constexpr std::string_view kSafe =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
    return text.find_first_not_of(kSafe) == std::string_view::npos &&
           config::resolve_plain(text).is(Type::String);
}

std::string double_quoted(std::string_view text) {
    if (is_bare_word(text)) {
        return std::string(text);
    }
    std::string out;
    config::append_json_string(out, text);
    return out;
}

// The text as the file would have to have it: variables are in place already.
std::string without_references(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out.append(c == '$' ? 2 : 1, c);
    }
    return out;
}

std::string scalar(const Value& value) {
    switch (value.type) {
        case Type::Null:
            return "null";
        case Type::String:
            return double_quoted(without_references(value.text));
        case Type::Secret:
            return "!secret " + double_quoted(without_references(value.text));
        case Type::List:
            return "[]";
        case Type::Map:
            return "{}";
        case Type::Bool:
        case Type::Int:
        case Type::Real:
            return value.text;  // as written: 5s, 64KiB, 0x10
    }
    return {};
}

// What stands behind "key:" or "-".
void write(std::string& out, const Value& value, std::size_t indent, bool after_dash) {
    if (value.is_scalar() || value.items.empty()) {
        const std::string origin = origin_of(value);
        out += " " + scalar(value) + (origin.empty() ? "" : "  # " + origin) + "\n";
        return;
    }
    bool stays_in_line = after_dash;
    if (!after_dash && indent > 0) {
        out += '\n';
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (stays_in_line) {
            out += ' ';
        } else {
            out.append(indent, ' ');
        }
        stays_in_line = false;
        const bool is_list = value.is(Type::List);
        out += is_list ? "-" : double_quoted(value.keys[i].name) + ":";
        write(out, value.items[i], indent + 2, is_list);
    }
}

}  // namespace

std::string show(const Value& resolved) {
    std::string out;
    write(out, resolved, 0, false);
    return out;
}

}  // namespace aorta::pipeline
