// The flat index of an HL7 v2 message: where its segments and fields are. Layout: docs/formats/
// hl7v2-index.md.
#pragma once

#include "common/hl7/delimiters.hpp"
#include "common/hl7/scan.hpp"

#include <aorta/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// The interned name of the view that a decoder attaches to a record.
inline constexpr std::string_view kIndexView = "hl7v2.index/1";
inline constexpr std::uint32_t kIndexVersion = 1;

/// What ends the segments of a message.
enum class LineEnd : std::uint8_t {
    Cr = 0,
    Lf = 1,
    CrLf = 2,
};

struct IndexHeader {
    std::uint32_t version = kIndexVersion;
    std::uint32_t payload_size = 0;
    std::uint32_t segment_count = 0;
    std::uint32_t end_count = 0;
    Delimiters delimiters;
    LineEnd line_end = LineEnd::Cr;
    std::uint8_t reserved = 0;
    std::uint32_t reserved2 = 0;
};

/// One segment. Its name is [offset, ends[first_end]), its k-th part behind the name (k from 1) is
/// [ends[first_end + k - 1] + 1, ends[first_end + k]). `part_count` = number of field separators.
struct IndexSegment {
    std::uint32_t offset = 0;
    std::uint32_t first_end = 0;
    std::uint32_t part_count = 0;
    char name[3] = {0, 0, 0};  // zero bytes when shorter
    std::uint8_t flags = 0;
};

/// MSH, FHS or BHS: part k is field k + 1, and field 1 is the separator itself.
inline constexpr std::uint8_t kSegmentIsHeader = 1;
/// The name is not a letter and two letters or digits.
inline constexpr std::uint8_t kSegmentIsMalformed = 2;

static_assert(sizeof(IndexHeader) == 28 && sizeof(IndexSegment) == 16);

struct IndexLimits {
    std::size_t max_bytes = std::size_t{16} << 20U;
    std::uint32_t max_segments = 1U << 16U;  // blank lines count
    std::uint32_t max_fields = 1U << 20U;
};

/// Pointers into an index block (or into a builder). Borrows; valid as long as what it points into.
struct IndexView {
    const IndexHeader* header = nullptr;
    const IndexSegment* segments = nullptr;
    const std::uint32_t* ends = nullptr;

    /// The index in a block that a decoder attached to a record with this payload. Checks version
    /// and sizes; the tables themselves are trusted, as they never leave the process.
    static Result<IndexView> open(const void* block,
                                  std::size_t block_size,
                                  std::string_view payload);
};

/// Scans messages, one after the other, into tables that it reuses. One thread at a time.
class IndexBuilder {
public:
    explicit IndexBuilder(IndexLimits limits) : limits_(limits) {}

    IndexBuilder() : IndexBuilder(IndexLimits{}) {}

    /// Indexes a message. Never reads beyond the payload. What ends MSH ends the other segments: CR
    /// (a following LF is skipped, any other LF but the payload's last byte is data) or LF (a CR
    /// before it is skipped, any other CR is data). Blank lines and a byte order mark are ignored.
    /// Fails with hl7.no_msh, hl7.bad_delimiters or one of the hl7.too_… reasons; then there is no
    /// index.
    Result<void> build(std::string_view payload);

    /// Of the last successful build; valid until the next.
    IndexView view() const;
    std::size_t block_size() const;
    /// Writes the block of block_size() bytes, aligned to 4.
    void copy_to(void* block) const;

private:
    void add_segments(std::string_view payload, std::size_t start);

    IndexLimits limits_;
    IndexHeader header_;
    std::vector<IndexSegment> segments_;
    ScanResult scan_;
};

}  // namespace aorta::hl7
