// How a run ended, as a file that another process reads.
#pragma once

#include "runtime/worker.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace aorta::app {

/// Replaces the file as a whole.
Result<void> write_reports(const std::filesystem::path& file,
                           std::span<const runtime::PipelineReport> reports);

/// NotFound or InvalidData when there is none that can be read.
Result<std::vector<runtime::PipelineReport>> read_reports(const std::filesystem::path& file);

/// One report for all workers of a pipeline: a record is counted by the worker where it came in.
runtime::PipelineReport sum_of(const std::string& name,
                               std::span<const runtime::PipelineReport> reports);

}  // namespace aorta::app
