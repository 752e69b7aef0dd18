// Any byte stream, split in any way, gives the same events; every byte belongs to one of them.
#include "common/hl7/frame.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Seen {
    aorta::hl7::FrameEvent::Kind kind;
    std::string payload;
    std::uint64_t size;
    std::uint64_t offset;

    friend bool operator==(const Seen&, const Seen&) = default;
};

constexpr std::size_t kLimit = 300;

/// The first byte of the input seeds the sizes of the pieces; 0 means all at once.
std::vector<Seen> read(std::string_view bytes,
                       std::uint32_t seed,
                       const aorta::hl7::FrameBytes& frame_bytes) {
    std::vector<Seen> seen;
    const auto on_event = [&](const aorta::hl7::FrameEvent& event) {
        seen.push_back({event.kind, std::string{event.payload}, event.size, event.offset});
    };
    aorta::hl7::FrameReader reader(kLimit, frame_bytes);
    while (!bytes.empty()) {
        seed = seed * 1664525U + (seed == 0 ? 0U : 1013904223U);
        const std::size_t wanted = seed == 0 ? bytes.size() : 1 + (seed >> 24U) % 23;
        const std::size_t size = std::min(wanted, bytes.size());
        const std::string copy{bytes.substr(0, size)};
        reader.feed(copy, on_event);
        if (reader.buffered_bytes() > kLimit) {
            std::abort();
        }
        bytes.remove_prefix(size);
    }
    reader.close(on_event);
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const aorta::hl7::FrameBytes usual;
    const aorta::hl7::FrameBytes frame_bytes =
        data[0] % 2 == 0 ? usual : aorta::hl7::FrameBytes{'\x02', '\x03', std::nullopt};
    const std::vector<Seen> whole = read(bytes, 0, frame_bytes);
    if (read(bytes, 1U + data[0], frame_bytes) != whole) {
        std::abort();
    }
    for (const Seen& event : whole) {
        const bool is_frame = event.kind == aorta::hl7::FrameEvent::Kind::Frame;
        if (is_frame && bytes.substr(event.offset, event.size) != event.payload) {
            std::abort();
        }
    }
    std::string payload;
    for (const char c : bytes.substr(0, kLimit)) {
        payload += c == frame_bytes.start || c == frame_bytes.end ? 'x' : c;
    }
    const std::vector<Seen> framed =
        read(aorta::hl7::frame(payload, frame_bytes), 1U + data[0], frame_bytes);
    if (framed.size() != 1 || framed[0].payload != payload) {
        std::abort();
    }
    return 0;
}
