#include "common/privacy/codes.hpp"

#include <utility>

namespace aorta::privacy {
namespace {

/// The finaliser of splitmix64: a bijection whose output bits all depend on all input bits.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

/// Digits and letters without I, L, O, U, from the low bits.
void append_base32(std::uint64_t bits, int count, std::string& out) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (; count > 0; --count) {
        out += kAlphabet[bits & 31U];
        bits >>= 5U;
    }
}

}  // namespace

std::string_view Tokens::token_for(std::string_view identifier) {
    if (vault_) {
        const auto token = vault_->token_for(identifier, max_tokens_);
        if (token.ok()) {
            return *token;
        }
        const bool is_full =
            vault_->size() >= max_tokens_ || identifier.size() > Vault::kMaxIdentifierBytes;
        if (!is_full || token.error().code != ErrorCode::ResourceExhausted) {
            failure_ = token.error();
        }
        return {};
    }
    std::string key{identifier};
    auto known = book_.find(key);
    if (known == book_.end()) {
        if (book_.size() >= max_tokens_) {
            return {};
        }
        known = book_.emplace(std::move(key), random_token()).first;
    }
    return known->second;
}

Result<void> Tokens::settle() {
    if (const auto failure = std::exchange(failure_, std::nullopt)) {
        return *failure;
    }
    return vault_ ? vault_->sync() : Result<void>{};
}

std::string fresh_id(std::uint64_t high, std::uint64_t low, std::uint64_t number) {
    const std::uint64_t first = mixed(high ^ mixed(low ^ mixed(number)));
    std::string id;
    append_base32(first, 10, id);
    append_base32(mixed(low ^ first), 10, id);
    return id;
}

std::string uuid_of(std::string_view code) {
    crypto::Digest digest = crypto::sha256(code);
    digest[6] = static_cast<std::uint8_t>(0x80U | (digest[6] & 0x0FU));  // version 8: vendor's own
    digest[8] = static_cast<std::uint8_t>(0x80U | (digest[8] & 0x3FU));
    std::string uuid = crypto::hex_of(digest, 16);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) {
        uuid.insert(at, 1, '-');
    }
    return uuid;
}

}  // namespace aorta::privacy
