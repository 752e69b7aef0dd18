// The keys that seal what lies on disk: the present one writes, the former ones still read.
#pragma once

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::spool {

using KeyId = std::array<std::uint8_t, 8>;

/// A storage key, made of the secret that the pipeline names. Its bytes appear in no log or error.
struct StorageKey {
    std::array<std::uint8_t, 32> bytes;
    KeyId id;
};

/// InvalidConfig when the secret has fewer than 32 bytes.
Result<StorageKey> storage_key(std::string_view secret);

/// Empty: nothing is sealed.
struct Keys {
    std::optional<StorageKey> present;
    std::vector<StorageKey> former;

    /// Null when no key has this id.
    const StorageKey* find(const KeyId& id) const;
};

}  // namespace aorta::spool
