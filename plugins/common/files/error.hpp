// errno as an Error.
#pragma once

#include <aorta/result.hpp>

#include <string>
#include <string_view>

namespace aorta::files {

/// The closed code for an errno: no space is ResourceExhausted, I/O trouble is Unavailable, a
/// symbolic link in the way or missing rights is Denied, a name that no file can have is
/// InvalidData.
ErrorCode code_of(int error);

/// "cannot <doing>: <what the system says>". `where` must not hold a value of a message.
Error errno_error(int error, std::string_view doing, std::string where);

}  // namespace aorta::files
