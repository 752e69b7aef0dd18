#include "common/hl7/error_code.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace aorta::hl7 {
namespace {

// Table 0357 by exact ids: a word inside an id is no reason.
TEST(ErrorText, KnowsReasonsByTheirExactId) {
    const std::pair<const char*, const char*> cases[] = {
        {"hl7.no_msh", "100"},
        {"hl7.required_segment_missing", "100"},
        {"hl7.required_field_missing", "101"},
        {"hl7.data_type_error", "102"},
        {"hl7.user_table_value_not_found", "103"},
        {"hl7.value_too_long", "104"},
        {"hl7.unsupported_message_type", "200"},
        {"hl7.unsupported_version", "203"},
        {"mllp.duplicate", "205"},
        {"edit.no_segment", "100"},
        {"edit.no_value", "101"},
        {"edit.bad_date", "102"},
        {"edit.does_not_fit", "102"},
        {"edit.not_in_table", "103"},
        {"hl7.not_encodable", "102"},
        {"hl7.too_many_segments", "100"},
        {"hl7.too_many_fields", "102"},
        {"hl7.message_too_large", "104"},
        {"hl7.continuation_incomplete", "100"},
        {"split.batch_mismatch", "100"},
        {"mllp.sequence_number", "102"},
        {"mllp.end_inside_message", "102"},
        {"my.table_type_version", "207"},
        {"", "207"},
    };
    for (const auto& [reason, code] : cases) {
        EXPECT_EQ(error_text_of(reason).code, code) << reason;
    }
}

}  // namespace
}  // namespace aorta::hl7
