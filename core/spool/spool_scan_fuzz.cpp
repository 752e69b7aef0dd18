// A segment, taken as the newest of a log: scanned and replayed. The input is the bytes of its
// file, or, since checksums can hardly be guessed, a list of items that are given theirs.
#include "base/crc32c.hpp"
#include "spool/replay.hpp"

#include <algorithm>
#include <cerrno>

namespace {

namespace spool = aorta::spool;

constexpr std::uint64_t kSegmentBytes = 1U << 16U;
constexpr std::uint64_t kMostEntries = 1U << 10U;

// Flags of a listed item beside the log's own.
constexpr std::uint8_t kBadBody = 0x80;
constexpr std::uint8_t kBadHeader = 0x40;

class Bytes final : public spool::File {
public:
    explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    spool::Io read_at(std::span<std::uint8_t> into, std::uint64_t offset) override {
        const std::uint64_t from = std::min<std::uint64_t>(offset, bytes_.size());
        const std::size_t count = std::min<std::size_t>(into.size(), bytes_.size() - from);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), count, into.begin());
        return {static_cast<std::int64_t>(count), 0};
    }

    spool::Io write_at(std::span<const std::uint8_t>, std::uint64_t) override { return {0, EIO}; }

    spool::Io sync() override { return {}; }

    spool::Io truncate(std::uint64_t) override { return {0, EIO}; }

    spool::Io size() override { return {static_cast<std::int64_t>(bytes_.size()), 0}; }

private:
    std::span<const std::uint8_t> bytes_;
};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// So many missing entries are noted one by one, which takes its time.
bool is_dear(std::uint64_t sequence) {
    return sequence > kMostEntries && sequence <= spool::kLastSequence;
}

/// What a body says comes back from its encoding. False when it is not worth the time.
bool check_body(spool::ItemKind kind, std::string_view body) {
    bool is_cheap = true;
    if (kind == spool::ItemKind::Checkpoint) {
        if (const auto checkpoint = spool::decode_checkpoint(body)) {
            require(body.starts_with(spool::encode(*checkpoint)));
            for (const spool::StreamState& stream : checkpoint->streams) {
                is_cheap = is_cheap && !is_dear(stream.next);
            }
        }
    } else if (kind == spool::ItemKind::Stream) {
        if (const auto stream = spool::decode_stream(body)) {
            require(body.starts_with(spool::encode(*stream)));
            is_cheap = !is_dear(stream->next);
        }
    } else if (kind == spool::ItemKind::Fact) {
        if (const auto fact = spool::decode_fact(body)) {
            require(body.starts_with(spool::encode_fact(fact->first, fact->second)));
        }
    } else if (const auto ranges = spool::decode_ranges(body)) {
        require(body.starts_with(spool::encode(*ranges)));
        for (const spool::Range& range : *ranges) {
            is_cheap = is_cheap && !is_dear(range.last - range.first);
        }
    }
    return is_cheap;
}

/// A segment of the items that the input lists: kind, flags, stream, root's stream, sequence,
/// root's sequence, length of the body (2 bytes), body. Nothing when it is not worth the time.
std::optional<std::string> segment_of(std::string_view list) {
    spool::SegmentHeader header{.number = 1, .size = kSegmentBytes, .usual = kSegmentBytes};
    std::string bytes = spool::encode(header);
    bytes.resize(spool::kSecondHeader);
    bytes += spool::encode(header);
    const std::uint32_t seed = spool::header_seed(header.salt);
    spool::Decoder in{list};
    while (!in.rest().empty()) {
        spool::ItemHeader item;
        item.position = header.start() + bytes.size();
        item.kind = static_cast<spool::ItemKind>(in.number<std::uint8_t>());
        const auto flags = in.number<std::uint8_t>();
        item.flags = flags & (spool::kSealed | spool::kCopied);
        item.stream = in.number<std::uint8_t>();
        item.root.stream = in.number<std::uint8_t>();
        item.sequence = in.number<std::uint64_t>();
        item.root.sequence = in.number<std::uint64_t>();
        const std::size_t length = in.number<std::uint16_t>();
        const std::string_view body = in.bytes(std::min(length, in.rest().size()));
        if (!check_body(item.kind, body) || is_dear(item.sequence)) {
            return std::nullopt;
        }
        item.length = static_cast<std::uint32_t>(body.size());
        item.body_crc = aorta::base::crc32c(body) ^ (flags & kBadBody);
        std::array<std::uint8_t, spool::kItemHeaderBytes> head{};
        spool::encode(item, seed ^ (flags & kBadHeader), head.data());
        bytes.append(reinterpret_cast<const char*>(head.data()), head.size());
        bytes += body;
        bytes.resize((bytes.size() + 7) / 8 * 8);
    }
    return bytes;
}

void replay(std::string_view bytes) {
    Bytes file{{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}};
    auto header = spool::read_segment_header(file, 1);
    constexpr std::uint64_t kLargest = 1U << 20U;  // what is not there reads as zeros
    if (!header || !*header || (*header)->size > kLargest) {
        return;
    }
    const auto segment = std::make_shared<spool::Segment>(**header, "fuzz");
    spool::Replay replay{true};
    if (spool::replay_segment(replay, segment, file).ok()) {
        static_cast<void>(replay.finish());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    if (input.starts_with("AORTASEG")) {
        replay(input);
    } else if (const auto bytes = segment_of(input)) {
        replay(*bytes);
    }
    return 0;
}
