// Golden files: records as a text that people read and git shows, compared but for what changes.
#pragma once

#include <aorta/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::runtime {

/// The records one after the other, every line (and HL7 segment) ended by LF.
std::string golden_text(std::span<const std::string> records);

/// The text with what the paths name left out. `MSH-7`, `OBX-5.2`: HL7 fields and components, in
/// all segments of the name; `meta.lastUpdated`: keys of lines that are JSON, lists looked through.
/// InvalidConfig for a path that is neither.
Result<std::string> without_ignored(std::string text, std::span<const std::string> paths);

/// Lines that differ, "- expected" and "+ came", with a line around them; at most `most` lines.
/// Empty when the texts are equal.
std::string diff(std::string_view expected, std::string_view came, std::size_t most = 24);

}  // namespace aorta::runtime
