// The tokens of FHIR paths; the rules are in path_parser.cpp.
#include "common/fhir/date_time.hpp"
#include "common/fhir/json_text.hpp"
#include "common/fhir/json_token.hpp"
#include "common/fhir/path.hpp"
#include "common/fhir/path_parser.hpp"

#include <string>
#include <utility>

namespace aorta::fhir {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

PathNodeId PathParser::quoted() {
    const std::size_t start = at_++;
    std::string text;
    while (!error_) {
        const char c = peek();
        if (c == '\0' && at_ >= text_.size()) {
            return fail(start, "the quote is not closed");
        }
        ++at_;
        if (c == '\\') {
            if (!read_escape(text)) {
                return fail(at_ - 1,
                            "an escape that is none: \\' \\\\ \\n \\r \\t \\f \\u0041 are");
            }
        } else if (c != '\'') {
            text += c;
        } else if (peek() == '\'') {
            ++at_;  // written twice, as expressions write it
            text += '\'';
        } else {
            break;
        }
    }
    return add({.op = PathOp::Text, .text = add_text(std::move(text))});
}

/// What stands behind a backslash.
bool PathParser::read_escape(std::string& out) {
    const char c = peek();
    if (std::string_view{"'`"}.find(c) != std::string_view::npos && c != '\0') {
        out += c;
        ++at_;
        return true;
    }
    // The others are JSON's.
    const std::size_t length = c == 'u' ? 6 : 2;
    const std::string_view escape = text_.substr(at_ - 1, length);
    if (escape.size() < length || c == 'b' || find_bad_escape(escape) != escape.size()) {
        return false;
    }
    append_unescaped(escape, out);
    at_ += length - 1;
    return true;
}

PathNodeId PathParser::number(bool is_negative) {
    const std::size_t start = at_;
    while (is_digit(peek())) {
        ++at_;
    }
    if (peek() == '.' && is_digit(peek(1))) {
        ++at_;
        while (is_digit(peek())) {
            ++at_;
        }
    }
    std::string digits{text_.substr(start, at_ - start)};
    if (!is_json_number(digits)) {
        return fail(start, "not a number such as 6.5");
    }
    skip_space();
    if (peek() == '\'') {
        return fail(at_, "quantities are not compared here: compare .value, and .unit or .code");
    }
    return add({.op = PathOp::Number, .text = add_text((is_negative ? "-" : "") + digits)});
}

PathNodeId PathParser::date() {
    const std::size_t start = ++at_;
    while (is_digit(peek()) || peek() == '-' || peek() == ':' || peek() == 'T' || peek() == 'Z' ||
           peek() == '+' || (peek() == '.' && is_digit(peek(1)))) {
        ++at_;
    }
    std::string text{text_.substr(start, at_ - start)};
    if (text.ends_with('T')) {
        text.pop_back();  // a dateTime that is a date only
    }
    if (!parse_date_time(text)) {
        return fail(start, "not a date or time such as @2024-01-31 or @2024-01-31T08:30:00Z");
    }
    return add({.op = PathOp::Date, .text = add_text(std::move(text))});
}

std::string PathParser::identifier() {
    if (peek() == '`') {
        const std::size_t start = ++at_;
        const std::size_t end = text_.find('`', start);
        if (end == std::string_view::npos || end == start) {
            fail(start, "a name in backquotes is empty or not closed");
            return {};
        }
        at_ = end + 1;
        return std::string{text_.substr(start, end - start)};
    }
    const std::size_t start = at_;
    while (is_letter(peek()) || (at_ > start && is_digit(peek()))) {
        ++at_;
    }
    if (at_ == start) {
        fail(at_, "a name of an element or a function is expected");
    }
    return std::string{text_.substr(start, at_ - start)};
}

std::string PathParser::type_name() {
    skip_space();
    std::string name = identifier();
    if (!error_ && peek() == '.' && (name == "FHIR" || name == "System")) {
        ++at_;
        name = identifier();
    }
    skip_space();
    return name;
}

std::int64_t PathParser::whole_number() {
    skip_space();
    const std::size_t start = at_;
    std::int64_t value = 0;
    while (is_digit(peek()) && at_ - start < 9) {
        value = value * 10 + (peek() - '0');
        ++at_;
    }
    if (at_ == start || is_digit(peek())) {
        fail(start, "a whole number of at most nine digits is expected");
    }
    return value;
}

PathNodeId PathParser::add(PathNode node) {
    if (program_.nodes.size() == PathLimits::kMaxNodes) {
        return fail(at_, "a path has at most " + std::to_string(PathLimits::kMaxNodes) + " parts");
    }
    program_.nodes.push_back(node);
    return static_cast<PathNodeId>(program_.nodes.size() - 1);
}

PathNodeId PathParser::add_binary(PathOp op, PathNodeId left, PathNodeId right) {
    return add({.op = op, .input = left, .argument = right});
}

std::uint16_t PathParser::add_text(std::string text) {
    program_.texts.push_back(std::move(text));
    return static_cast<std::uint16_t>(program_.texts.size() - 1);
}

PathNodeId PathParser::fail(std::size_t offset, std::string message) {
    if (!error_) {
        error_ =
            Error{ErrorCode::InvalidConfig, std::move(message), "byte " + std::to_string(offset)};
    }
    return 0;
}

void PathParser::skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
        ++at_;
    }
}

bool PathParser::accept(std::string_view symbol) {
    skip_space();
    if (error_ || !text_.substr(at_).starts_with(symbol)) {
        return false;
    }
    at_ += symbol.size();
    return true;
}

bool PathParser::accept_word(std::string_view word) {
    skip_space();
    const char behind = peek(word.size());
    if (error_ || !text_.substr(at_).starts_with(word) || is_letter(behind) || is_digit(behind)) {
        return false;
    }
    at_ += word.size();
    return true;
}

void PathParser::expect(char c) {
    if (!error_ && !accept(std::string_view{&c, 1})) {
        fail(at_, std::string{"'"} + c + "' is expected");
    }
}

}  // namespace aorta::fhir
