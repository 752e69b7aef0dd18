// Any bytes as a plugin file: read_note must answer, and answer the same twice.
#include "host/note.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto image = std::as_bytes(std::span{data, size});
    const auto first = aorta::host::read_note(image);
    const auto second = aorta::host::read_note(image);
    if (first.ok() != second.ok() || (first && !(*first == *second))) {
        std::abort();
    }
    return 0;
}
