// Cuts the bytes that a test injects into records, as a source would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aorta::runtime {

enum class TestFormat { Hl7v2, Lines, Ndjson, Whole };

/// The format of a source's `format` option; without one, by the file's name (`.ndjson`), then by
/// whether the bytes begin like an HL7 v2 file.
TestFormat test_format(std::string_view option, std::string_view file_name, std::string_view bytes);

/// The records of the bytes, in order. HL7 v2 messages begin at lines with MSH; a byte order mark,
/// MLLP frame bytes and batch envelopes (FHS, BHS, BTS, FTS) are left out; bytes without any MSH
/// are one record. Lines are without their ends; empty ones are no records in NDJSON.
std::vector<std::string> split_records(TestFormat format, std::string_view bytes);

}  // namespace aorta::runtime
