// Changes of one value, whatever message it is in.
#pragma once

#include "common/hl7/message_text.hpp"
#include "edit/hl7v2/operation.hpp"

#include <string>
#include <string_view>

namespace aorta::plugins::edit {

/// Appends the changed form of a raw value to `raw`. Case, trim and replace work on each part of a
/// value that has components or repetitions, the others take a value without. A value that the
/// change leaves as it is stays so to the byte. `joined` is the text of a Join. Returns the reason
/// of a failure, else nothing. `set` is the message's character set.
std::string_view change_value(const TextChange& change,
                              std::string_view joined,
                              std::string_view from,
                              const hl7::Delimiters& own,
                              hl7::MessageText& set,
                              std::string& raw);

}  // namespace aorta::plugins::edit
