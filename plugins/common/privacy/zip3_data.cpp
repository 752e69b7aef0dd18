// Written by scripts/generate_safe_harbor.py from the CSV file in data/. Do not edit.
// clang-format off
#include "common/privacy/places.hpp"

#include <cstdint>

namespace aorta::privacy {
namespace {

// One bit for each three-digit ZIP area with more than 20,000 people.
constexpr std::uint64_t kPopulousZip3[] = {
    0xF77FFFEFFFFFFEC0, 0xFFFFFFB003FFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFDFC3FE,
    0xFF7FFFFFFFFFDFFF, 0xFF7DFFFDED6FEFFF, 0xFFFFCFF7FFFF7FFF, 0xDFFFFFFFFFFFF7FF,
    0xFCFFE6FFFEDDFF1F, 0xFEFFDFFFFFFFDFF3, 0xB02FFBFFFF77FDF3, 0xFFFDFFBFCFFFF7DF,
    0xFF51FFFFFFFFFFE7, 0xCC0F2EC39BBCFB7F, 0xFFFFBBFDFFFFDFD6, 0x000000FFF7FFFD83,
};

}  // namespace

bool is_populous_zip3(unsigned zip3) {
    return zip3 < 1000 && (kPopulousZip3[zip3 / 64] >> (zip3 % 64) & 1U) != 0;
}

}  // namespace aorta::privacy
