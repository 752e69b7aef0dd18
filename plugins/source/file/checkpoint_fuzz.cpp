#include "source/file/checkpoint.hpp"

#include <cstdlib>

// What can be read must be written back as it stood, but for numbers with leading zeros and other
// ways to write a path: so it is written, read and compared again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace aorta::plugins::file_source;  // NOLINT(google-build-using-namespace)
    std::string text{reinterpret_cast<const char*>(data), size};
    // Most inputs would fail at the checksum alone.
    text += "end ";
    const std::uint64_t value = hash_of(std::string_view{text}.substr(0, size));
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) {
        text += kDigits[(value >> static_cast<unsigned>(shift)) & 15U];
    }
    text += '\n';
    const auto entries = decode_checkpoint(text);
    if (entries.ok()) {
        const auto again = decode_checkpoint(encode_checkpoint(*entries));
        if (!again.ok() || *again != *entries) {
            std::abort();
        }
    }
    return 0;
}
