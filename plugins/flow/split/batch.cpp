#include "flow/split/batch.hpp"

#include "common/hl7/delimiters.hpp"
#include "common/hl7/file_reader.hpp"

namespace aorta::plugins::split {

BatchPieces cut_batch(std::string_view payload) {
    const std::string_view start = payload.substr(hl7::leading_noise(payload));
    const bool begins_envelope = start.starts_with("FHS") || start.starts_with("BHS");
    BatchPieces cut;
    bool has_trailer = false;
    hl7::FileReader reader{
        [&](const hl7::FileEvent& event) {
            using Kind = hl7::FileEvent::Kind;
            const bool is_end = event.kind == Kind::BatchEnd || event.kind == Kind::FileEnd;
            if (is_end) {
                has_trailer = true;
                cut.is_mismatched |= event.declared && *event.declared != event.actual;
                return;
            }
            cut.lacks_trailer |= event.kind == Kind::NoTrailer;
            cut.has_messages |= event.kind == Kind::Message;
            const std::string_view piece = payload.substr(event.offset, event.length);
            if (!piece.empty()) {
                cut.pieces.push_back(piece);
            }
        },
        payload.size() + 1};
    reader.feed(payload);
    reader.finish();
    cut.has_envelope = begins_envelope || has_trailer;
    cut.is_mismatched |= cut.lacks_trailer;
    return cut;
}

}  // namespace aorta::plugins::split
