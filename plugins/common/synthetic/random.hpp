// Numbers that are the same on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aorta::synthetic {

/// Scrambles 64 bits (the finaliser of splitmix64).
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

/// A splitmix64 sequence. Integers only: floating point would tie the bytes to a compiler.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        const std::uint64_t value = mix(state_);
        state_ += 0x9E3779B97F4A7C15U;
        return value;
    }

    /// Below `bound`, which is not 0 and at most 2^32.
    constexpr std::uint64_t below(std::uint64_t bound) { return ((next() >> 32U) * bound) >> 32U; }

    constexpr bool one_in(std::uint64_t n) { return below(n) == 0; }

    /// About normal with mean 0 and standard deviation 1000; within ± 3,451.
    constexpr std::int64_t normal_thousandths() {
        const std::uint64_t bits = next();
        std::int64_t sum = -4 * 32767;
        for (unsigned shift = 0; shift < 64; shift += 16) {
            sum += static_cast<std::int64_t>((bits >> shift) & 0xFFFFU);
        }
        // Four uniform numbers of 16 bits have the standard deviation 37837.
        return sum * 1000 / 37837;
    }

    template <class T, std::size_t N>
    constexpr const T& pick(const std::array<T, N>& items) {
        return items[static_cast<std::size_t>(below(N))];
    }

private:
    std::uint64_t state_;
};

}  // namespace aorta::synthetic
