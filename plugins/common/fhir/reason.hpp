// Reason ids of the FHIR library and how its errors carry them.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <string_view>

namespace aorta::fhir {

inline constexpr std::string_view kNotJson = "fhir.not_json";
inline constexpr std::string_view kDuplicateName = "fhir.duplicate_name";
inline constexpr std::string_view kBadName = "fhir.bad_name";
inline constexpr std::string_view kTooLarge = "fhir.too_large";
inline constexpr std::string_view kTooDeep = "fhir.too_deep";
inline constexpr std::string_view kTooManyElements = "fhir.too_many_elements";
inline constexpr std::string_view kBadTree = "fhir.bad_tree";

/// The reason id that an error of this library begins with. `Error::where` is the place: a path, or
/// "byte 17".
inline std::string_view reason_id(const Error& error) {
    const std::string_view message = error.message;
    return message.substr(0, message.find(':'));
}

/// An error of this library. `text` is a sentence without any value of a resource.
Error make_error(ErrorCode code,
                 std::string_view reason,
                 std::string_view text,
                 std::string_view where);

/// Data that is refused, at a byte offset.
Error refused_at(std::string_view reason, std::string_view text, std::size_t offset);

}  // namespace aorta::fhir
