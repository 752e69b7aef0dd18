// What is sealed with a key (AES-256-GCM), and the hashes that keys are made with. OpenSSL stays in
// seal.cpp.
#pragma once

#include <aorta/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aorta::base {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of the pieces, one behind the other.
Digest sha256(std::initializer_list<std::string_view> pieces);
/// HMAC-SHA-256 of the pieces, one behind the other.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> pieces);

/// Two digits a byte, in small letters.
std::string hex_of(std::string_view bytes);

/// The bytes of an array, as the functions here take them.
template <std::size_t N>
std::string_view view_of(const std::array<std::uint8_t, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}

/// AES-256-GCM with one key. A nonce must never be used twice with the same key for different
/// bytes. [one thread at a time]
class Sealer {
public:
    static constexpr std::size_t kTagBytes = 16;
    using Nonce = std::array<std::uint8_t, 12>;

    explicit Sealer(const Digest& key);
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    ~Sealer();

    /// Seals the pieces, one behind the other, into `out`: the ciphertext, then the tag. `out` has
    /// exactly as many bytes as the pieces and kTagBytes more, and overlaps none of them.
    /// `authenticated` is bound to it and not part of it.
    void seal(const Nonce& nonce,
              std::string_view authenticated,
              std::initializer_list<std::string_view> pieces,
              std::span<std::uint8_t> out);
    std::string seal(const Nonce& nonce,
                     std::string_view authenticated,
                     std::initializer_list<std::string_view> pieces);

    /// What was sealed. Corrupt when key, nonce, `authenticated` or a byte differs.
    Result<std::string> open(const Nonce& nonce,
                             std::string_view authenticated,
                             std::string_view sealed);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aorta::base
