// What a worker is doing, and how that is shown: as JSON and as a page.
#pragma once

#include "runtime/worker.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::admin {

enum class Phase { Starting, Ready, Stopping };

std::string_view to_string(Phase phase);

/// A worker at one moment. Names, numbers and declared reasons; nothing of a message.
struct Status {
    Phase phase = Phase::Starting;
    base::Nanoseconds heartbeat_age{0};
    base::Nanoseconds now{0};  ///< wall clock
    std::vector<runtime::PipelineStatus> pipelines;
};

Phase phase_of(const runtime::Worker& worker);

/// Looks at the worker now. [any thread]
Status status_of(const runtime::Worker& worker);

/// How long the oldest record that a sink has not finished has been here; 0 when there is none.
double oldest_unsent_seconds(const graph::SinkHealth& health, base::Nanoseconds now);

/// One JSON object on one line; described in the README.
std::string status_json(const Status& status);

/// One HTML page that reloads itself every two seconds: no scripts, its style under /style.css.
std::string status_page(const Status& status);
std::string_view page_style();

}  // namespace aorta::admin
