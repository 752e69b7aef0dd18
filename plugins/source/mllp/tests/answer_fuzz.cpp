// Any bytes as a received message: screening and answering must hold, and an answer must be a frame
// with nothing of the message but its header.
#include "source/mllp/answer.hpp"

#include "common/hl7/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

namespace mllp = aorta::plugins::mllp;

/// A peer must be able to cut the answer out of its stream whole.
void check(const std::string& answer) {
    int frames = 0;
    aorta::hl7::FrameReader reader;
    reader.feed(answer, [&](const aorta::hl7::FrameEvent& event) {
        frames += event.kind == aorta::hl7::FrameEvent::Kind::Frame ? 1 : 100;
    });
    if (frames != 1) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string message{reinterpret_cast<const char*>(data), size};
    // The frame reader lets neither of them into a message.
    std::erase(message, aorta::hl7::kFrameStart);
    std::erase(message, aorta::hl7::kFrameEnd);
    const mllp::Screening screening = mllp::screen(message, {{"2.5"}, {"ADT^A01"}, {"P"}});
    mllp::AnswerMaker maker(aorta::Nanoseconds{0});
    const std::string_view header = mllp::header_of(message);
    check(maker.refusal(header, screening, aorta::Nanoseconds{0}));
    check(maker.of_outcome(header,
                           {AORTA_ACK_ERROR, aorta::ErrorCode::InvalidData, "hl7.x", "PID-3"},
                           aorta::Nanoseconds{0}));
    return 0;
}
