// Any value with any delimiters: decoding ends, and decode(encode(x)) is x. The first five bytes of
// the input are MSH-2; a blank stands for none.
#include "common/hl7/escape.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using aorta::hl7::TextKind;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (size < 5) {
        return 0;
    }
    std::string header = "MSH|";
    header += input.substr(0, input.substr(0, 5).find(' '));
    const auto delimiters = aorta::hl7::parse_delimiters(header);
    if (!delimiters.ok()) {
        return 0;
    }
    const std::string_view value = input.substr(5);
    aorta::hl7::decode(value, *delimiters, TextKind::Formatted);
    std::string raw;
    if (aorta::hl7::encode(value, *delimiters, raw).ok()) {
        std::string back;
        if (aorta::hl7::decode(raw, *delimiters, TextKind::Plain, back) != 0 || back != value) {
            std::abort();
        }
    } else if (delimiters->escape != 0 || !raw.empty()) {
        std::abort();
    }
    return 0;
}
