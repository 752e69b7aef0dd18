// SipHash-2-4 with 128 bits: a keyed hash that nobody who lacks the key can make collide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace aorta::hash {

using Hash128 = std::array<std::uint64_t, 2>;

struct HashOfHash {
    std::size_t operator()(const Hash128& hash) const { return static_cast<std::size_t>(hash[0]); }
};

/// Hashes the concatenation of pieces. One use: add, then finish.
class SipHash {
public:
    explicit SipHash(const Hash128& key);

    void add(std::string_view bytes);
    /// Adds a text with its length, so that two of them never run together.
    void add_text(std::string_view text);
    Hash128 finish();

private:
    void round();
    void word(std::uint64_t value);

    std::array<std::uint64_t, 4> v_;
    std::uint64_t tail_ = 0;  // bytes that do not fill a word yet, lowest first
    std::uint64_t length_ = 0;
};

/// A key from the machine's random source. Throws std::runtime_error when it gives none.
Hash128 random_key();

}  // namespace aorta::hash
