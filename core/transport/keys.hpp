// CURVE keys: made, kept in files, and whose they are.
#pragma once

#include "config/secret.hpp"

#include <aorta/result.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::transport {

/// Keys in Z85: 40 characters.
struct KeyPair {
    std::string public_key;
    config::Secret secret_key;
};

/// Fails when libzmq was built without CURVE.
Result<KeyPair> make_key_pair();

/// Writes `<name>.key` (mode 0600, synced) and `<name>.pub` into the folder, which is made with
/// mode 0700 where it is missing. Files that are there are never replaced.
Result<void> write_key_pair(const std::filesystem::path& folder,
                            std::string_view name,
                            const KeyPair& pair);

/// Denied when others may read the file.
Result<KeyPair> read_key_pair(const std::filesystem::path& file);

/// One key a line, two at most: during a rotation the old and the new one are valid. Empty lines
/// and those that begin with "# " are skipped.
Result<std::vector<std::string>> read_public_keys(const std::filesystem::path& file);

/// What a worker needs to know of a folder of keys.
struct KeyRing {
    KeyPair self;
    std::map<std::string, std::vector<std::string>> others = {};  ///< by worker
};

/// Reads `<self>.key`, and `<other>.pub` of each other one.
Result<KeyRing> read_key_ring(const std::filesystem::path& folder,
                              std::string_view self,
                              const std::vector<std::string>& others);

}  // namespace aorta::transport
