// Any bytes as the file of sequence numbers: refused, or read and written back the same.
#include "source/mllp/sequences.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using aorta::plugins::mllp::Sequences;
    Sequences sequences;
    if (!sequences.decode({reinterpret_cast<const char*>(data), size}).ok()) {
        return 0;
    }
    const std::string written = sequences.encode();
    Sequences again;
    if (!again.decode(written).ok() || again.encode() != written) {
        std::abort();
    }
    return 0;
}
