// "Did you mean …?"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aorta::base {

/// The candidate nearest to `word` by edit distance (case and '-'/'_' do not count, a swap of
/// neighbours is one edit), or nothing when none is near enough to be a slip of the hand.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

/// "did you mean `x`?", or "known are: a, b, c" (at most 12 of them), or "" without candidates.
std::string suggestion_hint(std::string_view word, std::span<const std::string> candidates);

}  // namespace aorta::base
