// Any bytes as the body of a dead letter that is not sealed: what is read are bytes of it.
#include "delivery/letter_body.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace delivery = aorta::delivery;
    delivery::LetterBody body;
    body.bytes.assign(reinterpret_cast<const char*>(data), size);
    delivery::StoredLetter letter;
    if (delivery::open_body(body, {}, letter).ok() &&
        delivery::head_of(letter.attributes) + letter.payload != body.bytes) {
        std::abort();
    }
    return 0;
}
