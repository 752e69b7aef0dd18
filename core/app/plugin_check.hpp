// The compliance test on a plugin file, in a process that may go down with it.
#pragma once

#include <aorta/testing/harness.hpp>

#include <filesystem>
#include <string>

namespace aorta::app {

struct PluginCheck {
    bool passed = false;
    std::string text;  // one finding a line
};

/// Call it before any thread is started. A plugin that crashes, exits or hangs is a finding.
PluginCheck check_plugin_apart(const std::filesystem::path& file, const testing::Plan& plan);

}  // namespace aorta::app
