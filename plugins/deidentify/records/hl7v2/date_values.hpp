// What stays of dates.
#pragma once

#include "deidentify/records/hl7v2/rewriter.hpp"
#include "deidentify/records/hl7v2/values.hpp"

#include <string>
#include <string_view>

namespace aorta::plugins::deidentify {

/// Appends what stays of one date: the year, unless it shows an age above 89; or the date of
/// another day. A date without a day cannot move: its year stays. What is no date goes, in every
/// mode.
void append_date(std::string_view text,
                 DateMode mode,
                 const MessageContext& message,
                 std::string& out);

/// Puts what stays of a date in its place, or nothing.
void put_date(std::size_t number,
              std::string_view date,
              DateMode mode,
              const MessageContext& message,
              ComponentWriter& writer);

/// Components that are dates, behind a first one that may be a code.
void append_dates(std::string_view repetition,
                  bool begins_with_code,
                  DateMode mode,
                  const MessageContext& message,
                  std::string& out);

}  // namespace aorta::plugins::deidentify
