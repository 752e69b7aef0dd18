// CRC-32C (Castagnoli, RFC 3720 B.4): the checksum of what lies on disk.
#pragma once

#include <cstdint>
#include <string_view>

namespace aorta::base {

/// The checksum of `bytes`. `before` is that of what came before them: crc32c(b, crc32c(a)) is
/// crc32c(a ‖ b). Uses the CPU's instruction where there is one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

/// The same by tables, on any machine.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);

}  // namespace aorta::base
