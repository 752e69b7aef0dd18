// Hashes and random bytes, behind our own types: OpenSSL stays in crypto.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aorta::base {

/// Fills `out` with random bytes of the operating system. Ends the process if there are none.
void random_bytes(std::span<std::uint8_t> out);
std::uint64_t random_u64();

/// SHA-256 as 64 hex digits.
std::string sha256_hex(std::string_view bytes);

/// A keyed hash of identifiers (HMAC-SHA-256, first 64 bits, never 0): the same id has the same
/// hash for the same secret, and nobody without the secret can find the id. [one thread at a time;
/// copy it for another]
class KeyedHash {
public:
    explicit KeyedHash(std::string_view secret);
    KeyedHash(const KeyedHash& other);
    KeyedHash& operator=(const KeyedHash&) = delete;
    KeyedHash(KeyedHash&&) noexcept;
    KeyedHash& operator=(KeyedHash&&) = delete;
    ~KeyedHash();

    std::uint64_t operator()(std::string_view identifier) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A fast mix of words for record ids; not a secret.
std::array<std::uint64_t, 2> mix_id(std::array<std::uint64_t, 2> parent, std::uint64_t salt);

}  // namespace aorta::base
