// The bytes of the log, encoded and decoded: docs/formats/spool.md. Nothing here touches a file.
#pragma once

#include "base/byte_stream.hpp"
#include "spool/spool.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::spool {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSegmentHeaderBytes = 128;
/// The header stands twice, in two pages.
constexpr std::size_t kSecondHeader = 4096;
constexpr std::size_t kItemsBegin = kSecondHeader + kSegmentHeaderBytes;
constexpr std::size_t kItemHeaderBytes = 56;
constexpr std::size_t kCommitBytes = kItemHeaderBytes + 16;
constexpr std::uint32_t kItemMagic = 0x4D544941;
constexpr std::uint64_t kPage = 4096;
/// No stream comes so far: what names a later entry is nonsense, with which sums would wrap around.
constexpr std::uint64_t kLastSequence = 1ULL << 62U;
/// What a body may have; a record that is larger cannot be kept.
constexpr std::uint64_t kMaxBody = 0xFFFF0000;

using Id16 = std::array<std::uint8_t, 16>;

struct SegmentHeader {
    std::uint64_t number = 0;
    std::uint64_t size = 0;   ///< of this segment
    std::uint64_t usual = 0;  ///< of the log's segments, what positions are counted by
    Id16 log = {};
    Id16 salt = {};
    KeyId key = {};
    std::int64_t created_ns = 0;
    std::uint64_t before = 0;  ///< the durable end of the log when this segment was begun
    bool is_reused = false;    ///< what stands behind its items is of an earlier use

    std::uint64_t start() const { return number * usual; }

    /// Where the next one may begin: positions are counted by the usual size, whatever this one
    /// has.
    std::uint64_t end() const { return start() + (size + usual - 1) / usual * usual; }

    bool is_sealed() const { return key != KeyId{}; }
};

enum class ItemKind : std::uint8_t {
    Checkpoint = 1,
    Stream = 2,
    Fact = 3,
    Entry = 4,
    Over = 5,
    Released = 6,
    Trying = 7,
    Commit = 8,
    Closed = 9,
    Snapshot = 10,
    Gone = 11,
};

constexpr std::uint8_t kSealed = 1;
constexpr std::uint8_t kCopied = 2;

struct ItemHeader {
    std::uint64_t position = 0;
    std::uint32_t length = 0;
    std::uint32_t body_crc = 0;
    ItemKind kind = ItemKind::Commit;
    std::uint8_t flags = 0;
    StreamId stream = 0;
    std::uint64_t sequence = 0;
    Root root = {};
};

/// The fate of a range that has none yet.
constexpr std::uint8_t kNoFate = 255;

struct Range {
    StreamId stream = 0;
    std::uint8_t fate = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

/// In the ranges of a trying item: how often it was tried before, and whether it is now.
constexpr std::uint8_t kBeingTried = 0x80;

/// What was let go. Positions and sequences that lie in it are no loss; a segment that lies in it
/// is of an earlier time.
struct Gone {
    /// Segments that followed one another.
    struct Hole {
        std::uint64_t begin = 0;   ///< where the first of them begins
        std::uint64_t end = 0;     ///< behind the last
        std::uint64_t before = 0;  ///< the durable end of the log when the first was begun
        std::uint64_t behind = 0;  ///< and when the one behind the last was
    };

    std::vector<Hole> holes = {};     ///< rising
    std::vector<Range> entries = {};  ///< of each stream rising: those that stand nowhere

    bool holds(const SegmentHeader& segment) const;
};

struct Checkpoint {
    std::vector<StreamState> streams;
    std::vector<std::pair<std::string, std::string>> facts;
    std::optional<Gone> gone = {};  ///< none in logs of before there was one
};

/// Bytes that an item takes in a segment.
constexpr std::uint64_t item_bytes(std::uint64_t body) {
    return (kItemHeaderBytes + body + 7) / 8 * 8;
}

/// Of what the spool writes: texts are short.
using Encoder = base::BasicByteWriter<std::uint16_t>;
using Decoder = base::BasicByteReader<std::uint16_t>;

std::string encode(const SegmentHeader& header);
/// Nothing when it is not one. A version that is not known gives an error.
Result<std::optional<SegmentHeader>> decode_segment_header(std::string_view bytes);

/// What item headers of a segment are checked with: begins with the segment's salt, so that no
/// bytes from elsewhere pass for an item.
std::uint32_t header_seed(const Id16& salt);
void encode(const ItemHeader& header, std::uint32_t seed, std::uint8_t* into);
/// Nothing when magic, position or checksum are not right, or an entry's sequence is nonsense.
std::optional<ItemHeader> decode_item_header(std::string_view bytes,
                                             std::uint64_t position,
                                             std::uint32_t seed);

std::string encode(const StreamState& stream);
std::string encode(const Checkpoint& checkpoint);
std::string encode(const std::vector<Range>& ranges);
std::string encode(const Gone& gone);
std::string encode_fact(std::string_view name, std::string_view value);
std::string encode_commit(std::uint64_t durable_end, std::int64_t now_ns);
std::string encode_snapshot(std::string_view name, std::string_view bytes);

/// Nothing when the bytes are not such a body.
std::optional<StreamState> decode_stream(std::string_view body);
std::optional<Checkpoint> decode_checkpoint(std::string_view body);
std::optional<std::vector<Range>> decode_ranges(std::string_view body);
std::optional<Gone> decode_gone(std::string_view body);
std::optional<std::pair<std::string, std::string>> decode_fact(std::string_view body);

/// The fate of a range and back: 255 is none.
std::uint8_t fate_byte(std::optional<message::FateKind> fate);
std::optional<message::FateKind> fate_of(std::uint8_t byte);

/// Stands for the name in the item of a snapshot, whose body may be sealed.
std::uint64_t snapshot_id(std::string_view name);

/// What a folder entry of `spool/` is called.
std::string segment_name(std::uint64_t number);
std::optional<std::uint64_t> segment_number(std::string_view name);

}  // namespace aorta::spool
