// From a sink's `retry` to a RetrySpec. Internal to load.
#pragma once

#include "config/diagnostic.hpp"
#include "config/value.hpp"
#include "pipeline/spec.hpp"

namespace aorta::pipeline {

/// Reads `retry`, whose keys and types are right.
RetrySpec read_retry(const config::Value& retry, config::Diagnostics& diagnostics);

/// Warns where `retry.attempts` or `on_error` decides over the head of the plugin's own `on`.
void warn_of_two_policies(const config::Value& node,
                          const NodeSpec& spec,
                          config::Diagnostics& diagnostics);

}  // namespace aorta::pipeline
