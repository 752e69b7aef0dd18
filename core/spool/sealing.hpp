// The keys of segments: sealed bodies opened, and groups of items made.
#pragma once

#include "base/seal.hpp"
#include "spool/scan.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::spool {

base::Sealer sealer_of(const SegmentHeader& segment, const StorageKey& key);

/// Opens bodies of any segment that a key is there for. [one thread at a time]
class Opener {
public:
    explicit Opener(const Keys& keys) : keys_(keys) {}

    /// The body as it was before it was sealed. Corrupt: it is not what was written.
    /// InvalidConfig: its key is missing.
    Result<std::string> open(const SegmentHeader& segment, const Item& item);

private:
    const Keys keys_;
    std::optional<Id16> salt_;  // of the segment that the sealer is for
    std::optional<base::Sealer> sealer_;
};

/// The items of a group, one behind the other, as they go into a segment. [one thread]
class ItemBuffer {
public:
    /// Empties it; the first item stands at the position. A sealer seals what is to be sealed.
    void begin(std::uint64_t position, std::uint32_t seed, base::Sealer* maybe_sealer);
    /// The beginning of a segment, up to its first item.
    void add_segment_header(const SegmentHeader& header);
    /// `header`: kind, flags, stream, sequence and root. Gives its position.
    std::uint64_t add(ItemHeader header, std::initializer_list<std::string_view> pieces);

    std::uint64_t end() const { return position_ + bytes_.size(); }

    std::span<const std::uint8_t> bytes() const { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
    std::uint64_t position_ = 0;
    std::uint32_t seed_ = 0;
    base::Sealer* maybe_sealer_ = nullptr;
};

/// What an entry's body begins with, before its head.
std::string head_prefix(std::size_t head_bytes);

}  // namespace aorta::spool
