#include "common/hl7/index.hpp"

#include "common/hl7/reason.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace aorta::hl7 {

static_assert(std::is_trivially_copyable_v<IndexHeader> &&
              std::is_trivially_copyable_v<IndexSegment>);

namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_upper_or_digit(char c) {
    return is_upper(c) || (c >= '0' && c <= '9');
}

std::uint8_t flags_of(std::string_view name) {
    if (name.size() != 3 || !is_upper(name[0]) || !is_upper_or_digit(name[1]) ||
        !is_upper_or_digit(name[2])) {
        return kSegmentIsMalformed;
    }
    return name == "MSH" || name == "FHS" || name == "BHS" ? kSegmentIsHeader : 0;
}

/// What ends the first segment ends them all.
LineEnd line_end_of(std::string_view payload, std::size_t from) {
    const std::string_view rest = payload.substr(from);
    const std::string_view end = rest.substr(std::min(find_either(rest, '\r', '\n'), rest.size()));
    if (!end.starts_with('\r')) {
        return LineEnd::Lf;
    }
    return end.starts_with("\r\n") ? LineEnd::CrLf : LineEnd::Cr;
}

}  // namespace

Result<IndexView> IndexView::open(const void* block,
                                  std::size_t block_size,
                                  std::string_view payload) {
    const auto bad = [](std::string_view text) {
        return make_error(ErrorCode::Internal, kBadIndex, text, "hl7v2.index");
    };
    if (block_size < sizeof(IndexHeader)) {
        return bad("the index is shorter than its header");
    }
    const auto* header = static_cast<const IndexHeader*>(block);
    if (header->version != kIndexVersion || header->payload_size != payload.size()) {
        return bad("the index is of another version or another payload");
    }
    const std::size_t segments = sizeof(IndexSegment) * std::size_t{header->segment_count};
    const std::size_t ends = sizeof(std::uint32_t) * std::size_t{header->end_count};
    if (block_size != sizeof(IndexHeader) + segments + ends) {
        return bad("the index does not have the size that its header says");
    }
    const char* tables = static_cast<const char*>(block) + sizeof(IndexHeader);
    return IndexView{header,
                     reinterpret_cast<const IndexSegment*>(tables),
                     reinterpret_cast<const std::uint32_t*>(tables + segments)};
}

Result<void> IndexBuilder::build(std::string_view payload) {
    header_ = {};
    segments_.clear();
    if (payload.size() > limits_.max_bytes || payload.size() >= UINT32_MAX) {
        return make_error(ErrorCode::InvalidData,
                          kTooLarge,
                          "the message is above the limit of its size",
                          "message");
    }
    const std::size_t start = leading_noise(payload);
    const Result<Delimiters> delimiters = parse_delimiters(payload.substr(start));
    if (!delimiters.ok()) {
        return delimiters.error();
    }
    if (!payload.substr(start).starts_with("MSH")) {
        return make_error_at(ErrorCode::InvalidData,
                             kNoMsh,
                             "a batch header is not a message; it must begin with MSH",
                             start);
    }
    header_.payload_size = static_cast<std::uint32_t>(payload.size());
    header_.delimiters = *delimiters;
    header_.line_end = line_end_of(payload, start);

    const char terminator = header_.line_end == LineEnd::Lf ? '\n' : '\r';
    if (!scan(payload,
              header_.delimiters.field,
              terminator,
              limits_.max_fields,
              limits_.max_segments,
              best_isa(),
              scan_)) {
        const bool fields = scan_.hit_count > limits_.max_fields;
        header_ = {};
        return make_error(ErrorCode::InvalidData,
                          fields ? kTooManyFields : kTooManySegments,
                          fields ? "the message has more fields than the limit"
                                 : "the message has more segments than the limit",
                          "message");
    }
    add_segments(payload, start);
    return {};
}

void IndexBuilder::add_segments(std::string_view payload, std::size_t start) {
    const auto size = static_cast<std::uint32_t>(payload.size());
    const bool ends_at_lf = header_.line_end == LineEnd::Lf;
    if (size > start && payload.back() != (ends_at_lf ? '\n' : '\r')) {
        // The last segment lacks its line end, or has that of an editor. The scan has left room.
        scan_.terminators[scan_.terminator_count++] = static_cast<std::uint32_t>(scan_.hit_count);
        scan_.hits[scan_.hit_count++] = payload.back() == '\n' ? size - 1 : size;
    }
    segments_.resize(scan_.terminator_count);
    IndexSegment* segment = segments_.data();
    auto offset = static_cast<std::uint32_t>(start);
    std::uint32_t first_end = 0;
    for (std::size_t line = 0; line < scan_.terminator_count; ++line) {
        const std::uint32_t last_end = scan_.terminators[line];
        std::uint32_t end = scan_.hits[last_end];
        const std::uint32_t next = end + 1;
        // A line feed behind a carriage return belongs to the line end.
        while (offset < end && (payload[offset] == '\n' || payload[offset] == '\r')) {
            ++offset;
        }
        while (ends_at_lf && offset < end && payload[end - 1] == '\r') {
            scan_.hits[last_end] = --end;  // some of the lines end with CRLF
        }
        if (offset < end) {
            const std::string_view name = payload.substr(offset, scan_.hits[first_end] - offset);
            *segment = {offset, first_end, last_end - first_end};
            if (name.size() >= 3) {
                std::memcpy(segment->name, name.data(), 3);
            } else {
                name.copy(segment->name, name.size());
            }
            segment->flags = flags_of(name);
            ++segment;
        }
        offset = std::max(offset, next);
        first_end = last_end + 1;
    }
    segments_.resize(static_cast<std::size_t>(segment - segments_.data()));
    header_.segment_count = static_cast<std::uint32_t>(segments_.size());
    header_.end_count = static_cast<std::uint32_t>(scan_.hit_count);
}

IndexView IndexBuilder::view() const {
    return {&header_, segments_.data(), scan_.hits.data()};
}

std::size_t IndexBuilder::block_size() const {
    return sizeof(IndexHeader) + sizeof(IndexSegment) * segments_.size() +
           sizeof(std::uint32_t) * std::size_t{header_.end_count};
}

void IndexBuilder::copy_to(void* block) const {
    auto* out = static_cast<char*>(block);
    std::memcpy(out, &header_, sizeof header_);
    out += sizeof header_;
    std::memcpy(out, segments_.data(), sizeof(IndexSegment) * segments_.size());
    out += sizeof(IndexSegment) * segments_.size();
    std::memcpy(out, scan_.hits.data(), sizeof(std::uint32_t) * std::size_t{header_.end_count});
}

}  // namespace aorta::hl7
