// Records as bytes of a file or stream.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::files {

enum class LineEnds {
    Keep,  ///< as the payload has them
    Lf,    ///< CR and CRLF become LF
};

/// Appends a payload, and the separator unless the payload ends with it.
void append_record(std::string_view payload,
                   LineEnds line_ends,
                   std::string_view separator,
                   std::string& out);

/// Appends a JSON string, with quotes. `text` must be UTF-8.
void append_json_string(std::string_view text, std::string& out);

bool is_utf8(std::string_view bytes);

void append_base64(std::string_view bytes, std::string& out);

struct Written {
    std::size_t bytes = 0;
    int error = 0;  ///< errno, 0 when all was written
};

/// Writes until all is written or an error that is no interruption; waits where the descriptor is
/// non-blocking.
Written write_all(int fd, std::string_view bytes);

}  // namespace aorta::files
