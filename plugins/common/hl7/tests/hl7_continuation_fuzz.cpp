// Any messages, between bytes FF, as fragments of one: what is joined is a message of their bytes.
#include "common/hl7/continuation.hpp"

#include <cstdint>
#include <cstdlib>

using aorta::hl7::Continuation;
using aorta::hl7::FragmentJoiner;
using aorta::hl7::IndexBuilder;
using aorta::hl7::Message;
using aorta::hl7::Split;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    FragmentJoiner joiner;
    for (const std::string_view payload : Split{input, '\xFF'}) {
        IndexBuilder builder;
        if (!builder.build(payload).ok()) {
            continue;
        }
        const Message message(payload, builder.view());
        const Continuation found = continuation_of(message);
        if (found.previous.size() + found.next.size() > payload.size() ||
            message.segment_count() == 0) {
            std::abort();
        }
        if (!joiner.add(message).ok()) {
            return 0;
        }
    }
    IndexBuilder builder;
    // Every fragment may get one line end that it lacked.
    if (!joiner.message().empty() &&
        (!builder.build(joiner.message()).ok() || joiner.message().size() > 2 * size + 2)) {
        std::abort();
    }
    return 0;
}
