#include "spool/sealing.hpp"

#include "base/check.hpp"
#include "base/crc32c.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::spool {
namespace {

// The bytes of an item's header that are bound to its sealed body.
constexpr std::size_t kBoundFrom = 24;
constexpr std::size_t kBoundBytes = kItemHeaderBytes - kBoundFrom;

base::Sealer::Nonce nonce_of(std::uint64_t position) {
    base::Sealer::Nonce nonce{};
    std::memcpy(nonce.data(), &position, sizeof position);
    return nonce;
}

std::string_view bound(const std::uint8_t* header) {
    return {reinterpret_cast<const char*>(header) + kBoundFrom, kBoundBytes};
}

bool is_secret(ItemKind kind) {
    return kind == ItemKind::Entry || kind == ItemKind::Snapshot;
}

}  // namespace

base::Sealer sealer_of(const SegmentHeader& segment, const StorageKey& key) {
    const std::string number = Encoder{}.number(segment.number).take();
    return base::Sealer{base::hmac_sha256(
        base::view_of(key.bytes),
        {"aorta.spool/1", base::view_of(segment.log), base::view_of(segment.salt), number})};
}

Result<std::string> Opener::open(const SegmentHeader& segment, const Item& item) {
    if ((item.header.flags & kSealed) == 0) {
        return std::string{item.body};
    }
    if (salt_ != segment.salt) {
        const StorageKey* const key = keys_.find(segment.key);
        if (key == nullptr) {
            return Error{ErrorCode::InvalidConfig, "the key that sealed the storage is missing"};
        }
        sealer_.emplace(sealer_of(segment, *key));
        salt_ = segment.salt;
    }
    std::uint8_t header[kItemHeaderBytes];
    encode(item.header, 0, header);
    return sealer_->open(nonce_of(item.header.position), bound(header), item.body);
}

void ItemBuffer::begin(std::uint64_t position, std::uint32_t seed, base::Sealer* maybe_sealer) {
    bytes_.clear();
    position_ = position;
    seed_ = seed;
    maybe_sealer_ = maybe_sealer;
}

void ItemBuffer::add_segment_header(const SegmentHeader& header) {
    const std::string encoded = encode(header);
    bytes_.resize(kItemsBegin);
    std::ranges::copy(encoded, bytes_.begin());
    std::ranges::copy(encoded, bytes_.begin() + kSecondHeader);
}

std::uint64_t ItemBuffer::add(ItemHeader header, std::initializer_list<std::string_view> pieces) {
    std::uint64_t length = 0;
    for (const std::string_view piece : pieces) {
        length += piece.size();
    }
    const bool is_sealed = maybe_sealer_ != nullptr && is_secret(header.kind);
    length += is_sealed ? base::Sealer::kTagBytes : 0;
    AORTA_CHECK(length <= kMaxBody);
    header.position = end();
    header.length = static_cast<std::uint32_t>(length);
    header.flags = static_cast<std::uint8_t>(header.flags | (is_sealed ? kSealed : 0));

    const std::size_t at = bytes_.size();
    bytes_.resize(at + item_bytes(length));
    std::uint8_t* const body = bytes_.data() + at + kItemHeaderBytes;
    if (is_sealed) {
        encode(header, seed_, bytes_.data() + at);
        maybe_sealer_->seal(
            nonce_of(header.position), bound(bytes_.data() + at), pieces, {body, length});
    } else {
        std::uint8_t* into = body;
        for (const std::string_view piece : pieces) {
            into = std::copy(piece.begin(), piece.end(), into);
        }
    }
    header.body_crc = base::crc32c({reinterpret_cast<const char*>(body), length});
    encode(header, seed_, bytes_.data() + at);
    return header.position;
}

std::string head_prefix(std::size_t head_bytes) {
    return Encoder{}.number(static_cast<std::uint32_t>(head_bytes)).take();
}

}  // namespace aorta::spool
