// Who looked at patient data, and why.
#pragma once

#include "app/command.hpp"
#include "config/value.hpp"

#include <filesystem>
#include <string>

namespace aorta::app {

/// Adds a line to `audit.log` in the folder: when, which user, what action, with `details` (a map,
/// may be empty) and the reason that was given. False when it cannot be written and synced: show
/// nothing then.
bool audit(const Shell& shell,
           const std::filesystem::path& folder,
           const std::string& action,
           const std::string& reason,
           const config::Value& details = config::Value::of_map());

}  // namespace aorta::app
