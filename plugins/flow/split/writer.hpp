// The bytes of one part.
#pragma once

#include "common/hl7/message.hpp"
#include "flow/split/grouping.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::split {

struct WriteConfig {
    bool suffix_control_id = true;
    /// Segments whose field 1 counts them: in each part it begins at 1 again. Empty: left as is.
    std::vector<std::string> set_ids;
};

/// The control id of the n-th part (from 1), raw: "<id>-<n>". Where that would be longer than
/// `max_bytes`, the end of the id gives way to eight digits of its hash, so that the ids of
/// different messages stay different. An id that is empty or null stays as it is.
std::string part_control_id(std::string_view id,
                            std::size_t number,
                            std::size_t max_bytes,
                            const hl7::Delimiters& delimiters);

/// Writes the parts of one message. Borrows message and config.
class PartWriter {
public:
    PartWriter(const hl7::Message& message, const WriteConfig& config);

    /// How many bytes `write` gives at most.
    std::size_t most_bytes(const Part& part) const;

    /// The n-th part of the message (from 1), with the message's line ends.
    void write(const Part& part, std::size_t number, std::string& out) const;

private:
    void write_segment(std::uint32_t segment,
                       std::size_t number,
                       std::vector<std::size_t>& set_ids,
                       std::string& out) const;

    const hl7::Message& message_;
    const WriteConfig& config_;
    std::string_view line_end_;
    std::string_view control_id_;  // MSH-10; null data when absent
    std::size_t max_control_id_ = 0;
    std::vector<std::uint64_t> sizes_;  // bytes of the segments before the n-th, line ends included
};

}  // namespace aorta::plugins::split
