// Names that come twice in an object. Part of the walk over a text.
#pragma once

#include "common/fhir/tree.hpp"

#include <cstdint>
#include <string_view>

namespace aorta::fhir {

/// Objects with more names have them compared once, sorted: comparing each with those before it
/// would take quadratic time.
inline constexpr std::uint32_t kFewNames = 32;

/// One of 64 bits: tells apart most names that an object of FHIR has.
inline std::uint64_t bit_of(std::string_view name) {
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return std::uint64_t{1} << ((name.size() * 5 + first * 3U + last * 11U) & 63U);
}

/// The name among those of the nodes from `first` to `behind`, which have no escapes.
bool has_name(std::string_view text,
              const Node* nodes,
              std::uint32_t first,
              std::uint32_t behind,
              std::string_view name);

/// The first node of an object, escapes decoded, whose name another one before it has; 0 if there
/// is none.
std::uint32_t find_repeated_name(std::string_view text, const Node* nodes, std::uint32_t object);

}  // namespace aorta::fhir
