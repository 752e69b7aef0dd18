#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace aorta::base {

void check_failed(const char* file, int line, const char* condition) {
    std::fprintf(stderr, "aorta: internal error at %s:%d: %s\n", file, line, condition);
    std::abort();
}

}  // namespace aorta::base
