// What HL7 v2 asks of common messages and segments, as tables.
#pragma once

#include "common/hl7_tables/data_types.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace aorta::plugins::validate_hl7v2 {

/// A message type and what it must have; lists are separated by spaces.
struct MessageRule {
    std::string_view code;
    std::string_view events;    ///< empty: any
    std::string_view segments;  ///< behind MSH, in this order where they first occur; +: anywhere
    std::string_view required = {};  ///< paths
};

/// Null for a type that has no rule.
const MessageRule* find_message_rule(std::string_view code, std::string_view event);

struct RequiredField {
    std::uint8_t field;
    std::uint16_t from = 210;  ///< versions as hl7_tables::parse_version gives them
    std::uint16_t to = 999;
};

struct TypedField {
    std::uint8_t field;
    hl7_tables::DataType type;
    std::uint8_t components = 1;  ///< how many of the first components have the type
};

struct TableField {
    std::uint8_t field;
    hl7_tables::Table table;
};

/// Set ids are not required: nothing depends on them, and many senders leave them out.
struct SegmentRule {
    std::string_view name;
    std::span<const RequiredField> required;
    std::span<const TypedField> typed;
    std::span<const TableField> tables;
};

/// Null for a segment that has no rule.
const SegmentRule* find_segment_rule(std::string_view name);

}  // namespace aorta::plugins::validate_hl7v2
