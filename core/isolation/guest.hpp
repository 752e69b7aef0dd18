// The process of an isolated plugin.
#pragma once

#include <string_view>

namespace aorta::isolation {

/// The first argument of the command that makes it such a process; its socket is descriptor
/// kGuestFd.
inline constexpr std::string_view kGuestWord = "isolated-plugin";
inline constexpr int kGuestFd = 3;

/// How it ends when memory is used up.
inline constexpr int kExitOutOfMemory = 86;

/// Confines this process, loads the plugin and does what the worker says, until the worker goes.
/// Call it first thing in `main`. Returns the exit code.
int run_guest();

}  // namespace aorta::isolation
