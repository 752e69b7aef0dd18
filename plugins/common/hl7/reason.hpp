// Reason ids of the HL7 v2 library and how its errors carry them.
#pragma once

#include <aorta/result.hpp>

#include <string_view>

namespace aorta::hl7 {

inline constexpr std::string_view kNoMsh = "hl7.no_msh";
inline constexpr std::string_view kBadDelimiters = "hl7.bad_delimiters";
inline constexpr std::string_view kTooLarge = "hl7.message_too_large";
inline constexpr std::string_view kTooManySegments = "hl7.too_many_segments";
inline constexpr std::string_view kTooManyFields = "hl7.too_many_fields";
inline constexpr std::string_view kBadIndex = "hl7.bad_index";
inline constexpr std::string_view kBadPath = "hl7.bad_path";
inline constexpr std::string_view kNoSegment = "hl7.no_segment";
inline constexpr std::string_view kNotEditable = "hl7.not_editable";
inline constexpr std::string_view kNotEncodable = "hl7.not_encodable";
inline constexpr std::string_view kBadCharacter = "hl7.bad_character";
inline constexpr std::string_view kUnknownCharset = "hl7.unknown_charset";
inline constexpr std::string_view kCharsetNotAllowed = "hl7.charset_not_allowed";
inline constexpr std::string_view kCharsetUnavailable = "hl7.charset_unavailable";
inline constexpr std::string_view kContinuationMismatch = "hl7.continuation_mismatch";
inline constexpr std::string_view kNoMsa = "hl7.no_msa";
inline constexpr std::string_view kBadAckCode = "hl7.bad_ack_code";

/// The reason id that an error of this library begins with ("hl7.no_msh: …" gives "hl7.no_msh").
/// `Error::where` is the place: a path such as PID-3, or "byte 17".
inline std::string_view reason_id(const Error& error) {
    const std::string_view message = error.message;
    return message.substr(0, message.find(':'));
}

/// An error of this library. `text` is a sentence without any value of a message.
Error make_error(ErrorCode code,
                 std::string_view reason,
                 std::string_view text,
                 std::string_view where);

/// The same at a byte offset.
Error make_error_at(ErrorCode code,
                    std::string_view reason,
                    std::string_view text,
                    std::size_t offset);

}  // namespace aorta::hl7
