#include "flow/split/batch.hpp"

#include "common/hl7/delimiters.hpp"
#include "common/hl7/file_reader.hpp"

namespace aorta::plugins::split {

BatchPieces cut_batch(std::string_view payload) {
    const std::string_view start = payload.substr(hl7::leading_noise(payload));
    const bool begins_file = start.starts_with("FHS");
    const bool begins_batch = start.starts_with("BHS");
    BatchPieces cut;
    bool ends_batch = false;
    bool ends_file = false;
    hl7::FileReader reader{
        [&](const hl7::FileEvent& event) {
            using Kind = hl7::FileEvent::Kind;
            const bool is_end = event.kind == Kind::BatchEnd || event.kind == Kind::FileEnd;
            if (is_end) {
                (event.kind == Kind::BatchEnd ? ends_batch : ends_file) = true;
                cut.is_mismatched |= event.declared && *event.declared != event.actual;
                return;
            }
            cut.has_messages |= event.kind == Kind::Message;
            const std::string_view piece = payload.substr(event.offset, event.length);
            if (!piece.empty()) {
                cut.pieces.push_back(piece);
            }
        },
        payload.size() + 1};
    reader.feed(payload);
    reader.finish();
    cut.has_envelope = begins_file || begins_batch || ends_batch || ends_file;
    cut.is_mismatched |= (begins_file && !ends_file) || (begins_batch && !ends_batch);
    return cut;
}

}  // namespace aorta::plugins::split
