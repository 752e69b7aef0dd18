// All that needs OpenSSL's headers.
#include "common/crypto/cipher.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace aorta::crypto {
namespace {

template <auto Free>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeBy<EVP_CIPHER_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, FreeBy<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeBy<EVP_MAC_CTX_free>>;

/// Only a lack of memory or a crippled library makes these calls fail.
void require(bool holds) {
    if (!holds) {
        throw std::runtime_error("the cryptographic library failed");
    }
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

CipherContext gcm_with(const Digest& key, bool encrypts) {
    CipherContext context{EVP_CIPHER_CTX_new()};
    require(context != nullptr);
    require(EVP_CipherInit_ex2(
                context.get(), EVP_aes_256_gcm(), key.data(), nullptr, encrypts ? 1 : 0, nullptr) ==
            1);
    return context;
}

/// A new text: only the nonce is set, the key stays.
void begin(EVP_CIPHER_CTX* context, const unsigned char* nonce, std::string_view authenticated) {
    int written = 0;
    require(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce, -1, nullptr) == 1);
    require(EVP_CipherUpdate(context,
                             nullptr,
                             &written,
                             bytes_of(authenticated),
                             static_cast<int>(authenticated.size())) == 1);
}

unsigned char* writable(std::string& text, std::size_t at) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
    require(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

std::uint64_t random_u64() {
    std::uint64_t bits = 0;
    random_bytes({reinterpret_cast<std::uint8_t*>(&bits), sizeof bits});
    return bits;
}

Digest sha256(std::string_view bytes) {
    Digest digest{};
    require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) ==
            1);
    return digest;
}

struct Hmac::State {
    MacContext context;
};

Hmac::Hmac(std::string_view key) : state_(std::make_unique<State>()) {
    const Mac mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    require(mac != nullptr);
    state_->context.reset(EVP_MAC_CTX_new(mac.get()));
    require(state_->context != nullptr);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                 OSSL_PARAM_construct_end()};
    // A null key would mean "the former one".
    const std::string_view given = key.data() == nullptr ? std::string_view{""} : key;
    require(EVP_MAC_init(state_->context.get(), bytes_of(given), given.size(), params) == 1);
}

Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;
Hmac::~Hmac() = default;

Digest Hmac::operator()(std::string_view bytes) {
    EVP_MAC_CTX* context = state_->context.get();
    Digest digest{};
    std::size_t length = 0;
    require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
            EVP_MAC_update(context, bytes_of(bytes), bytes.size()) == 1 &&
            EVP_MAC_final(context, digest.data(), &length, digest.size()) == 1);
    return digest;
}

std::string hex_of(const Digest& digest, std::size_t bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    bytes = std::min(bytes, digest.size());
    std::string hex(2 * bytes, '0');
    for (std::size_t i = 0; i < bytes; ++i) {
        hex[2 * i] = kDigits[digest[i] >> 4U];
        hex[2 * i + 1] = kDigits[digest[i] & 15U];
    }
    return hex;
}

std::uint64_t number_of(const Digest& digest) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        number = number << 8U | digest[i];
    }
    return number;
}

struct Sealer::State {
    CipherContext seals;
    CipherContext opens;
};

Sealer::Sealer(const Digest& key)
    : state_(std::make_unique<State>(State{gcm_with(key, true), gcm_with(key, false)})) {}

Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

std::string Sealer::seal(std::string_view text, std::string_view authenticated) {
    std::array<std::uint8_t, kNonceBytes> nonce{};
    random_bytes(nonce);
    EVP_CIPHER_CTX* context = state_->seals.get();
    begin(context, nonce.data(), authenticated);
    std::string out(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    out.resize(text.size() + kOverhead);
    int written = 0;
    if (!text.empty()) {
        require(EVP_CipherUpdate(context,
                                 writable(out, kNonceBytes),
                                 &written,
                                 bytes_of(text),
                                 static_cast<int>(text.size())) == 1);
    }
    unsigned char* tag = writable(out, kNonceBytes + text.size());
    require(EVP_CipherFinal_ex(context, tag, &written) == 1);
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes), tag) ==
            1);
    return out;
}

Result<std::string> Sealer::open(std::string_view sealed, std::string_view authenticated) {
    const Error wrong{ErrorCode::Corrupt,
                      "what was sealed does not open: it was changed, or the key is another"};
    if (sealed.size() < kOverhead) {
        return wrong;
    }
    EVP_CIPHER_CTX* context = state_->opens.get();
    begin(context, bytes_of(sealed), authenticated);
    std::string out(sealed.size() - kOverhead, '\0');
    int written = 0;
    if (!out.empty()) {
        require(EVP_CipherUpdate(context,
                                 writable(out, 0),
                                 &written,
                                 bytes_of(sealed.substr(kNonceBytes)),
                                 static_cast<int>(out.size())) == 1);
    }
    std::string tag{sealed.substr(kNonceBytes + out.size())};
    require(EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes), tag.data()) == 1);
    unsigned char rest[kTagBytes];
    if (EVP_CipherFinal_ex(context, rest, &written) != 1) {
        return wrong;
    }
    return out;
}

struct AesBlock::State {
    CipherContext context;
};

AesBlock::AesBlock(std::string_view key) : state_(std::make_unique<State>()) {
    const EVP_CIPHER* cipher = key.size() == 16   ? EVP_aes_128_ecb()
                               : key.size() == 24 ? EVP_aes_192_ecb()
                                                  : EVP_aes_256_ecb();
    state_->context.reset(EVP_CIPHER_CTX_new());
    require(state_->context != nullptr &&
            (key.size() == 16 || key.size() == 24 || key.size() == 32));
    require(EVP_EncryptInit_ex2(state_->context.get(), cipher, bytes_of(key), nullptr, nullptr) ==
            1);
    require(EVP_CIPHER_CTX_set_padding(state_->context.get(), 0) == 1);
}

AesBlock::AesBlock(AesBlock&&) noexcept = default;
AesBlock& AesBlock::operator=(AesBlock&&) noexcept = default;
AesBlock::~AesBlock() = default;

AesBlock::Block AesBlock::encrypt(const Block& block) {
    Block out{};
    int written = 0;
    require(EVP_EncryptUpdate(state_->context.get(),
                              out.data(),
                              &written,
                              block.data(),
                              static_cast<int>(block.size())) == 1 &&
            written == static_cast<int>(out.size()));
    return out;
}

}  // namespace aorta::crypto
