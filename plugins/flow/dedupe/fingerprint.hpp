// What is remembered of a record: 128 bits that nobody outside can make collide.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace aorta::plugins::dedupe {

struct Fingerprint {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

/// SipHash-2-4 with 128 bits of output, fed piece by piece. Two records that differ have the same
/// fingerprint with a chance of 2^-64 among four billion; without the key no one can look for such
/// a pair.
class Hasher {
public:
    using Key = std::array<std::uint64_t, 2>;

    explicit Hasher(const Key& key);

    void add(std::string_view bytes);
    /// Adds a text with its length, so that two of them never run together.
    void add_text(std::string_view text);

    Fingerprint finish();

private:
    void add_word(std::uint64_t word);
    void round();

    std::array<std::uint64_t, 4> state_;
    std::uint64_t pending_ = 0;  // bytes that do not make a word yet
    std::uint64_t size_ = 0;
};

/// A key from the machine's random source.
Hasher::Key random_key();

}  // namespace aorta::plugins::dedupe
