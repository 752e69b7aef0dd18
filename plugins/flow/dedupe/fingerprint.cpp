#include "flow/dedupe/fingerprint.hpp"

#include <sys/random.h>

#include <bit>
#include <stdexcept>

namespace aorta::plugins::dedupe {

Hasher::Hasher(const Key& key)
    : state_{0x736f6d6570736575U ^ key[0],
             0x646f72616e646f6dU ^ key[1] ^ 0xEEU,  // 0xEE: 128 bits are wanted
             0x6c7967656e657261U ^ key[0],
             0x7465646279746573U ^ key[1]} {}

void Hasher::add(std::string_view bytes) {
    for (const char c : bytes) {
        pending_ |= std::uint64_t{static_cast<unsigned char>(c)} << (size_ % 8 * 8);
        if (++size_ % 8 == 0) {
            add_word(pending_);
            pending_ = 0;
        }
    }
}

void Hasher::add_text(std::string_view text) {
    std::array<char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) {
        length[i] = static_cast<char>(text.size() >> (i * 8));
    }
    add({length.data(), length.size()});
    add(text);
}

Fingerprint Hasher::finish() {
    add_word(pending_ | (size_ << 56U));
    const auto half = [this] {
        for (int i = 0; i < 4; ++i) {
            round();
        }
        return state_[0] ^ state_[1] ^ state_[2] ^ state_[3];
    };
    state_[2] ^= 0xEEU;
    const std::uint64_t first = half();
    state_[1] ^= 0xDDU;
    return {first, half()};
}

void Hasher::add_word(std::uint64_t word) {
    state_[3] ^= word;
    round();
    round();
    state_[0] ^= word;
}

void Hasher::round() {
    auto& [a, b, c, d] = state_;
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
}

Hasher::Key random_key() {
    Hasher::Key key{};
    if (::getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key)) {
        throw std::runtime_error("the machine gave no random bytes");
    }
    return key;
}

}  // namespace aorta::plugins::dedupe
