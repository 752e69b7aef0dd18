// Random bytes of the operating system.
#pragma once

#include <cstdint>
#include <span>

namespace aorta::crypto {

/// Fills `out` with bytes fit for keys. Any thread.
void random_bytes(std::span<std::uint8_t> out);

std::uint64_t random_u64();

}  // namespace aorta::crypto
