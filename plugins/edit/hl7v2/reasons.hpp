// Why a message cannot be edited.
#pragma once

#include <string_view>

namespace aorta::plugins::edit {

inline constexpr std::string_view kNoSegment = "edit.no_segment";
inline constexpr std::string_view kNoValue = "edit.no_value";
inline constexpr std::string_view kNotInTable = "edit.not_in_table";
inline constexpr std::string_view kBadDate = "edit.bad_date";
inline constexpr std::string_view kDoesNotFit = "edit.does_not_fit";
inline constexpr std::string_view kTooLarge = "edit.too_large";

}  // namespace aorta::plugins::edit
