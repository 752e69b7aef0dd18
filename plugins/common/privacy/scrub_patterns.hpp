// The patterns that a scrubber knows, and what it puts in the place of what they find.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aorta::privacy {

enum class Finding : std::uint8_t { Name, Date, Id, Place, Contact, Age, Text };

/// "[NAME]"
std::string_view tag_of(Finding finding);

struct ScrubPattern {
    Finding finding;
    std::string_view pattern;  ///< RE2 with parts; its first group is what is found
};

std::span<const ScrubPattern> scrub_patterns();

/// A pattern of scrub_patterns() with its parts put in: <month>, <year>, …
std::string expanded(std::string_view pattern);

}  // namespace aorta::privacy
