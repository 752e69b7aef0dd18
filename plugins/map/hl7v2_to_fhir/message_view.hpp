// A message with the groups of its segments.
#pragma once

#include "common/hl7/message.hpp"
#include "common/hl7_definitions/definitions.hpp"
#include "common/hl7_definitions/grouping.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::plugins::map_hl7v2_to_fhir {

/// Reused from message to message; one thread at a time.
class MessageView {
public:
    /// Borrows the message until the next call.
    void open(const hl7::Message& message);

    const hl7::Message& message() const { return *message_; }

    /// ORU_R01; empty if HL7 has no such message.
    std::string_view structure() const { return structure_name_; }

    /// The group of a segment, and its name; the message itself is group 0 and has no name.
    std::uint32_t group_of(std::size_t segment) const;
    std::string_view group_name(std::uint32_t group) const;
    std::uint32_t parent_of(std::uint32_t group) const;
    /// The nearest group around that may repeat, or the message.
    std::uint32_t repeating(std::uint32_t group) const;
    bool is_within(std::uint32_t group, std::uint32_t outer) const;

    /// Which of the places of its name in its group a segment has, from 0.
    std::size_t block_of(std::size_t segment) const;
    /// Outside of groups: the segment before that others follow, PID or PV1.
    std::string_view anchor_of(std::size_t segment) const;

    /// The nearest segment of that name for one: itself, one before or behind it in the groups
    /// around it; segments of another repetition of a group are not near.
    std::optional<std::size_t> find_near(std::string_view name, std::size_t segment) const;

    /// There is anything but delimiters in a piece of the message, and not the two quotes.
    bool is_valued(std::string_view piece) const;
    /// The repetitions of a field; 0 if it is not valued.
    std::size_t count(std::string_view field) const;

private:
    struct Facts {
        bool is_valued = false;
        std::size_t count = 0;
    };

    Facts read(std::string_view piece) const;
    const Facts& remembered(std::string_view piece) const;

    const hl7::Message* message_ = nullptr;
    std::string_view structure_name_;
    std::optional<hl7_definitions::Structure> structure_;
    hl7_definitions::Grouper grouper_;
    const hl7_definitions::Grouping* grouping_ = nullptr;
    std::vector<std::string_view> anchors_;
    std::vector<std::uint64_t> by_name_;  ///< name and number of each segment, sorted
    /// Of long pieces, which conditions ask for again and again.
    mutable std::map<std::pair<const char*, std::size_t>, Facts> facts_;
};

}  // namespace aorta::plugins::map_hl7v2_to_fhir
