// Cutting a payload that holds several messages, with or without a batch around them.
#pragma once

#include <string_view>
#include <vector>

namespace aorta::plugins::split {

struct BatchPieces {
    /// The messages, and what belongs to none as pieces of their own, in order. Views of the
    /// payload. Envelope segments (FHS, BHS, BTS, FTS) and blank lines are left out.
    std::vector<std::string_view> pieces;
    bool has_messages = false;
    bool has_envelope = false;
    /// An envelope has no trailer.
    bool lacks_trailer = false;
    /// The same, or a trailer gives another number than there is.
    bool is_mismatched = false;
};

BatchPieces cut_batch(std::string_view payload);

}  // namespace aorta::plugins::split
