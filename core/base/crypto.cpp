#include "base/crypto.hpp"

#include "base/check.hpp"
#include "base/free_by.hpp"
#include "base/seal.hpp"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>

namespace aorta::base {
namespace {

using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeBy<EVP_MAC_CTX_free>>;

std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 31U;
    x *= 0x9e3779b97f4a7c15ULL;
    x ^= x >> 29U;
    x *= 0xbf58476d1ce4e5b9ULL;
    return x ^ (x >> 32U);
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
    AORTA_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

std::uint64_t random_u64() {
    std::array<std::uint8_t, 8> bytes{};
    random_bytes(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return hex_of(view_of(digest));
}

struct KeyedHash::State {
    MacContext context;
};

KeyedHash::KeyedHash(std::string_view secret) : state_(std::make_unique<State>()) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    AORTA_CHECK(mac != nullptr);
    state_->context.reset(EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                 OSSL_PARAM_construct_end()};
    AORTA_CHECK(EVP_MAC_init(state_->context.get(),
                             reinterpret_cast<const unsigned char*>(secret.data()),
                             secret.size(),
                             params) == 1);
}

KeyedHash::KeyedHash(const KeyedHash& other) : state_(std::make_unique<State>()) {
    state_->context.reset(EVP_MAC_CTX_dup(other.state_->context.get()));
    AORTA_CHECK(state_->context != nullptr);
}

KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

std::uint64_t KeyedHash::operator()(std::string_view identifier) const {
    EVP_MAC_CTX* context = state_->context.get();
    std::array<std::uint8_t, 32> digest{};
    std::size_t length = 0;
    // A null key keeps the one given at construction: several times faster than setting it again.
    AORTA_CHECK(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
    AORTA_CHECK(EVP_MAC_update(context,
                               reinterpret_cast<const unsigned char*>(identifier.data()),
                               identifier.size()) == 1);
    AORTA_CHECK(EVP_MAC_final(context, digest.data(), &length, digest.size()) == 1);
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash == 0 ? 1 : hash;
}

std::array<std::uint64_t, 2> mix_id(std::array<std::uint64_t, 2> parent, std::uint64_t salt) {
    const std::uint64_t low = mix(parent[1] + 0x2545f4914f6cdd1dULL * (salt + 1));
    return {mix(parent[0] ^ low), low};
}

}  // namespace aorta::base
