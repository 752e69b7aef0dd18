// Types of a parsed program. Internal to the library.
#pragma once

#include "common/expression/program.hpp"

#include <aorta/result.hpp>

namespace aorta::expression {

/// Gives every node its type. Fails at the first operator or function that does not fit its
/// operands, or if the whole is not a condition.
Result<void> check_types(Program& program);

}  // namespace aorta::expression
