// Byte scanning at the machine's speed, with the same results on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// Which instructions a scan uses; one that the machine lacks means the best that it has.
enum class Isa : std::uint8_t { Portable, Sse2, Avx2 };

/// The best that this machine has.
Isa best_isa();

/// Where `separator` and `terminator` occur. The vectors only grow, so that they can be reused; the
/// counts say how much of them is used. After a scan `hits` has room for one more.
struct ScanResult {
    std::vector<std::uint32_t> hits;         // offsets of both, ascending
    std::vector<std::uint32_t> terminators;  // indices into `hits`
    std::size_t hit_count = 0;
    std::size_t terminator_count = 0;
};

/// Scans `text` (< 4 GiB), never reading beyond it. Returns false and stops early when there are
/// more than `max_hits` hits or `max_terminators` terminators (looked at every 4 KiB).
bool scan(std::string_view text,
          char separator,
          char terminator,
          std::size_t max_hits,
          std::size_t max_terminators,
          Isa isa,
          ScanResult& result);

/// The offset of the first of two bytes, or npos.
std::size_t find_either(std::string_view text, char a, char b);

}  // namespace aorta::hl7
