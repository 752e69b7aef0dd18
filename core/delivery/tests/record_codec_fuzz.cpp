// Any bytes as the head of a stored record: what can be read is written, read and written again the
// same.
#include "delivery/record_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aorta::message::Interner names;
    aorta::message::Budget budget{1U << 20U};
    const std::vector<std::string> nodes{"intake", "store"};
    const aorta::delivery::RecordCodec codec{names, budget, nodes};
    const auto record = codec.decode({reinterpret_cast<const char*>(data), size}, "payload");
    if (!record) {
        return 0;
    }
    const std::string head = codec.encode(**record);
    const auto again = codec.decode(head, (*record)->bytes());
    if (!again || (*again)->bytes() != "payload" || codec.encode(**again) != head) {
        std::abort();
    }
    return 0;
}
