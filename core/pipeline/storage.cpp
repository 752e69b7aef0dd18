#include "pipeline/storage.hpp"

#include "pipeline/access.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aorta::pipeline {
namespace {

using config::Value;

constexpr std::size_t kFewestKeyBytes = 32;
constexpr std::string_view kHowToMakeAKey =
    "openssl rand -hex 32 > storage.key && chmod 600 storage.key, then "
    "key: !secret file:storage.key";

/// Whether the file names it, even if its value is not known for want of a variable.
bool is_given(const Value& map, std::string_view key) {
    const Value* value = map.find(key);
    return value != nullptr &&
           (!value->is(Value::Type::Null) || value->origin.kind == config::Origin::Kind::Unset);
}

config::Secret read_key(const Value& key, config::Diagnostics& diagnostics) {
    if (!key.secret.empty() && key.secret.reveal().size() < kFewestKeyBytes) {
        diagnostics.error(key.at,
                          fmt::format("the storage key has {} bytes, {} are the fewest",
                                      key.secret.reveal().size(),
                                      kFewestKeyBytes),
                          std::string(kHowToMakeAKey));
    }
    return key.secret;
}

bool keeps_records(const NodeSpec& node) {
    return node.ack.level == AckLevel::Durable || node.has_outbox;
}

}  // namespace

StorageSpec read_storage(const Value& tree, config::Diagnostics& diagnostics) {
    StorageSpec out;
    const Value* storage = known(tree, "storage");
    if (storage == nullptr) {
        return out;
    }
    out.at = storage->at;
    out.path = text_of(*storage, "path");
    out.is_sealed = is_given(*storage, "key");
    if (const Value* key = known(*storage, "key")) {
        out.key = read_key(*key, diagnostics);
    }
    if (const Value* former = known(*storage, "former_keys")) {
        for (const Value& key : former->items) {
            out.former_keys.push_back(read_key(key, diagnostics));
        }
    }
    const Value* plaintext = known(*storage, "plaintext");
    out.is_plaintext = plaintext != nullptr && plaintext->integer != 0;
    if (out.is_plaintext && out.is_sealed) {
        diagnostics.error(plaintext->at,
                          "`plaintext: true` and `key` contradict each other",
                          "to change over to plaintext, move the key to `former_keys`");
    }
    out.max_bytes = int_of(*storage, "max", out.max_bytes);
    out.snapshot_interval = duration_of(*storage, "snapshot", out.snapshot_interval);
    if (const Value* keep = known(*storage, "keep")) {
        out.keep_dead_letters = duration_of(*keep, "dead_letters", out.keep_dead_letters);
    }
    return out;
}

void check_storage(const PipelineSpec& spec, config::Diagnostics& diagnostics) {
    const StorageSpec& storage = spec.storage;
    if (storage.is_sealed || storage.is_plaintext) {
        return;
    }
    const std::string hint = fmt::format(
        "{}; or say `plaintext: true` if the disk is encrypted by other means", kHowToMakeAKey);
    const auto keeper = std::ranges::find_if(spec.nodes, keeps_records);
    if (keeper != spec.nodes.end()) {
        diagnostics.error(keeper->at,
                          fmt::format("`{}` keeps records on disk, and `storage` has no `key`: "
                                      "they would lie there unsealed",
                                      keeper->name),
                          hint);
        return;
    }
    const auto link = std::ranges::find_if(spec.links, &LinkSpec::has_outbox);
    if (link != spec.links.end()) {
        diagnostics.error(link->at,
                          "the outbox of this link keeps records on disk, and `storage` has no "
                          "`key`: they would lie there unsealed",
                          hint);
    } else if (!storage.path.empty()) {
        diagnostics.warning(
            storage.at, "`storage` has no `key`: dead letters lie on disk unsealed", hint);
    }
}

}  // namespace aorta::pipeline
