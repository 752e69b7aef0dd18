#include "common/hl7/error_code.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::hl7 {
namespace {

constexpr ErrorText kSequence{"100", "Segment sequence error"};
constexpr ErrorText kRequired{"101", "Required field missing"};
constexpr ErrorText kDataType{"102", "Data type error"};
constexpr ErrorText kTable{"103", "Table value not found"};
constexpr ErrorText kTooLong{"104", "Value too long"};
constexpr ErrorText kType{"200", "Unsupported message type"};
constexpr ErrorText kEvent{"201", "Unsupported event code"};
constexpr ErrorText kProcessing{"202", "Unsupported processing id"};
constexpr ErrorText kVersion{"203", "Unsupported version id"};
constexpr ErrorText kDuplicate{"205", "Duplicate key identifier"};
constexpr ErrorText kInternal{"207", "Application internal error"};

struct Row {
    std::string_view reason;
    ErrorText error;
};

constexpr Row kRows[] = {
    {"hl7.no_msh", kSequence},
    {"hl7.segment_sequence_error", kSequence},
    {"hl7.required_segment_missing", kSequence},
    {"hl7.segment_repeated", kSequence},
    {"hl7.unexpected_segment", kSequence},
    {"hl7.bad_segment_name", kSequence},
    {"hl7.second_msh", kSequence},
    {"hl7.count_out_of_range", kSequence},
    {"hl7.too_many_segments", kSequence},
    {"hl7.continuation_incomplete", kSequence},
    {"hl7.continuation_mismatch", kSequence},
    {"hl7.continuation_without_start", kSequence},
    {"edit.no_segment", kSequence},
    {"split.no_group", kSequence},
    {"split.batch_mismatch", kSequence},
    {"split.empty_batch", kSequence},
    {"split.too_many_parts", kSequence},
    {"hl7.required_field_missing", kRequired},
    {"edit.no_value", kRequired},
    {"mllp.no_control_id", kRequired},
    {"hl7.set_id_missing", kRequired},
    {"hl7.bad_delimiters", kDataType},
    {"hl7.data_type_error", kDataType},
    {"hl7.field_repeated", kDataType},
    {"hl7.unexpected_field", kDataType},
    {"hl7.forbidden_value", kDataType},
    {"hl7.pattern_mismatch", kDataType},
    {"hl7.bad_character", kDataType},
    {"hl7.unexpected_component", kDataType},
    {"hl7.not_encodable", kDataType},
    {"hl7.frame_byte", kDataType},
    {"hl7.too_many_fields", kDataType},
    {"mllp.framing_byte", kDataType},
    {"mllp.sequence_number", kDataType},
    {"mllp.end_inside_message", kDataType},
    {"edit.bad_date", kDataType},
    {"edit.does_not_fit", kDataType},
    {"expression.not_hl7v2", kDataType},
    {"hl7.table_value_not_found", kTable},
    {"hl7.user_table_value_not_found", kTable},
    {"hl7.value_not_allowed", kTable},
    {"edit.not_in_table", kTable},
    {"hl7.unknown_charset", kTable},
    {"hl7.charset_not_allowed", kTable},
    {"hl7.value_too_long", kTooLong},
    {"hl7.message_too_large", kTooLong},
    {"hl7.continuation_too_large", kTooLong},
    {"mllp.message_too_large", kTooLong},
    {"mllp.header_too_large", kTooLong},
    {"edit.too_large", kTooLong},
    {"split.too_large", kTooLong},
    {"hl7.unsupported_message_type", kType},
    {"hl7.unsupported_structure", kType},
    {"mllp.type_not_accepted", kType},
    {"hl7.unsupported_event", kEvent},
    {"hl7.unsupported_processing_id", kProcessing},
    {"mllp.processing_id_not_accepted", kProcessing},
    {"hl7.unsupported_version", kVersion},
    {"hl7.unknown_version", kVersion},
    {"mllp.version_not_accepted", kVersion},
    {"mllp.duplicate", kDuplicate},
    {"dedupe.duplicate", kDuplicate},
};

}  // namespace

ErrorText error_text_of(std::string_view reason) {
    const Row* row = std::find_if(
        std::begin(kRows), std::end(kRows), [&](const Row& each) { return each.reason == reason; });
    return row == std::end(kRows) ? kInternal : row->error;
}

}  // namespace aorta::hl7
