// What the compliance test must know to get each built plugin going.
#pragma once

#include <aorta/testing/harness.hpp>

#include <string_view>

namespace aorta {

/// The plan for "<kind>_<id>"; a plain one for plugins that need none. `before` is the file name of
/// a plugin of the same folder.
testing::Plan plan_of(std::string_view plugin);

}  // namespace aorta
