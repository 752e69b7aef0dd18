#include "config/json.hpp"

#include "base/text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>

namespace aorta::config {

namespace {

namespace json = boost::json;

// The parser's events, gathered into a Value. A member returning false stops the parser; `problem`
// then says why.
class Handler {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    explicit Handler(std::size_t max_values) : max_values_(max_values) {}

    std::string problem;
    Value result;

    bool on_document_begin(json::error_code&) { return true; }

    bool on_document_end(json::error_code&) { return true; }

    bool on_object_begin(json::error_code& ec) { return open(Value::of_map(), ec); }

    bool on_object_end(std::size_t, json::error_code& ec) { return close(ec); }

    bool on_array_begin(json::error_code& ec) { return open(Value::of_list({}), ec); }

    bool on_array_end(std::size_t, json::error_code& ec) { return close(ec); }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        return gather(part);
    }

    bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
        gather(part);
        Frame& frame = open_.back();
        frame.key = std::exchange(text_, {});
        return frame.seen.insert(frame.key).second ||
               fail(fmt::format("the key `{}` stands twice", frame.key), ec);
    }

    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        return gather(part);
    }

    bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
        gather(part);
        return put(Value::of_text(std::exchange(text_, {})), ec);
    }

    bool on_number_part(json::string_view part, json::error_code&) { return gather(part); }

    bool on_int64(std::int64_t number, json::string_view part, json::error_code& ec) {
        gather(part);
        return put({.type = Value::Type::Int, .integer = number, .text = std::exchange(text_, {})},
                   ec);
    }

    bool on_uint64(std::uint64_t, json::string_view, json::error_code& ec) { return too_large(ec); }

    bool on_double(double number, json::string_view part, json::error_code& ec) {
        gather(part);
        if (!std::isfinite(number) || text_.find_first_of(".eE") == std::string::npos) {
            return too_large(ec);
        }
        // Boost's number may be off in the last bit; when from_chars finds it too small, it will
        // do.
        std::from_chars(text_.data(), text_.data() + text_.size(), number);
        return put({.type = Value::Type::Real, .real = number, .text = std::exchange(text_, {})},
                   ec);
    }

    bool on_bool(bool value, json::error_code& ec) { return put(Value::of_bool(value), ec); }

    bool on_null(json::error_code& ec) { return put({}, ec); }

    bool on_comment_part(json::string_view, json::error_code&) { return true; }

    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    struct Frame {
        Value value;
        std::string key = {};
        std::unordered_set<std::string> seen = {};
    };

    bool gather(json::string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }

    bool fail(std::string message, json::error_code& ec) {
        problem = std::move(message);
        ec = json::error::exception;  // any: `problem` is what is shown
        return false;
    }

    bool too_large(json::error_code& ec) { return fail("a number is too large", ec); }

    bool open(Value value, json::error_code& ec) {
        if (++values_ > max_values_) {
            return fail("too many values", ec);
        }
        open_.push_back({.value = std::move(value)});
        return true;
    }

    bool close(json::error_code& ec) {
        Value value = std::move(open_.back().value);
        open_.pop_back();
        --values_;  // put counts it
        return put(std::move(value), ec);
    }

    bool put(Value value, json::error_code& ec) {
        if (++values_ > max_values_) {
            return fail("too many values", ec);
        }
        if (open_.empty()) {
            result = std::move(value);
            return true;
        }
        Frame& frame = open_.back();
        if (frame.value.is(Value::Type::Map)) {
            frame.value.add(std::move(frame.key), std::move(value));
        } else {
            frame.value.items.push_back(std::move(value));
        }
        return true;
    }

    std::size_t max_values_;
    std::size_t values_ = 0;
    std::vector<Frame> open_;
    std::string text_;
};

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
}

class Writer {
public:
    explicit Writer(bool pretty) : pretty_(pretty) {}

    void write(const Value& value) {
        switch (value.type) {
            case Value::Type::Null:
                out += "null";
                break;
            case Value::Type::Bool:
                out += value.integer != 0 ? "true" : "false";
                break;
            case Value::Type::Int:
                out += fmt::format("{}", value.integer);
                break;
            case Value::Type::Real:
                write_real(value.real);
                break;
            case Value::Type::String:
                append_json_string(out, value.text);
                break;
            case Value::Type::Secret:
                out += "\"***\"";
                break;
            case Value::Type::List:
            case Value::Type::Map:
                write_items(value);
                break;
        }
    }

    std::string out;

private:
    // The shortest spelling that reads back, as a real.
    void write_real(double number) {
        const std::string text = std::isfinite(number) ? fmt::format("{}", number) : "null";
        out += text;
        if (text.find_first_not_of("-0123456789") == std::string::npos) {
            out += ".0";
        }
    }

    void write_items(const Value& value) {
        const bool is_map = value.is(Value::Type::Map);
        out += is_map ? '{' : '[';
        ++depth_;
        for (std::size_t i = 0; i < value.items.size(); ++i) {
            if (i > 0) {
                out += ',';
            }
            break_line();
            if (is_map) {
                append_json_string(out, value.keys[i].name);
                out += pretty_ ? ": " : ":";
            }
            write(value.items[i]);
        }
        --depth_;
        if (!value.items.empty()) {
            break_line();
        }
        out += is_map ? '}' : ']';
    }

    void break_line() {
        if (pretty_) {
            out += '\n';
            out.append(depth_ * 2, ' ');
        }
    }

    bool pretty_;
    std::size_t depth_ = 0;
};

Error invalid(std::string message, std::size_t offset) {
    return {ErrorCode::InvalidData, std::move(message), fmt::format("byte {}", offset)};
}

}  // namespace

Result<Value> parse_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.max_bytes) {
        return invalid(fmt::format("more than {} bytes of JSON", limits.max_bytes),
                       limits.max_bytes);
    }
    json::parse_options options;
    options.max_depth = limits.max_depth;
    json::basic_parser<Handler> parser(options, limits.max_values);
    json::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!parser.handler().problem.empty()) {
        return invalid(parser.handler().problem, used);
    }
    if (ec) {
        return invalid("not JSON: " + ec.message(), used);
    }
    if (used < text.size()) {
        return invalid("not JSON: more text behind the value", used);
    }
    return std::move(parser.handler().result);
}

std::string to_json(const Value& value) {
    Writer writer(false);
    writer.write(value);
    return std::move(writer.out);
}

std::string to_json_pretty(const Value& value) {
    Writer writer(true);
    writer.write(value);
    return std::move(writer.out) + "\n";
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::optional<std::size_t> bad = base::find_invalid_utf8(text);
    while (bad) {
        append_escaped(out, text.substr(0, *bad));
        out += "\\ufffd";
        text.remove_prefix(*bad + 1);
        bad = base::find_invalid_utf8(text);
    }
    append_escaped(out, text);
    out += '"';
}

}  // namespace aorta::config
