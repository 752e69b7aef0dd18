// SHA-256 and HMAC-SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

/// HMAC-SHA-256 with one key. The key is set up once; a hash costs little more than its
/// compressions. One thread at a time.
class Hmac {
public:
    explicit Hmac(std::string_view key);
    Hmac(const Hmac&) = delete;
    Hmac& operator=(const Hmac&) = delete;
    Hmac(Hmac&&) noexcept;
    Hmac& operator=(Hmac&&) noexcept;
    ~Hmac();

    Digest operator()(std::string_view bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Two digits a byte, in small letters; `bytes` of the digest from its beginning.
std::string hex_of(const Digest& digest, std::size_t bytes = 32);

inline std::string_view view_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The first eight bytes, the first the highest.
std::uint64_t number_of(const Digest& digest);

}  // namespace aorta::crypto
