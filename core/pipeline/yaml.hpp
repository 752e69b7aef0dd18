// Strict YAML: a file into a Value, with every trap of lax readers refused.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::pipeline {

struct YamlLimits {
    std::size_t max_bytes = 4U << 20U;
    std::size_t max_depth = 64;
    std::size_t max_nodes = 100'000;  // after aliases are expanded
};

/// Reads one YAML document. Scalars are typed by the YAML 1.2 core schema (config::resolve_plain),
/// `!secret` gives an unresolved Secret. Refused, each with its place: bytes that are no UTF-8,
/// control characters, tabs as indentation, duplicate keys, keys that are no plain text, a bare
/// word where a key is due, unclosed quotes, aliases that contain themselves, merge keys, other
/// tags, a second document, and what is over the limits. Returns what could be read; Null when
/// nothing could.
config::Value parse_yaml(std::string_view text,
                         const std::string& file,
                         config::Diagnostics& diagnostics,
                         const YamlLimits& limits = {});

}  // namespace aorta::pipeline
