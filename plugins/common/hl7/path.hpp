// The address of a value in an HL7 v2 message: "OBX[2]-5", "PID-3[*].4.1".
#pragma once

#include <aorta/result.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// SEG[occurrence]-field[repetition].component.subcomponent, all counted from 1. Each number but
/// the segment may be missing: 0. `[*]` is kAll. Without an occurrence the first segment is meant,
/// without a repetition the whole field, or the first repetition if a component is named.
struct Path {
    static constexpr std::uint32_t kAll = 0xFFFFFFFF;
    static constexpr std::uint32_t kMax = 65535;

    char segment[3] = {'M', 'S', 'H'};
    std::uint32_t occurrence = 0;
    std::uint32_t field = 0;
    std::uint32_t repetition = 0;
    std::uint32_t component = 0;
    std::uint32_t subcomponent = 0;

    std::string_view segment_name() const { return {segment, 3}; }

    friend auto operator<=>(const Path&, const Path&) = default;
};

/// Reads a path. A failure has the reason hl7.bad_path and the offset in `where` ("byte 4").
Result<Path> parse_path(std::string_view text);

/// Reads what may follow a segment: "-3[2].1" or ".3.1", the latter as used relative to a row,
/// where the first number is the field. Segment and occurrence are those of `row`.
Result<Path> parse_relative_path(const Path& row, std::string_view text);

/// The text that parse_path reads back as the same path.
std::string to_string(const Path& path);

}  // namespace aorta::hl7
