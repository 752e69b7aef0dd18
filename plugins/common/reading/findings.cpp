#include "common/reading/findings.hpp"

namespace aorta::reading {

Findings::Findings(Host host)
    : host_(host),
      too_large_(host.counter("too_large")),
      noise_bytes_(host.counter("noise_bytes")),
      batch_mismatches_(host.counter("batch_mismatches")),
      truncated_(host.counter("truncated")),
      ends_inside_(host.counter("frames_end_inside")),
      missing_trailers_(host.counter("batch_trailers_missing")) {}

void Findings::report(const Piece& piece, std::string_view stream) const {
    const auto offset = static_cast<std::int64_t>(piece.begin);
    const auto size = static_cast<std::int64_t>(piece.end - piece.begin);
    switch (piece.kind) {
        case Piece::Kind::Record:
            break;
        case Piece::Kind::TooLarge:
            too_large_.add();
            host_.log(AORTA_LOG_ERROR,
                      "record_too_large",
                      {{"file", stream}, {"offset", offset}, {"size", size}});
            break;
        case Piece::Kind::NoMessage:
        case Piece::Kind::Noise:
            noise_bytes_.add(piece.end - piece.begin);
            host_.log(AORTA_LOG_WARN,
                      "bytes_outside_messages",
                      {{"file", stream}, {"offset", offset}, {"size", size}});
            break;
        case Piece::Kind::Truncated:
            truncated_.add();
            host_.log(AORTA_LOG_ERROR,
                      "stream_ends_inside_frame",
                      {{"file", stream}, {"offset", offset}, {"size", size}});
            break;
        case Piece::Kind::EndInside:
            ends_inside_.add();
            host_.log(AORTA_LOG_ERROR,
                      "frame_end_inside",
                      {{"file", stream}, {"offset", offset}, {"size", size}});
            break;
        case Piece::Kind::NoTrailer:
            missing_trailers_.add();
            host_.log(
                AORTA_LOG_WARN, "batch_trailer_missing", {{"file", stream}, {"offset", offset}});
            break;
        case Piece::Kind::BatchMismatch:
            batch_mismatches_.add();
            host_.log(AORTA_LOG_WARN,
                      "batch_count_mismatch",
                      {{"file", stream},
                       {"offset", offset},
                       {"declared", static_cast<std::int64_t>(piece.declared)},
                       {"actual", static_cast<std::int64_t>(piece.actual)}});
            break;
    }
}

}  // namespace aorta::reading
