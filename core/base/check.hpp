// AORTA_CHECK: impossible states end the process at once, in every build. Never on data from
// outside.
#pragma once

namespace aorta::base {

/// Writes where and what to standard error and aborts. [any thread]
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace aorta::base

#define AORTA_CHECK(condition)                                           \
    do {                                                                 \
        if (!(condition)) {                                              \
            ::aorta::base::check_failed(__FILE__, __LINE__, #condition); \
        }                                                                \
    } while (false)

#ifdef NDEBUG
#define AORTA_DCHECK(condition) static_cast<void>(0)
#else
#define AORTA_DCHECK(condition) AORTA_CHECK(condition)
#endif
