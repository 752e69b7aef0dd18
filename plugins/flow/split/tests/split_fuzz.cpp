// Any bytes, split by anything: every segment is in some part, in order; parts are messages and as
// large as announced; a batch's pieces are bytes of it.
#include "flow/split/batch.hpp"
#include "flow/split/grouping.hpp"
#include "flow/split/writer.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace aorta;  // NOLINT(google-build-using-namespace): a program of one function
using namespace aorta::plugins::split;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void split_batch(std::string_view bytes) {
    const char* last = bytes.data();
    for (const std::string_view piece : cut_batch(bytes).pieces) {
        require(piece.data() >= last && piece.data() + piece.size() <= bytes.data() + bytes.size());
        last = piece.data() + piece.size();
    }
}

void split_message(std::string_view bytes, std::string_view by) {
    hl7::IndexBuilder builder;
    if (!builder.build(bytes).ok()) {
        return;
    }
    const hl7::Message message{bytes, builder.view()};
    const auto parts = Grouper{by}.group(message, 1000);
    if (!parts || parts->empty()) {
        return;
    }
    const WriteConfig config{.set_ids = {"OBR", "PID"}};
    const PartWriter writer{message, config};
    std::vector<bool> seen(message.segment_count());
    std::size_t number = 0;
    for (const Part& part : *parts) {
        std::size_t segments = 0;
        std::uint32_t next = 0;
        part.for_each_range([&](const Range& range) {
            for (std::uint32_t i = range.begin; i < range.end; ++i) {
                require(i >= next);
                next = i + 1;
                seen[i] = true;
                ++segments;
            }
        });
        std::string written;
        writer.write(part, ++number, written);
        require(written.size() <= writer.most_bytes(part));
        hl7::IndexBuilder again;
        require(again.build(written).ok() && again.view().header->segment_count == segments);
    }
    for (const bool segment : seen) {
        require(segment);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    split_batch(bytes);
    for (const char* by : {"OBR", "OBX", "ORC", "PID", "ZZZ"}) {
        split_message(bytes, by);
    }
    return 0;
}
