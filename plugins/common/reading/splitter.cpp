#include "common/reading/splitter.hpp"

#include <utility>

namespace aorta::reading {

Format format_of(std::string_view option) {
    if (option == "lines") {
        return Format::Lines;
    }
    if (option == "ndjson") {
        return Format::Ndjson;
    }
    return option == "whole" ? Format::Whole : Format::Hl7v2;
}

std::string_view content_type_of(Format format) {
    if (format == Format::Lines) {
        return "text";
    }
    return format == Format::Ndjson ? "json" : "bytes";
}

Splitter::Splitter(Format format,
                   std::size_t max_record_bytes,
                   std::uint64_t start,
                   OnPiece on_piece)
    : format_(format),
      max_record_bytes_(max_record_bytes),
      on_piece_(std::move(on_piece)),
      start_(start) {
    if (format == Format::Hl7v2) {
        hl7_.emplace([this](const hl7::FileEvent& event) { on_hl7(event); }, max_record_bytes);
    }
}

void Splitter::feed(std::string_view bytes) {
    if (hl7_) {
        hl7_->feed(bytes);
        return;
    }
    while (format_ != Format::Whole) {
        const std::size_t line_end = bytes.find('\n');
        if (line_end == std::string_view::npos) {
            break;
        }
        end_record(bytes.substr(0, line_end), true);
        bytes.remove_prefix(line_end + 1);
    }
    hold(bytes);
}

void Splitter::finish() {
    if (hl7_) {
        hl7_->finish();
    } else if (!held_.empty() || passed_over_ != 0) {
        end_record({}, false);
    }
}

void Splitter::hold(std::string_view bytes) {
    if (passed_over_ == 0 && held_.size() + bytes.size() <= max_record_bytes_) {
        held_ += bytes;
        return;
    }
    passed_over_ += held_.size() + bytes.size();
    held_.clear();
}

void Splitter::end_record(std::string_view last_bytes, bool has_line_end) {
    const bool is_in_one =
        held_.empty() && passed_over_ == 0 && last_bytes.size() <= max_record_bytes_;
    if (!is_in_one) {
        hold(last_bytes);
    }
    std::string_view bytes = is_in_one ? last_bytes : std::string_view{held_};
    Piece piece{.begin = start_,
                .end = start_ + passed_over_ + bytes.size() + (has_line_end ? 1 : 0)};
    start_ = piece.end;
    if (passed_over_ != 0) {
        piece.kind = Piece::Kind::TooLarge;
        passed_over_ = 0;
        on_piece_(piece);
        return;
    }
    if (has_line_end && bytes.ends_with('\r')) {
        bytes.remove_suffix(1);
    }
    const bool is_blank =
        format_ == Format::Ndjson && bytes.find_first_not_of(" \t\r") == std::string_view::npos;
    if (!is_blank) {
        piece.bytes = bytes;
        on_piece_(piece);
    }
    held_.clear();
}

void Splitter::on_hl7(const hl7::FileEvent& event) {
    using Kind = hl7::FileEvent::Kind;
    Piece piece{.begin = start_ + event.offset, .end = start_ + event.offset + event.length};
    switch (event.kind) {
        case Kind::Message:
            piece.bytes = event.bytes;
            piece.batch = event.batch;
            piece.end = piece.begin + event.bytes.size();
            break;
        case Kind::BatchEnd:
        case Kind::FileEnd:
            if (event.declared.value_or(event.actual) == event.actual) {
                return;
            }
            piece.kind = Piece::Kind::BatchMismatch;
            piece.declared = *event.declared;
            piece.actual = event.actual;
            break;
        case Kind::NoMessage:
            piece.kind = Piece::Kind::NoMessage;
            break;
        case Kind::Noise:
            piece.kind = Piece::Kind::Noise;
            break;
        case Kind::Oversize:
            piece.kind = Piece::Kind::TooLarge;
            break;
        case Kind::Truncated:
            piece.kind = Piece::Kind::Truncated;
            break;
        case Kind::NoTrailer:
            piece.kind = Piece::Kind::NoTrailer;
            break;
        case Kind::EndInside:
            piece.kind = Piece::Kind::EndInside;
            break;
    }
    on_piece_(piece);
}

}  // namespace aorta::reading
