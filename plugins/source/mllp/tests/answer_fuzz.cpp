// Any bytes as a received message: screening and answering must hold, and an answer must be a frame
// with nothing of the message but its header.
#include "source/mllp/answer.hpp"

#include "common/hl7/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

namespace mllp = aorta::plugins::mllp;

/// A peer must be able to cut the answers out of its stream whole.
void check(const std::string& bytes, int most) {
    int frames = 0;
    aorta::hl7::FrameReader reader;
    reader.feed(bytes, [&](const aorta::hl7::FrameEvent& event) {
        frames += event.kind == aorta::hl7::FrameEvent::Kind::Frame ? 1 : 100;
    });
    if (frames > most || reader.in_frame()) {
        std::abort();
    }
}

}  // namespace

/// Input: a message, and after a zero byte the reply of a peer to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string input{reinterpret_cast<const char*>(data), size};
    // The frame reader lets neither of them into a message.
    std::erase(input, aorta::hl7::kFrameStart);
    std::erase(input, aorta::hl7::kFrameEnd);
    const std::size_t zero = std::min(input.find('\0'), input.size());
    const std::string message = input.substr(0, zero);
    const std::string reply = input.substr(std::min(zero + 1, input.size()));
    const auto parsed = aorta::hl7::Header::parse(message);
    const mllp::Screening screening =
        mllp::screen(parsed.ok() ? &*parsed : nullptr, {{"2.5*"}, {"ADT^A01", "*^A08"}, {"P"}});
    const std::string_view header = mllp::header_of(message);
    const aorta::Nanoseconds now{0};
    for (const bool has_commit : {false, true}) {
        mllp::AnswerMaker maker(now, {.has_commit = has_commit});
        const int most = has_commit ? 2 : 1;
        if (mllp::is_refused(screening)) {
            check(maker.refusal(header, screening, now).bytes, most);
        }
        for (const std::uint32_t kind : {AORTA_ACK_ACCEPT, AORTA_ACK_ERROR, AORTA_ACK_REFUSE}) {
            const aorta::Outcome outcome{
                kind, aorta::ErrorCode::InvalidData, "hl7.x", "PID-3", reply};
            const mllp::FirstAnswer answer = maker.first(header, outcome, now, -1);
            check(answer.bytes, most);
            check(answer.second.value_or(""), 1);
        }
        check(maker.second(header, {AORTA_FATE_FAILED}, now), 1);
        check(maker.link_start(header, 7, now), most);
    }
    return 0;
}
