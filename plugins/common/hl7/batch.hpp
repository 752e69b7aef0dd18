// A payload that is a whole batch, FHS … FTS or BHS … BTS, as it comes in one MLLP frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// A piece of the payload.
struct BatchRange {
    std::size_t offset = 0;
    std::size_t length = 0;

    std::string_view of(std::string_view payload) const { return payload.substr(offset, length); }

    friend bool operator==(const BatchRange&, const BatchRange&) = default;
};

/// What a trailer says and what is there.
struct BatchCount {
    bool is_file = false;  ///< FTS counts batches, BTS messages
    std::size_t offset = 0;
    std::optional<std::uint64_t> declared;  ///< absent: the trailer gives no number
    std::uint64_t actual = 0;

    bool is_wrong() const { return declared && *declared != actual; }

    friend bool operator==(const BatchCount&, const BatchCount&) = default;
};

struct BatchParts {
    std::vector<BatchRange> messages;  ///< from MSH to the last line end
    std::vector<BatchCount> counts;
    std::size_t noise_bytes = 0;  ///< that belong to no message
};

/// The payload begins with FHS or BHS, blank lines and a byte order mark aside.
bool is_batch(std::string_view payload);

/// Cuts a payload into its messages, in order. FHS, BHS, BTS and FTS may each be missing; a payload
/// without any of them may still hold several messages.
BatchParts split_batch(std::string_view payload);

}  // namespace aorta::hl7
