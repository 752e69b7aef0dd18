#include "app/letter_text.hpp"

#include "app/console.hpp"
#include "app/side_by_side.hpp"
#include "base/clock.hpp"
#include "config/json.hpp"

#include <fmt/format.h>

#include <vector>

namespace aorta::app {

using config::Value;
using delivery::LetterFailure;
using delivery::StoredLetter;

namespace {

std::string time_text(std::int64_t time_ns) {
    return base::to_rfc3339(base::Nanoseconds{time_ns});
}

Value json_of(const LetterFailure& failure) {
    Value out = Value::of_map();
    out.add("time", Value::of_text(time_text(failure.time_ns)));
    out.add("node", Value::of_text(failure.node));
    out.add("code", Value::of_text(failure.code));
    out.add("reason", Value::of_text(failure.reason));
    out.add("where", Value::of_text(failure.where));
    return out;
}

/// Segments of HL7 v2 end in CR, which a terminal would write over each other; and a payload is
/// not to give it orders.
std::string shown(std::string_view payload) {
    std::string out;
    while (!payload.empty()) {
        const char c = payload.front();
        if (c == '\r' || c == '\n' || c == '\t') {
            out += c == '\r' ? '\n' : c;
            payload.remove_prefix(1);
        } else {
            out += take_character(payload);
        }
    }
    return out;
}

}  // namespace

Value json_of(const StoredLetter& letter, bool with_payload) {
    Value out = Value::of_map();
    const auto text = [&](const char* name, const std::string& value) {
        out.add(name, Value::of_text(value));
    };
    const auto number = [&](const char* name, std::uint64_t value) {
        out.add(name, Value::of_int(static_cast<std::int64_t>(value)));
    };
    out.add("number", Value::of_int(letter.number));
    text("time", time_text(letter.last.time_ns));
    text("pipeline", letter.pipeline);
    text("node", letter.last.node);
    text("code", letter.last.code);
    text("reason", letter.last.reason);
    text("where", letter.last.where);
    text("content_type", letter.content_type);
    number("bytes", letter.bytes);
    text("record", letter.record_id);
    text("key", letter.key == 0 ? "" : fmt::format("{:016x}", letter.key));
    number("attempts", letter.attempts);
    text("state", letter.state);
    text("to", letter.target);
    text("sealed_with", letter.key_id);
    text("first_time", time_text(letter.first_time_ns));
    text("ingest_time", time_text(letter.ingest_time_ns));
    if (letter.event_time_ns != 0) {
        text("event_time", time_text(letter.event_time_ns));
    }
    if (!letter.history.empty()) {
        Value history = Value::of_list({});
        for (const LetterFailure& failure : letter.history) {
            history.items.push_back(json_of(failure));
        }
        out.add("history", std::move(history));
    }
    if (with_payload) {
        Value attributes = Value::of_map();
        for (const auto& [name, value] : letter.attributes) {
            attributes.add(name, Value::of_text(value));
        }
        out.add("attributes", std::move(attributes));
        text("payload", letter.payload);
    }
    return out;
}

std::string letters_text(std::span<const StoredLetter> letters) {
    std::vector<std::vector<std::string>> rows{
        {"number", "time", "node", "reason", "where", "type", "bytes", "tries", "state"}};
    for (const StoredLetter& letter : letters) {
        rows.push_back({std::to_string(letter.number),
                        time_text(letter.last.time_ns),
                        letter.last.node,
                        letter.last.reason,
                        letter.last.where,
                        letter.content_type,
                        std::to_string(letter.bytes),
                        std::to_string(letter.attempts),
                        letter.state});
    }
    return table(rows, "", {0, 6, 7});
}

std::string letter_text(const Value& letter) {
    std::vector<std::vector<std::string>> rows;
    std::string payload;
    for (std::size_t i = 0; i < letter.items.size(); ++i) {
        const std::string& name = letter.keys[i].name;
        const Value& value = letter.items[i];
        if (name == "payload") {
            payload = "\n" + shown(value.text);
        } else if (name == "attributes") {
            rows.push_back({name, config::to_json(value)});
        } else if (name == "history") {
            for (const Value& failure : value.items) {
                std::string line;
                for (const Value& part : failure.items) {
                    line += (line.empty() || part.text.empty() ? "" : "  ") + part.text;
                }
                rows.push_back({"failed", line});
            }
        } else {
            rows.push_back(
                {name, value.is(Value::Type::Int) ? std::to_string(value.integer) : value.text});
        }
    }
    return table(rows, "") + payload + (payload.empty() || payload.ends_with('\n') ? "" : "\n");
}

}  // namespace aorta::app
