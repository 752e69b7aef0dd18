// What stands for an identifier.
#pragma once

#include "common/crypto/hash.hpp"
#include "common/privacy/vault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::privacy {

enum class CodeMode : std::uint8_t {
    Remove,
    Random,     ///< random, kept in memory only
    Vault,      ///< random, kept in the vault
    Pseudonym,  ///< a keyed hash
};

/// A keyed hash in the place of an identifier: 32 hexadecimal digits (128 bits of HMAC-SHA-256),
/// the same for the same key in every format, node and run. One thread at a time.
class Pseudonyms {
public:
    explicit Pseudonyms(const crypto::Digest& key) : hmac_(crypto::view_of(key)) {}

    std::string operator()(std::string_view identifier) {
        return crypto::hex_of(hmac_(identifier), 16);
    }

private:
    crypto::Hmac hmac_;
};

/// Random tokens: of the vault, or of a book in memory. One thread at a time.
class Tokens {
public:
    explicit Tokens(std::size_t max_tokens, std::optional<Vault> vault = std::nullopt)
        : max_tokens_(max_tokens), vault_(std::move(vault)) {}

    /// Valid until the next call; empty when no token can be given: too many, or the disk refuses.
    std::string_view token_for(std::string_view identifier);

    /// Makes the tokens that were given durable: before what holds them leaves. Fails also when the
    /// vault could not give one since the last call, other than because there are too many.
    Result<void> settle();

private:
    std::size_t max_tokens_;
    std::optional<Vault> vault_;
    std::optional<Error> failure_;  // of the vault, since the last settle
    std::unordered_map<std::string, std::string> book_;
};

/// 20 letters and digits, unique with the 128 bits of a record's id and a number: a message control
/// id, a new id of a resource. Not secret, and not derived from what it stands for.
std::string fresh_id(std::uint64_t high, std::uint64_t low, std::uint64_t number = 0);

/// A UUID made of a code, so that the same code gives the same one.
std::string uuid_of(std::string_view code);

}  // namespace aorta::privacy
