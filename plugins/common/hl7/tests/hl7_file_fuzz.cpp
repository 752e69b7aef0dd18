// Any file, split in any way, is cut into the same messages, which are bytes of the file.
#include "common/hl7/file_reader.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Seen {
    aorta::hl7::FileEvent::Kind kind;
    std::string bytes;
    std::uint64_t offset;
    std::uint64_t length;
    std::optional<std::uint64_t> declared;
    std::uint64_t actual;

    friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Seen> read(std::string_view bytes, std::uint32_t seed) {
    std::vector<Seen> seen;
    aorta::hl7::FileReader reader(
        [&](const aorta::hl7::FileEvent& event) {
            seen.push_back({event.kind,
                            std::string{event.bytes},
                            event.offset,
                            event.length,
                            event.declared,
                            event.actual});
        },
        500);
    while (!bytes.empty()) {
        seed = seed * 1664525U + (seed == 0 ? 0U : 1013904223U);
        const std::size_t wanted = seed == 0 ? bytes.size() : 1 + (seed >> 24U) % 23;
        const std::size_t size = std::min(wanted, bytes.size());
        const std::string copy{bytes.substr(0, size)};
        reader.feed(copy);
        bytes.remove_prefix(size);
    }
    reader.finish();
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<Seen> whole = read(bytes, 0);
    if (read(bytes, 1U + data[0]) != whole) {
        std::abort();
    }
    std::uint64_t position = 0;
    for (const Seen& event : whole) {
        const bool is_message = event.kind == aorta::hl7::FileEvent::Kind::Message;
        const bool in_order =
            event.offset >= position && event.offset + event.length <= bytes.size();
        if (!in_order || (is_message && bytes.substr(event.offset, event.length) != event.bytes)) {
            std::abort();
        }
        position = event.offset + event.length;
    }
    return 0;
}
