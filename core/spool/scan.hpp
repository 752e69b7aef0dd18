// Walks the items of a segment, good and bad, with bounded memory.
#pragma once

#include "spool/format.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aorta::spool {

/// Reads a file by windows. What lies behind its end reads as zeros. [one thread at a time]
class Window {
public:
    Window(File& file, std::uint64_t end) : file_(file), end_(end) {}

    /// `count` bytes from `offset`, valid until the next call. Fewer behind the end. Unavailable
    /// when the disk does not answer.
    Result<std::string_view> at(std::uint64_t offset, std::uint64_t count);

    /// What is at hand from `offset`: 8 bytes or more, nothing behind the end.
    Result<std::string_view> some(std::uint64_t offset);

private:
    Result<void> fill(std::uint64_t offset, std::uint64_t count);

    File& file_;
    std::uint64_t end_;
    std::uint64_t ahead_ = 16U << 10U;  // read at once; more the farther it goes
    std::uint64_t from_ = 0;
    std::vector<std::uint8_t> bytes_;  // keeps its size; `filled_` of it are of the file
    std::uint64_t filled_ = 0;
};

/// Reads as `File::read_at` does. What the disk cannot read although it answers otherwise comes as
/// bytes that are no item, so that it is taken for damage.
Io read_or_mark(File& file, std::span<std::uint8_t> into, std::uint64_t offset);

/// An item whose header is good.
struct Item {
    ItemHeader header;
    std::string_view body;  ///< as stored; valid until the scanner goes on
    bool is_good = true;    ///< the body's checksum is right
};

/// Bytes of a segment that are no item, up to the next good header.
struct BadRegion {
    std::uint64_t begin = 0;  ///< positions
    std::uint64_t end = 0;
};

/// Behind the last item.
struct EndOfItems {
    std::uint64_t items_end = 0;  ///< position where the last item ends
    std::uint64_t bytes_end = 0;  ///< behind the last byte that is not zero; never less
};

using Step = std::variant<Item, BadRegion, EndOfItems>;

/// The end of an item that begins at `header.position`.
std::uint64_t end_of(const ItemHeader& header);

/// [one thread at a time]
class Scanner {
public:
    /// From the first item, or the position `from`.
    Scanner(File& file, const SegmentHeader& segment, std::optional<std::uint64_t> from = {});

    /// EndOfItems again and again at the end.
    Result<Step> next();

    /// Where the next step begins.
    std::uint64_t position() const { return start_ + offset_; }

    /// Bodies are read but not checked, and are not valid: headers alone are wanted.
    void skip_bodies() { wants_bodies_ = false; }

private:
    Result<std::optional<ItemHeader>> header_at(std::uint64_t offset);
    Result<Step> item(const ItemHeader& header);
    Result<Step> resync();

    std::uint64_t start_;
    std::uint64_t size_;
    std::uint32_t seed_;
    std::uint64_t offset_;
    bool wants_bodies_ = true;
    Window window_;
};

/// The header of a segment file; nothing when the file has none. Another number than the file's
/// name says: it is not in use, what it holds is of an earlier time. InvalidConfig: a newer format.
/// Unavailable: the disk does not answer.
Result<std::optional<SegmentHeader>> read_segment_header(File& file, std::uint64_t number);

/// An error that names the file and the errno; never what stands in it.
Error disk_error(std::string_view what, const std::filesystem::path& path, int error);

}  // namespace aorta::spool
