// The vault: which random token stands for which identifier, in an encrypted file. Its bytes:
// docs/formats/vault.md.
#pragma once

#include "common/crypto/cipher.hpp"
#include "common/files/fd.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::privacy {

/// 16 letters and digits from 80 random bits.
std::string random_token();

/// Gives the same identifier the same token, over restarts, and to all who have the file open:
/// lanes of a node, nodes, processes of one machine. Tokens are random, and may leave after `sync`.
/// One thread at a time.
class Vault {
public:
    /// Longer identifiers get no token.
    static constexpr std::size_t kMaxIdentifierBytes = std::size_t{1} << 20U;

    /// Opens the file, or makes it (mode 0600). Corrupt when the key is another or a byte was
    /// changed; a last entry that was not written whole is cut off: nobody has seen its token.
    static Result<Vault> open(const std::string& path, std::string_view key);

    /// Valid until the next call. ResourceExhausted beyond `max_tokens`, or what the disk says;
    /// then no token was given.
    Result<std::string_view> token_for(std::string_view identifier, std::size_t max_tokens);

    /// Returns when the tokens that were given are on the disk; until it does so without an error,
    /// none of them may be seen outside. Once it failed, it fails until the vault is opened again.
    Result<void> sync();

    /// The way back: what the token stands for, or nothing.
    const std::string* find_identifier(std::string_view token) const;

    std::size_t size() const { return tokens_.size(); }

private:
    Vault(files::Fd file, const crypto::Digest& key);

    Result<void> begin_file();
    Result<void> read_on();
    Result<void> append(std::string_view identifier, std::string_view token);
    std::string context() const;

    files::Fd file_;
    std::unique_ptr<crypto::Sealer> sealer_;
    std::string salt_;       // of the file's header: entries of another file do not open
    std::uint64_t end_ = 0;  // of what was read
    bool is_synced_ = true;  // nothing was appended or read since the last sync
    int sync_error_ = 0;     // of a sync that failed
    std::unordered_map<std::string, std::string> tokens_;
};

}  // namespace aorta::privacy
