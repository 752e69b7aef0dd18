#include "common/hash/siphash.hpp"

#include <sys/random.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace aorta::hash {

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

void SipHash::add_text(std::string_view text) {
    std::array<char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) {
        length[i] = static_cast<char>(text.size() >> (i * 8));
    }
    add({length.data(), length.size()});
    add(text);
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

Hash128 random_key() {
    Hash128 key{};
    if (::getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key)) {
        throw std::runtime_error("the machine gave no random bytes");
    }
    return key;
}

}  // namespace aorta::hash
