// JSON in and out of Value.
#pragma once

#include "config/value.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::config {

struct JsonLimits {
    std::size_t max_bytes = 16U << 20U;
    std::size_t max_depth = 64;
    std::size_t max_values = 1'000'000;
};

/// Reads one JSON text (RFC 8259). Refuses (InvalidData, `where` is "byte N") what is no JSON,
/// duplicate keys, invalid UTF-8, integers beyond 64 bits and what is over the limits. Values have
/// no positions.
Result<Value> parse_json(std::string_view text, const JsonLimits& limits = {});

/// JSON on one line, keys in the map's order, secrets as "***", numbers that JSON lacks as null.
std::string to_json(const Value& value);

/// The same, indented by two spaces and ended by a newline, for files that people read.
std::string to_json_pretty(const Value& value);

/// Appends the text in quotes, escaped. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace aorta::config
