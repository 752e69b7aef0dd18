// Any bytes as a message: decoding never reads beyond them, and what it finds lies inside.
#include "decode/hl7v2/decoder.hpp"

#include <cstdint>
#include <cstdlib>

using aorta::hl7::Invalid;
using aorta::hl7::parse_path;
using aorta::hl7::read_charset;
using aorta::plugins::decode_hl7v2::Decoder;
using aorta::plugins::decode_hl7v2::DecoderConfig;

namespace {

// The first byte of the input chooses what becomes of character sets.
DecoderConfig config_of(unsigned choice) {
    DecoderConfig config;
    config.key = {*parse_path("PID-3.1"), *parse_path("PID-3[2].4.1")};
    config.event_time = *parse_path("MSH-7");
    config.charset.always_utf8 = (choice & 1U) != 0;
    config.charset.invalid = (choice & 2U) != 0 ? Invalid::Replace : Invalid::Keep;
    if ((choice & 4U) != 0) {
        config.charset.overriding = read_charset((choice & 8U) != 0 ? "~ISO IR87" : "BIG-5", '~');
    }
    return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    Decoder decoder(config_of(data[0]));
    const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (!decoder.decode(payload).ok()) {
        return 0;
    }
    const aorta::hl7::Message message(decoder.payload(), decoder.index().view());
    if (message.segment_count() == 0 || message.name(0) != "MSH" ||
        decoder.key().size() > decoder.payload().size() + 1 ||
        decoder.type().size() > decoder.payload().size() ||
        (!decoder.is_recoded() && decoder.payload() != payload)) {
        std::abort();
    }
    return 0;
}
