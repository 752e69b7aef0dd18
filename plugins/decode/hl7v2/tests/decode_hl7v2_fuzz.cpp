// Any bytes as a message: decoding never reads beyond them, and what it finds lies inside.
#include "decode/hl7v2/decoder.hpp"

#include <cstdint>
#include <cstdlib>

using aorta::hl7::parse_path;
using aorta::plugins::decode_hl7v2::Decoder;
using aorta::plugins::decode_hl7v2::DecoderConfig;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    DecoderConfig config;
    config.key = {*parse_path("PID-3.1"), *parse_path("PID-3[2].4.1")};
    config.event_time = *parse_path("MSH-7");
    Decoder decoder(config);
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    if (!decoder.decode(payload).ok()) {
        return 0;
    }
    const aorta::hl7::Message message(payload, decoder.index().view());
    if (message.segment_count() == 0 || message.name(0) != "MSH" ||
        decoder.key().size() > payload.size() + 1 || decoder.type().size() > payload.size()) {
        std::abort();
    }
    return 0;
}
