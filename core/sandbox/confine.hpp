// What a process gives up before it runs code that it does not trust.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>

namespace aorta::sandbox {

/// Beyond computing, reading files and using what is open already.
struct Permissions {
    bool has_network = false;
    bool writes_files = false;
};

struct Limits {
    std::uint64_t memory_bytes = 1U << 30U;  ///< of address space
    std::uint64_t open_files = 256;
};

/// Confines this process, all of its threads and whatever they start, for good: system calls
/// outside a list fail with EPERM (no other program, no process of its own, no signal to others, no
/// tracing, and without permission no socket and no file that is written), resources are bounded,
/// no core is left. The loader still works, so that a plugin may be loaded afterwards: nothing of
/// it runs before.
///
/// Unavailable when the kernel has no such filter: run nothing then. [any thread, once]
Result<void> confine(const Permissions& permissions, const Limits& limits);

}  // namespace aorta::sandbox
