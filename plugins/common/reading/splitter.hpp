// Cutting a byte stream into records.
#pragma once

#include "common/hl7/file_reader.hpp"

#include <aorta/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::reading {

enum class Format {
    Hl7v2,   ///< messages, with or without batch envelopes or MLLP frames
    Lines,   ///< without their line end (LF or CRLF)
    Ndjson,  ///< the same; blank lines are skipped
    Whole,   ///< the stream is one record; none if it is empty
};

/// The format of the option `format`.
Format format_of(std::string_view option);

/// The content type of its records: bytes, text or json.
std::string_view content_type_of(Format format);

inline constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{1} << 30U;

inline constexpr Option kFormatOption = {
    .name = "format",
    .type = Type::Text,
    .summary =
        "How the bytes are cut into records: HL7 v2 messages (batch envelopes are checked and "
        "left out), lines, lines of JSON, or all in one.",
    .default_value = "hl7v2",
    .one_of = "hl7v2|lines|ndjson|whole"};

inline constexpr Option kMaxRecordOption = {
    .name = "max_record",
    .type = Type::Size,
    .summary = "A larger record is reported as an error, counted and passed over.",
    .default_value = "16MiB",
    .min = "1KiB",
    .max = "1GiB"};

struct Piece {
    enum class Kind {
        Record,
        TooLarge,       ///< a record above the limit, not given
        NoMessage,      ///< lines that belong to no message, not given
        Noise,          ///< bytes between MLLP frames
        Truncated,      ///< the stream ended inside an MLLP frame
        EndInside,      ///< an MLLP frame with an end byte inside, not given
        NoTrailer,      ///< an envelope has no trailer
        BatchMismatch,  ///< an envelope declares another number than it holds
    };

    Kind kind = Kind::Record;
    std::string_view bytes = {};  ///< Record; valid during the call
    std::string_view batch = {};  ///< Record: the control id of its batch or file, if it is in one
    std::uint64_t begin = 0;      ///< offset in the stream
    std::uint64_t end = 0;        ///< behind it, line end included
    std::uint64_t declared = 0;   ///< BatchMismatch
    std::uint64_t actual = 0;
};

/// Takes the bytes as they come and gives the pieces in order. Holds at most `max_record_bytes` and
/// what was last fed. One thread at a time.
class Splitter {
public:
    using OnPiece = std::function<void(const Piece&)>;

    /// `start` is the offset of the first byte that will be fed; it must be where a record begins.
    Splitter(Format format, std::size_t max_record_bytes, std::uint64_t start, OnPiece on_piece);
    Splitter(const Splitter&) = delete;
    Splitter& operator=(const Splitter&) = delete;

    void feed(std::string_view bytes);
    /// The stream has ended: what is held is the last record.
    void finish();

private:
    void on_hl7(const hl7::FileEvent& event);
    void hold(std::string_view bytes);
    void end_record(std::string_view last_bytes, bool has_line_end);

    Format format_;
    std::size_t max_record_bytes_;
    OnPiece on_piece_;
    std::uint64_t start_;  // of the stream, then of the record at hand
    std::optional<hl7::FileReader> hl7_;
    std::string held_;               // the beginning of the record at hand
    std::uint64_t passed_over_ = 0;  // of the record at hand, when it is too large
};

}  // namespace aorta::reading
