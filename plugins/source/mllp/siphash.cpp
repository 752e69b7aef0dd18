#include "source/mllp/siphash.hpp"

#include <bit>
#include <cstring>

namespace aorta::plugins::mllp {

static_assert(std::endian::native == std::endian::little);

SipHash::SipHash(const Hash128& key)
    : v_{key[0] ^ 0x736f6d6570736575U,
         key[1] ^ 0x646f72616e646f6dU ^ 0xeeU,
         key[0] ^ 0x6c7967656e657261U,
         key[1] ^ 0x7465646279746573U} {}

void SipHash::round() {
    auto& [a, b, c, d] = v_;
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
}

void SipHash::word(std::uint64_t value) {
    v_[3] ^= value;
    round();
    round();
    v_[0] ^= value;
}

void SipHash::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t held = length_ % 8;
        if (held == 0 && bytes.size() >= 8) {
            std::uint64_t value = 0;
            std::memcpy(&value, bytes.data(), sizeof value);
            word(value);
            length_ += 8;
            bytes.remove_prefix(8);
            continue;
        }
        tail_ |= std::uint64_t{static_cast<unsigned char>(bytes.front())} << (8 * held);
        ++length_;
        bytes.remove_prefix(1);
        if (held == 7) {
            word(tail_);
            tail_ = 0;
        }
    }
}

Hash128 SipHash::finish() {
    word(length_ << 56U | tail_);
    Hash128 hash{};
    v_[2] ^= 0xeeU;
    for (std::uint64_t& half : hash) {
        for (int i = 0; i < 4; ++i) {
            round();
        }
        half = v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
        v_[1] ^= 0xddU;
    }
    return hash;
}

}  // namespace aorta::plugins::mllp
