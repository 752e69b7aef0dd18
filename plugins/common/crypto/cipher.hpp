// AES: sealed texts, and the bare block.
#pragma once

#include "common/crypto/hash.hpp"

#include <aorta/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::crypto {

/// AES-256-GCM with one key and random nonces: at most 2^32 texts a key. One thread at a time.
class Sealer {
public:
    static constexpr std::size_t kNonceBytes = 12;
    static constexpr std::size_t kTagBytes = 16;
    static constexpr std::size_t kOverhead = kNonceBytes + kTagBytes;

    explicit Sealer(const Digest& key);
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    ~Sealer();

    /// Nonce, ciphertext, tag. `authenticated` is bound to them and not part of them.
    std::string seal(std::string_view text, std::string_view authenticated);

    /// What was sealed. Corrupt when the key, `authenticated` or a byte differs.
    Result<std::string> open(std::string_view sealed, std::string_view authenticated);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One block of AES with a key of 16, 24 or 32 bytes, for modes that are built on it. One thread at
/// a time.
class AesBlock {
public:
    using Block = std::array<std::uint8_t, 16>;

    explicit AesBlock(std::string_view key);
    AesBlock(const AesBlock&) = delete;
    AesBlock& operator=(const AesBlock&) = delete;
    AesBlock(AesBlock&&) noexcept;
    AesBlock& operator=(AesBlock&&) noexcept;
    ~AesBlock();

    Block encrypt(const Block& block);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aorta::crypto
