// Reads the small files that a pipeline names. Internal to pipeline.
#pragma once

#include <aorta/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace aorta::pipeline {

enum class Privacy { Any, OwnerOnly };

/// A regular file of at most `max_bytes`. With Privacy::OwnerOnly, Denied when group or others may
/// read it, unless it lies on a read-only mount.
Result<std::string> read_small_file(const std::filesystem::path& path,
                                    std::size_t max_bytes,
                                    Privacy privacy = Privacy::Any);

/// Whether `path` (which exists) lies in the folder `root` once links are followed.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& root);

}  // namespace aorta::pipeline
