// The keys of a pipeline's storage, made of the secrets that its file names.
#pragma once

#include "pipeline/spec.hpp"
#include "spool/keys.hpp"

#include <filesystem>

namespace aorta::runtime {

/// InvalidConfig when a secret is too short.
Result<spool::Keys> storage_keys(const pipeline::StorageSpec& storage);

/// The file of a pipeline's dead letters; `state` is the folder for pipelines without a path.
std::filesystem::path dead_letters_file(const pipeline::PipelineSpec& spec,
                                        const std::filesystem::path& state);

}  // namespace aorta::runtime
