#include "config/value.hpp"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace aorta::config {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        text.remove_prefix(1);
    }
    return text;
}

// All of the text as a number; from_chars knows no '+'.
template <class Number, class... Format>
std::optional<Number> read_number(std::string_view text, Format... format) {
    if (!text.empty() && text[0] == '+') {
        text.remove_prefix(1);
    }
    Number number{};
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, format...);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::int64_t> read_int(std::string_view text) {
    if (text.starts_with("0o") || text.starts_with("0x")) {
        const std::string_view digits = text.substr(2);
        if (digits.empty() || digits[0] == '-' || digits[0] == '+') {
            return std::nullopt;
        }
        return read_number<std::int64_t>(digits, text[1] == 'o' ? 8 : 16);
    }
    const std::string_view digits = without_sign(text);
    for (const char c : digits) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
    }
    return digits.empty() ? std::nullopt : read_number<std::int64_t>(text, 10);
}

// [0-9]+ ( . [0-9]* )? or . [0-9]+ , then an exponent; at least one of the two, or it is an
// integer.
bool looks_real(std::string_view text) {
    text = without_sign(text);
    std::size_t digits = 0;
    bool has_point = false;
    std::size_t i = 0;
    for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !has_point)); ++i) {
        has_point = has_point || text[i] == '.';
        digits += is_digit(text[i]) ? 1U : 0U;
    }
    if (digits == 0) {
        return false;
    }
    if (i == text.size()) {
        return has_point;
    }
    if (text[i] != 'e' && text[i] != 'E') {
        return false;
    }
    const std::string_view exponent = without_sign(text.substr(i + 1));
    for (const char c : exponent) {
        if (!is_digit(c)) {
            return false;
        }
    }
    return !exponent.empty();
}

bool has_leading_zero(std::string_view text) {
    text = without_sign(text);
    return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

bool equal_maps(const Value& left, const Value& right) {
    for (std::size_t i = 0; i < left.keys.size(); ++i) {
        if (left.keys[i].name != right.keys[i].name) {
            return false;
        }
    }
    return left.items == right.items;
}

}  // namespace

Value Value::of_bool(bool value) {
    return {.type = Type::Bool, .integer = value ? 1 : 0, .text = value ? "true" : "false"};
}

Value Value::of_int(std::int64_t value) {
    return {.type = Type::Int, .integer = value, .text = std::to_string(value)};
}

Value Value::of_real(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {.type = Type::Real, .real = value, .text = std::string(buffer, end)};
}

Value Value::of_text(std::string value) {
    return {.type = Type::String, .quoted = true, .text = std::move(value)};
}

Value Value::of_list(std::vector<Value> items) {
    return {.type = Type::List, .items = std::move(items)};
}

Value Value::of_map() {
    return {.type = Type::Map};
}

const Value* Value::find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].name == key) {
            return &items[i];
        }
    }
    return nullptr;
}

Value* Value::find(std::string_view key) {
    return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::add(std::string key, Value value) {
    keys.push_back({.name = std::move(key), .at = value.at});
    return items.emplace_back(std::move(value));
}

bool operator==(const Value& left, const Value& right) {
    if (left.type != right.type || left.items.size() != right.items.size()) {
        return false;
    }
    switch (left.type) {
        case Value::Type::Null:
            return true;
        case Value::Type::Bool:
        case Value::Type::Int:
            return left.integer == right.integer;
        case Value::Type::Real:
            return left.real == right.real;
        case Value::Type::String:
            return left.text == right.text;
        case Value::Type::List:
            return left.items == right.items;
        case Value::Type::Map:
            return equal_maps(left, right);
        case Value::Type::Secret:
            return left.text == right.text && left.secret == right.secret;
    }
    return false;
}

std::string_view describe(Value::Type type) {
    switch (type) {
        case Value::Type::Null:
            return "nothing";
        case Value::Type::Bool:
            return "true or false";
        case Value::Type::Int:
            return "a whole number";
        case Value::Type::Real:
            return "a number";
        case Value::Type::String:
            return "text";
        case Value::Type::List:
            return "a list";
        case Value::Type::Map:
            return "a map";
        case Value::Type::Secret:
            return "a secret";
    }
    return "nothing";
}

Value resolve_plain(std::string_view text) {
    Value out{.type = Value::Type::String, .text = std::string(text)};
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        out.type = Value::Type::Null;
    } else if (text == "true" || text == "True" || text == "TRUE") {
        out.type = Value::Type::Bool;
        out.integer = 1;
    } else if (text == "false" || text == "False" || text == "FALSE") {
        out.type = Value::Type::Bool;
    } else if (has_leading_zero(text)) {
        // `017` is fifteen to YAML 1.1 readers and seventeen to 1.2 readers: neither is guessed.
    } else if (const auto integer = read_int(text)) {
        out.type = Value::Type::Int;
        out.integer = *integer;
    } else if (looks_real(text)) {
        if (const auto real = read_number<double>(text)) {
            out.type = Value::Type::Real;
            out.real = *real;
        }
    }
    return out;
}

}  // namespace aorta::config
