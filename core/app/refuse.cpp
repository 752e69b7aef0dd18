#include "app/refuse.hpp"

#include "app/exit_code.hpp"

namespace aorta::app {

int refuse(Console& console, const Error& error) {
    console.complain(error.where.empty() ? error.message
                                         : error.message + " (" + error.where + ")");
    return exit_code(error.code);
}

}  // namespace aorta::app
