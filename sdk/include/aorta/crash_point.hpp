// Named steps at which tests kill the process. Part of this project's own code, not of the SDK that
// is installed.
#pragma once

#include <string_view>

namespace aorta {

/// A step of making something durable, reached by its code. In builds with the CMake option
/// AORTA_CRASH_POINTS the environment variable AORTA_CRASH_AT=NAME:N kills the process (SIGKILL)
/// when it comes here for the N-th time; in all others this does nothing.
/// tests/torture/crash_points.py finds the names in the sources, so that `name` must be a literal,
/// in the call's own line. [any thread]
void crash_point(std::string_view name);

}  // namespace aorta
