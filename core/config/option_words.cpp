#include "config/option_words.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace aorta::config {

namespace {

using Type = Value::Type;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

std::string shown(const Value& value) {
    constexpr std::size_t kMaxShown = 60;
    if (value.is(Type::Secret)) {
        return "a secret";
    }
    if (!value.is_scalar() || value.is(Type::Null)) {
        return std::string(describe(value.type));
    }
    if (!value.origin.name.empty()) {
        return fmt::format("the value of `{}`", value.origin.name);
    }
    std::string text = value.text;
    if (text.size() > kMaxShown) {
        text.resize(kMaxShown);
        text.resize(base::find_invalid_utf8(text).value_or(kMaxShown));
        text += "…";
    }
    return fmt::format("{} `{}`", describe(value.type), text);
}

std::string_view wanted(OptionType type) {
    switch (type) {
        case OptionType::Bool:
            return "true or false";
        case OptionType::Int:
            return "a whole number";
        case OptionType::Real:
            return "a number";
        case OptionType::Text:
            return "text";
        case OptionType::Duration:
            return "a duration";
        case OptionType::Size:
            return "a size";
        case OptionType::Path:
            return "a path";
        case OptionType::Secret:
            return "a secret";
        case OptionType::Expression:
            return "an expression";
        case OptionType::List:
            return "a list";
        case OptionType::Map:
            return "a map";
        case OptionType::Any:
            return "a value";
    }
    return "a value";
}

std::string mismatch_hint(const Value& given, const Option& option) {
    const bool is_text = given.is(Type::String);
    switch (option.type) {
        case OptionType::Bool:
            if (is_text && is_one_of(given.text, {"yes", "on", "y", "Yes", "On", "YES", "ON"})) {
                return "write true";
            }
            if (is_text && is_one_of(given.text, {"no", "off", "n", "No", "Off", "NO", "OFF"})) {
                return "write false";
            }
            break;
        case OptionType::Int:
        case OptionType::Real: {
            const Type plain = is_text ? resolve_plain(given.text).type : Type::Null;
            if (given.quoted && (plain == Type::Int || plain == Type::Real)) {
                return "write it without quotes";
            }
            if (is_text && !given.text.empty() && given.text[0] == '0') {
                return "a number has no leading zero; octal is written 0o17";
            }
            break;
        }
        case OptionType::Secret:
            return "keep it out of the file: write !secret file:PATH or !secret env:NAME";
        case OptionType::List:
            return given.is_scalar() && !given.is(Type::Null) ? "write a list of one item: [ … ]"
                                                              : "";
        default:
            break;
    }
    return option.example.empty() ? std::string() : fmt::format("for example: {}", option.example);
}

}  // namespace aorta::config
