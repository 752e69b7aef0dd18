// Opens a pipeline's storage, and sees that what it holds still has a place in the pipeline.
#pragma once

#include "config/diagnostic.hpp"
#include "delivery/storage.hpp"
#include "pipeline/spec.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aorta::runtime {

/// What an operator decides of records whose node was renamed or removed, or whose keys were made
/// with another secret.
struct StorageOrders {
    std::vector<std::pair<std::string, std::string>> adopt = {};  ///< old name, new name
    std::vector<std::string> to_dead_letters = {};  ///< old names, and sinks that still are there
    std::vector<std::string> discard_state = {};    ///< nodes whose state is forgotten
    bool adopt_key = false;                         ///< keep what was keyed with another secret
};

/// Whether the operator made dead letters of what is held for the node.
bool is_given_up(const std::vector<std::string>& to_dead_letters, const std::string& node);

/// True when the pipeline has a journal or an outbox.
bool needs_storage(const pipeline::PipelineSpec& spec);

/// The keys that the pipeline names. InvalidConfig when one is too short.
Result<spool::Keys> keys_of(const pipeline::StorageSpec& spec);

/// Null when the pipeline needs none. Held records that have no place any more are reported to
/// `diagnostics`, with counts and what to do, and are an error.
Result<std::unique_ptr<delivery::Storage>> open_storage(const pipeline::PipelineSpec& spec,
                                                        const std::filesystem::path& folder,
                                                        const StorageOrders& orders,
                                                        delivery::Storage::Services services,
                                                        config::Diagnostics& diagnostics);

/// Records of an outbox below this sequence are given up: by `--to-dead-letters`, now or at an
/// earlier start that a crash ended.
std::uint64_t given_up_below(const spool::Spool& spool, spool::StreamId outbox);

/// Looks at the storage that a pipeline would open, without a lock and without writing: what is
/// damaged is a warning, what has no place any more an error.
void inspect_storage(const pipeline::PipelineSpec& spec,
                     const std::filesystem::path& folder,
                     config::Diagnostics& diagnostics);

/// Where its storage lies: `storage: { path }`, else a folder of its name in the worker's state
/// folder; of a part, a folder of the part's name in that.
std::filesystem::path storage_folder(const pipeline::PipelineSpec& spec,
                                     const std::filesystem::path& state_folder);

}  // namespace aorta::runtime
