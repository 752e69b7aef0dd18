#include "spool/keys.hpp"

#include "base/seal.hpp"

#include <algorithm>

namespace aorta::spool {
namespace {

constexpr std::size_t kFewestBytes = 32;

}  // namespace

Result<StorageKey> storage_key(std::string_view secret) {
    if (secret.size() < kFewestBytes) {
        return Error{ErrorCode::InvalidConfig,
                     "the storage key has " + std::to_string(secret.size()) +
                         " bytes, 32 are the fewest; `openssl rand -hex 32` makes a good one"};
    }
    StorageKey key{};
    key.bytes = base::sha256({"aorta storage key", secret});
    const base::Digest named = base::sha256({"aorta key id", base::view_of(key.bytes)});
    std::copy_n(named.begin(), key.id.size(), key.id.begin());
    return key;
}

const StorageKey* Keys::find(const KeyId& id) const {
    if (present && present->id == id) {
        return &*present;
    }
    const auto found = std::ranges::find(former, id, &StorageKey::id);
    return found == former.end() ? nullptr : &*found;
}

}  // namespace aorta::spool
