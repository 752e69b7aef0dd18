// How a run ended, for people and for programs.
#pragma once

#include "config/value.hpp"
#include "runtime/worker.hpp"

#include <span>
#include <string>

namespace aorta::app {

/// A table with a row for each pipeline, then what was not delivered and why, and where the dead
/// letters lie.
std::string ledger_text(std::span<const runtime::PipelineReport> reports);

/// {"ledger":{"in":…},"seconds":…,"peak_rss_bytes":…}, summed over the pipelines.
config::Value ledger_json(std::span<const runtime::PipelineReport> reports, double seconds);

/// One count as people read it: 1234567 as 1,234,567.
std::string grouped(std::uint64_t count);

}  // namespace aorta::app
