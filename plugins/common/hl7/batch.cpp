#include "common/hl7/batch.hpp"

#include "common/hl7/delimiters.hpp"
#include "common/hl7/file_reader.hpp"

namespace aorta::hl7 {

bool is_batch(std::string_view payload) {
    payload.remove_prefix(leading_noise(payload));
    const bool is_named = payload.starts_with("FHS") || payload.starts_with("BHS");
    return is_named && parse_delimiters(payload).ok();
}

BatchParts split_batch(std::string_view payload) {
    BatchParts parts;
    FileReader reader(
        [&](const FileEvent& event) {
            const auto offset = static_cast<std::size_t>(event.offset);
            switch (event.kind) {
                case FileEvent::Kind::Message:
                    parts.messages.push_back({offset, static_cast<std::size_t>(event.length)});
                    break;
                case FileEvent::Kind::BatchEnd:
                case FileEvent::Kind::FileEnd:
                    parts.counts.push_back({event.kind == FileEvent::Kind::FileEnd,
                                            offset,
                                            event.declared,
                                            event.actual});
                    break;
                default:
                    parts.noise_bytes += static_cast<std::size_t>(event.length);
            }
        },
        payload.size());
    reader.feed(payload);
    reader.finish();
    return parts;
}

}  // namespace aorta::hl7
