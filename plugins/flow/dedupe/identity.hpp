// What makes two records the same.
#pragma once

#include "common/hash/siphash.hpp"
#include "common/hl7/message.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace aorta::plugins::dedupe {

/// The fields that identify a message, and whether its content does too.
struct Identity {
    std::vector<hl7::Path> by;  ///< the first must have a value, the others may be missing
    bool content = false;
    std::vector<hl7::Path> except;  ///< whole fields that do not count as content

    bool reads_message() const { return !by.empty() || !except.empty(); }

    /// Nothing if the message does not have what identifies it. `maybe_message` may be null if
    /// nothing is read of it.
    std::optional<hash::Hash128> of(std::string_view payload,
                                    const hl7::Message* maybe_message,
                                    hash::SipHash hasher) const;
};

}  // namespace aorta::plugins::dedupe
