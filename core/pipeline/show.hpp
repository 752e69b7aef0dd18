// The resolved pipeline as a text that tells where each value came from.
#pragma once

#include "config/value.hpp"

#include <string>

namespace aorta::pipeline {

/// `resolved` of a Loaded as YAML; behind each scalar a comment names its origin: "#
/// pipeline.yaml:7",
/// "# env PORT", "# --set port", "# default". Secrets are shown by their reference only.
std::string show(const config::Value& resolved);

}  // namespace aorta::pipeline
