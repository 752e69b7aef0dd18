// What parse_json takes must survive a round through to_json; descriptors are read from the same
// bytes.
#include "config/json.hpp"

#include "config/descriptor.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = aorta::config::parse_json(text, {.max_bytes = 1U << 16U});
    if (value) {
        const auto again = aorta::config::parse_json(aorta::config::to_json(*value));
        if (!again || !(*again == *value)) {
            std::abort();
        }
    }
    const auto descriptor = aorta::config::parse_descriptor(text);
    return descriptor && descriptor->id.empty() ? -1 : 0;
}
