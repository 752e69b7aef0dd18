// Any bytes as JSON: slices lie within the text, and what is quoted comes back.
#include "common/http/json_slice.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace http = aorta::http;

void walk(std::string_view text, int depth) {
    const auto look = [&](std::string_view slice) {
        if (slice.empty() || slice.data() < text.data() ||
            slice.data() + slice.size() > text.data() + text.size()) {
            std::abort();
        }
        http::json_text(slice);
        if (depth < 8) {
            walk(slice, depth + 1);
        }
        return true;
    };
    http::each_member(text, [&](std::string_view, std::string_view value) { return look(value); });
    http::each_item(text, look);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    walk(text, 0);
    if (http::json_text(http::json_quoted(text)) != text) {
        std::abort();
    }
    return 0;
}
