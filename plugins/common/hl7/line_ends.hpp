// The line ends of a message on the wire.
#pragma once

#include <string>
#include <string_view>

namespace aorta::hl7 {

/// The message with segments that end with CR, as MLLP wants them: itself, or what is put into
/// `scratch` if its first line ends with LF or CRLF, as in files. Bytes inside segments stay.
std::string_view with_cr_ends(std::string_view message, std::string& scratch);

}  // namespace aorta::hl7
