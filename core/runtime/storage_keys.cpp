#include "runtime/storage_keys.hpp"

namespace aorta::runtime {

Result<spool::Keys> storage_keys(const pipeline::StorageSpec& storage) {
    spool::Keys keys;
    if (!storage.key.empty()) {
        auto key = spool::storage_key(storage.key.reveal());
        if (!key.ok()) {
            return key.error();
        }
        keys.present = *key;
    }
    for (const config::Secret& secret : storage.former_keys) {
        auto key = spool::storage_key(secret.reveal());
        if (!key.ok()) {
            return key.error();
        }
        keys.former.push_back(*key);
    }
    return keys;
}

std::filesystem::path dead_letters_file(const pipeline::PipelineSpec& spec,
                                        const std::filesystem::path& state) {
    const std::filesystem::path folder =
        spec.storage.path.empty() ? state / spec.name : spec.file.parent_path() / spec.storage.path;
    return folder / "dead_letters.db";
}

}  // namespace aorta::runtime
