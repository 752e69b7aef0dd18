// FF1: encryption that keeps length and alphabet (NIST SP 800-38G).
#pragma once

#include "common/crypto/cipher.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::crypto {

/// Encrypts texts of the digits 0-9a-z, the first `radix` of them. One thread at a time.
class Ff1 {
public:
    /// What SP 800-38G Revision 1 requires of radix^length: smaller domains can be searched.
    static constexpr std::uint64_t kLeastDomain = 1'000'000;

    /// `key` of 16, 24 or 32 bytes, `radix` from 2 to 36.
    Ff1(std::string_view key, unsigned radix);

    /// Nothing for a text with another character, in too small a domain, or too long (each half
    /// must fit in 64 bits: 38 decimal digits).
    std::optional<std::string> encrypt(std::string_view digits, std::string_view tweak = {});
    std::optional<std::string> decrypt(std::string_view digits, std::string_view tweak = {});

private:
    enum class Direction { Encrypt, Decrypt };

    std::optional<std::string> run(std::string_view digits,
                                   std::string_view tweak,
                                   Direction direction);
    std::uint64_t round(std::string_view fixed,
                        unsigned number,
                        std::uint64_t half,
                        std::size_t half_bytes,
                        std::uint64_t modulus);

    AesBlock aes_;
    unsigned radix_;
    std::vector<std::uint8_t> input_;  // P and Q of a round; memory reused
};

}  // namespace aorta::crypto
