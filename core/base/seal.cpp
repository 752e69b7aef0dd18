#include "base/seal.hpp"

#include "base/check.hpp"
#include "base/free_by.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include <limits>

namespace aorta::base {
namespace {

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeBy<EVP_CIPHER_CTX_free>>;
using Hash = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, FreeBy<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeBy<EVP_MAC_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

int length_of(std::string_view text) {
    AORTA_CHECK(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(text.size());
}

Cipher cipher_with(const Digest& key, bool encrypts) {
    Cipher context{EVP_CIPHER_CTX_new()};
    AORTA_CHECK(context != nullptr);
    AORTA_CHECK(
        EVP_CipherInit_ex2(
            context.get(), EVP_aes_256_gcm(), key.data(), nullptr, encrypts ? 1 : 0, nullptr) == 1);
    return context;
}

/// A new message: only the nonce is set, the key stays. Several times faster than setting both.
void begin(EVP_CIPHER_CTX* context, const Sealer::Nonce& nonce, std::string_view authenticated) {
    AORTA_CHECK(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), -1, nullptr) == 1);
    int written = 0;
    AORTA_CHECK(
        EVP_CipherUpdate(
            context, nullptr, &written, bytes_of(authenticated), length_of(authenticated)) == 1);
}

}  // namespace

std::string hex_of(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += kDigits[byte >> 4U];
        hex += kDigits[byte & 15U];
    }
    return hex;
}

Digest sha256(std::initializer_list<std::string_view> pieces) {
    Digest digest{};
    const Hash context{EVP_MD_CTX_new()};
    AORTA_CHECK(context != nullptr);
    AORTA_CHECK(EVP_DigestInit_ex2(context.get(), EVP_sha256(), nullptr) == 1);
    for (const std::string_view piece : pieces) {
        AORTA_CHECK(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
    }
    AORTA_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> pieces) {
    Digest digest{};
    const Mac mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    AORTA_CHECK(mac != nullptr);
    const MacContext context{EVP_MAC_CTX_new(mac.get())};
    AORTA_CHECK(context != nullptr);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                 OSSL_PARAM_construct_end()};
    // A null key would mean "the former one".
    const std::string_view given = key.data() == nullptr ? std::string_view{""} : key;
    AORTA_CHECK(EVP_MAC_init(context.get(), bytes_of(given), given.size(), params) == 1);
    for (const std::string_view piece : pieces) {
        AORTA_CHECK(EVP_MAC_update(context.get(), bytes_of(piece), piece.size()) == 1);
    }
    std::size_t length = 0;
    AORTA_CHECK(EVP_MAC_final(context.get(), digest.data(), &length, digest.size()) == 1);
    return digest;
}

struct Sealer::State {
    Cipher seals;
    Cipher opens;
};

Sealer::Sealer(const Digest& key)
    : state_(std::make_unique<State>(State{cipher_with(key, true), cipher_with(key, false)})) {}

Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

void Sealer::seal(const Nonce& nonce,
                  std::string_view authenticated,
                  std::initializer_list<std::string_view> pieces,
                  std::span<std::uint8_t> out) {
    EVP_CIPHER_CTX* context = state_->seals.get();
    begin(context, nonce, authenticated);
    std::size_t done = 0;
    for (const std::string_view piece : pieces) {
        AORTA_CHECK(out.size() - done >= piece.size() + kTagBytes);
        if (piece.empty()) {
            continue;
        }
        int written = 0;
        AORTA_CHECK(EVP_CipherUpdate(
                        context, out.data() + done, &written, bytes_of(piece), length_of(piece)) ==
                    1);
        done += piece.size();
    }
    AORTA_CHECK(out.size() - done == kTagBytes);
    int written = 0;
    AORTA_CHECK(EVP_CipherFinal_ex(context, out.data() + done, &written) == 1);
    AORTA_CHECK(
        EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes), out.data() + done) == 1);
}

std::string Sealer::seal(const Nonce& nonce,
                         std::string_view authenticated,
                         std::initializer_list<std::string_view> pieces) {
    std::size_t size = kTagBytes;
    for (const std::string_view piece : pieces) {
        size += piece.size();
    }
    std::string out(size, '\0');
    seal(nonce, authenticated, pieces, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

Result<std::string> Sealer::open(const Nonce& nonce,
                                 std::string_view authenticated,
                                 std::string_view sealed) {
    const Error wrong{ErrorCode::Corrupt,
                      "what was sealed does not open: it was changed, or the key is another"};
    if (sealed.size() < kTagBytes) {
        return wrong;
    }
    EVP_CIPHER_CTX* context = state_->opens.get();
    begin(context, nonce, authenticated);
    std::string out(sealed.size() - kTagBytes, '\0');
    int written = 0;
    if (!out.empty()) {
        AORTA_CHECK(EVP_CipherUpdate(context,
                                     reinterpret_cast<unsigned char*>(out.data()),
                                     &written,
                                     bytes_of(sealed),
                                     length_of(out)) == 1);
    }
    std::string tag{sealed.substr(out.size())};
    AORTA_CHECK(EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes), tag.data()) == 1);
    unsigned char rest[Sealer::kTagBytes];
    if (EVP_CipherFinal_ex(context, rest, &written) != 1) {
        return wrong;
    }
    return out;
}

}  // namespace aorta::base
