#include "spool/format.hpp"

#include "base/crc32c.hpp"
#include "base/seal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace aorta::spool {
namespace {

constexpr std::string_view kSegmentMagic = "AORTASEG";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::size_t kDigits = 20;
constexpr std::uint32_t kReused = 1;
constexpr std::size_t kRangeBytes = 21;
constexpr std::size_t kHoleBytes = 32;

template <std::size_t N>
std::string_view view(const std::array<std::uint8_t, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(Decoder& decoder) {
    std::array<std::uint8_t, N> bytes{};
    const std::string_view got = decoder.bytes(N);
    std::memcpy(bytes.data(), got.data(), got.size());
    return bytes;
}

template <class Integer>
void put(std::uint8_t* into, Integer value) {
    std::memcpy(into, &value, sizeof value);  // little-endian machines only, as the engine is
}

template <class Integer>
Integer get(const char* from) {
    Integer value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

void put_stream(Encoder& into, const StreamState& stream) {
    into.number(stream.id)
        .number(static_cast<std::uint8_t>(stream.kind))
        .number(stream.next)
        .number(stream.held)
        .number(stream.epoch)
        .text(stream.name);
}

std::optional<StreamState> get_stream(Decoder& from) {
    StreamState stream;
    stream.id = from.number<StreamId>();
    const auto kind = from.number<std::uint8_t>();
    stream.next = from.number<std::uint64_t>();
    stream.held = from.number<std::uint64_t>();
    stream.epoch = from.number<std::uint64_t>();
    stream.name = from.text();
    if (!from.is_good() || stream.id == 0 || (kind != 1 && kind != 2) ||
        stream.next > kLastSequence) {
        return std::nullopt;
    }
    stream.kind = static_cast<StreamKind>(kind);
    return stream;
}

/// Covers the version too, so that a flipped bit is not taken for a newer format.
std::uint32_t header_crc(std::uint32_t version, std::string_view rest) {
    return base::crc32c(rest, base::crc32c(Encoder{}.number(version).take()));
}

bool is_sane(const SegmentHeader& header) {
    constexpr std::uint64_t kLargest = 1ULL << 48U;
    return header.usual >= kPage && header.usual % kPage == 0 && header.size >= header.usual &&
           header.size % kPage == 0 && header.size < kLargest && header.number < kLargest / kPage &&
           header.usual < kLargest && header.number < (1ULL << 62U) / header.usual &&
           header.before <= header.start();
}

}  // namespace

std::string encode(const SegmentHeader& header) {
    Encoder body;
    body.number(header.number)
        .number(header.size)
        .bytes(view(header.log))
        .bytes(view(header.salt))
        .bytes(view(header.key))
        .number(header.created_ns)
        .number(header.before)
        .number(header.usual)
        .number(header.is_reused ? kReused : 0U);
    std::string rest = body.take();
    rest.resize(kSegmentHeaderBytes - 16);
    Encoder whole;
    whole.bytes(kSegmentMagic).number(kVersion).number(header_crc(kVersion, rest)).bytes(rest);
    return whole.take();
}

Result<std::optional<SegmentHeader>> decode_segment_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes || bytes.substr(0, 8) != kSegmentMagic) {
        return std::optional<SegmentHeader>{};
    }
    const std::string_view rest = bytes.substr(16, kSegmentHeaderBytes - 16);
    Decoder decoder{bytes.substr(8)};
    const auto version = decoder.number<std::uint32_t>();
    if (decoder.number<std::uint32_t>() != header_crc(version, rest)) {
        return std::optional<SegmentHeader>{};
    }
    if (version != kVersion) {
        return Error{ErrorCode::InvalidConfig,
                     fmt::format("a segment has format {}, this program knows {}: use the program "
                                 "that wrote it, or a newer one",
                                 version,
                                 kVersion)};
    }
    SegmentHeader header;
    header.number = decoder.number<std::uint64_t>();
    header.size = decoder.number<std::uint64_t>();
    header.log = array_of<16>(decoder);
    header.salt = array_of<16>(decoder);
    header.key = array_of<8>(decoder);
    header.created_ns = decoder.number<std::int64_t>();
    header.before = decoder.number<std::uint64_t>();
    header.usual = decoder.number<std::uint64_t>();
    header.is_reused = (decoder.number<std::uint32_t>() & kReused) != 0;
    return is_sane(header) ? std::optional{header} : std::nullopt;
}

std::uint32_t header_seed(const Id16& salt) {
    return base::crc32c(view(salt));
}

void encode(const ItemHeader& header, std::uint32_t seed, std::uint8_t* into) {
    std::memset(into, 0, kItemHeaderBytes);
    put(into, kItemMagic);
    put(into + 8, header.position);
    put(into + 16, header.length);
    put(into + 20, header.body_crc);
    into[24] = static_cast<std::uint8_t>(header.kind);
    into[25] = header.flags;
    put(into + 28, header.stream);
    put(into + 32, header.sequence);
    put(into + 40, header.root.sequence);
    put(into + 48, header.root.stream);
    const std::string_view checked{reinterpret_cast<const char*>(into) + 8, kItemHeaderBytes - 8};
    put(into + 4, base::crc32c(checked, seed));
}

std::optional<ItemHeader> decode_item_header(std::string_view bytes,
                                             std::uint64_t position,
                                             std::uint32_t seed) {
    if (bytes.size() < kItemHeaderBytes || get<std::uint32_t>(bytes.data()) != kItemMagic ||
        get<std::uint64_t>(bytes.data() + 8) != position ||
        get<std::uint32_t>(bytes.data() + 4) !=
            base::crc32c(bytes.substr(8, kItemHeaderBytes - 8), seed)) {
        return std::nullopt;
    }
    ItemHeader header;
    header.position = position;
    header.length = get<std::uint32_t>(bytes.data() + 16);
    header.body_crc = get<std::uint32_t>(bytes.data() + 20);
    header.kind = static_cast<ItemKind>(bytes[24]);
    header.flags = static_cast<std::uint8_t>(bytes[25]);
    header.stream = get<std::uint32_t>(bytes.data() + 28);
    header.sequence = get<std::uint64_t>(bytes.data() + 32);
    header.root.sequence = get<std::uint64_t>(bytes.data() + 40);
    header.root.stream = get<std::uint32_t>(bytes.data() + 48);
    if (header.kind == ItemKind::Entry &&
        std::max(header.sequence, header.root.sequence) > kLastSequence) {
        return std::nullopt;
    }
    return header;
}

std::string encode(const StreamState& stream) {
    Encoder body;
    put_stream(body, stream);
    return body.take();
}

std::string encode(const Checkpoint& checkpoint) {
    Encoder body;
    body.number(static_cast<std::uint32_t>(checkpoint.streams.size()));
    for (const StreamState& stream : checkpoint.streams) {
        put_stream(body, stream);
    }
    body.number(static_cast<std::uint32_t>(checkpoint.facts.size()));
    for (const auto& [name, value] : checkpoint.facts) {
        body.text(name).text(value);
    }
    return body.bytes(checkpoint.gone ? encode(*checkpoint.gone) : "").take();
}

std::string encode(const std::vector<Range>& ranges) {
    Encoder body;
    body.number(static_cast<std::uint32_t>(ranges.size()));
    for (const Range& range : ranges) {
        body.number(range.stream).number(range.fate).number(range.first).number(range.last);
    }
    return body.take();
}

bool Gone::holds(const SegmentHeader& segment) const {
    return std::ranges::any_of(holes, [at = segment.start()](const Hole& hole) {
        return at >= hole.begin && at < hole.end;
    });
}

std::string encode(const Gone& gone) {
    Encoder body;
    body.number(static_cast<std::uint32_t>(gone.holes.size()));
    for (const Gone::Hole& hole : gone.holes) {
        body.number(hole.begin).number(hole.end).number(hole.before).number(hole.behind);
    }
    return body.bytes(encode(gone.entries)).take();
}

std::string encode_fact(std::string_view name, std::string_view value) {
    return Encoder{}.text(name).text(value).take();
}

std::string encode_commit(std::uint64_t durable_end, std::int64_t now_ns) {
    return Encoder{}.number(durable_end).number(now_ns).take();
}

std::string encode_snapshot(std::string_view name, std::string_view bytes) {
    return Encoder{}
        .number(static_cast<std::uint32_t>(name.size()))
        .bytes(name)
        .bytes(bytes)
        .take();
}

std::optional<StreamState> decode_stream(std::string_view body) {
    Decoder decoder{body};
    return get_stream(decoder);
}

std::optional<Checkpoint> decode_checkpoint(std::string_view body) {
    Decoder decoder{body};
    Checkpoint checkpoint;
    for (auto left = decoder.number<std::uint32_t>(); left > 0; --left) {
        auto stream = get_stream(decoder);
        if (!stream) {
            return std::nullopt;
        }
        checkpoint.streams.push_back(*std::move(stream));
    }
    for (auto left = decoder.number<std::uint32_t>(); left > 0 && decoder.is_good(); --left) {
        const std::string_view name = decoder.text();
        checkpoint.facts.emplace_back(name, decoder.text());
    }
    checkpoint.gone = decode_gone(decoder.rest());
    return decoder.is_good() ? std::optional{std::move(checkpoint)} : std::nullopt;
}

std::optional<std::vector<Range>> decode_ranges(std::string_view body) {
    Decoder decoder{body};
    const auto count = decoder.number<std::uint32_t>();
    if (!decoder.is_good() || count > decoder.rest().size() / kRangeBytes) {
        return std::nullopt;
    }
    std::vector<Range> ranges(count);
    for (Range& range : ranges) {
        range.stream = decoder.number<StreamId>();
        range.fate = decoder.number<std::uint8_t>();
        range.first = decoder.number<std::uint64_t>();
        range.last = decoder.number<std::uint64_t>();
        if (range.last < range.first || range.last > kLastSequence) {
            return std::nullopt;
        }
    }
    return ranges;
}

std::optional<Gone> decode_gone(std::string_view body) {
    Decoder decoder{body};
    Gone gone;
    const auto count = decoder.number<std::uint32_t>();
    if (!decoder.is_good() || count > decoder.rest().size() / kHoleBytes) {
        return std::nullopt;
    }
    gone.holes.resize(count);
    for (Gone::Hole& hole : gone.holes) {
        hole.begin = decoder.number<std::uint64_t>();
        hole.end = decoder.number<std::uint64_t>();
        hole.before = decoder.number<std::uint64_t>();
        hole.behind = decoder.number<std::uint64_t>();
        if (hole.end <= hole.begin || hole.behind < hole.before) {
            return std::nullopt;
        }
    }
    auto entries = decode_ranges(decoder.rest());
    if (!entries) {
        return std::nullopt;
    }
    gone.entries = *std::move(entries);
    return gone;
}

std::optional<std::pair<std::string, std::string>> decode_fact(std::string_view body) {
    Decoder decoder{body};
    const std::string_view name = decoder.text();
    const std::string_view value = decoder.text();
    return decoder.is_good() ? std::optional{std::pair{std::string{name}, std::string{value}}}
                             : std::nullopt;
}

std::uint8_t fate_byte(std::optional<message::FateKind> fate) {
    return fate ? static_cast<std::uint8_t>(*fate) : kNoFate;
}

std::optional<message::FateKind> fate_of(std::uint8_t byte) {
    return byte <= static_cast<std::uint8_t>(message::FateKind::Failed)
               ? std::optional{static_cast<message::FateKind>(byte)}
               : std::nullopt;
}

std::uint64_t snapshot_id(std::string_view name) {
    const base::Digest digest = base::sha256({name});
    return get<std::uint64_t>(reinterpret_cast<const char*>(digest.data()));
}

std::string segment_name(std::uint64_t number) {
    return fmt::format("{:020}{}", number, kSegmentSuffix);
}

std::optional<std::uint64_t> segment_number(std::string_view name) {
    if (name.size() != kDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* end = name.data() + kDigits;
    const auto [stopped, error] = std::from_chars(name.data(), end, number);
    return error == std::errc{} && stopped == end ? std::optional{number} : std::nullopt;
}

}  // namespace aorta::spool
