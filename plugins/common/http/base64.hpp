// Bytes as base64, for Authorization: Basic.
#pragma once

#include <string>
#include <string_view>

namespace aorta::http {

/// RFC 4648, with padding.
std::string base64(std::string_view text);

}  // namespace aorta::http
