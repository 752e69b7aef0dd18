// How a verb ends with an error.
#pragma once

#include "app/console.hpp"

#include <aorta/result.hpp>

namespace aorta::app {

/// Complains of it, with its place. Gives the exit code.
int refuse(Console& console, const Error& error);

}  // namespace aorta::app
