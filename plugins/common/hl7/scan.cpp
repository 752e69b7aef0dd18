#include "common/hl7/scan.hpp"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aorta::hl7 {

namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kFirstCapacity = 1024;

/// One bit for each of the 64 bytes of a block.
struct Masks {
    std::uint64_t separators;
    std::uint64_t terminators;
};

struct Limits {
    std::size_t hits;
    std::size_t terminators;
};

/// Makes room for the hits of one more block. Seldom called, so it stays out of line.
[[gnu::noinline]] void grow(ScanResult& result) {
    const auto enlarge = [](std::vector<std::uint32_t>& table, std::size_t used) {
        if (table.size() < used + kBlock) {
            table.resize(std::max(kFirstCapacity, table.size() * 2));
        }
    };
    enlarge(result.hits, result.hit_count);
    enlarge(result.terminators, result.terminator_count);
}

/// Writes the offsets of a block's hits, eight at a time without a branch for each: what is written
/// too much lies in the room that `grow` made and is overwritten by the next block.
[[gnu::always_inline]] inline void store_hits(std::uint64_t hits,
                                              std::size_t count,
                                              std::uint32_t base,
                                              std::uint32_t* out) {
    for (std::size_t done = 0; done < count; done += 8) {
        for (std::size_t i = 0; i < 8; ++i) {
            out[done + i] =
                base + static_cast<std::uint32_t>(__builtin_ctzll(hits | (1ULL << 63U)));
            hits &= hits - 1;
        }
    }
}

[[gnu::always_inline]] inline bool store_block(Masks masks,
                                               std::uint32_t base,
                                               Limits limits,
                                               ScanResult& result) {
    if (result.hits.size() < result.hit_count + kBlock ||
        result.terminators.size() < result.terminator_count + kBlock) {
        grow(result);
    }
    const std::uint64_t hits = masks.separators | masks.terminators;
    for (std::uint64_t rest = masks.terminators; rest != 0; rest &= rest - 1) {
        const std::uint64_t below = (rest & (0 - rest)) - 1;
        result.terminators[result.terminator_count++] = static_cast<std::uint32_t>(
            result.hit_count + static_cast<std::size_t>(__builtin_popcountll(hits & below)));
    }
    const auto count = static_cast<std::size_t>(__builtin_popcountll(hits));
    store_hits(hits, count, base, result.hits.data() + result.hit_count);
    result.hit_count += count;
    return result.hit_count <= limits.hits && result.terminator_count <= limits.terminators;
}

/// Cuts off the bits behind the last byte of a text.
Masks keep_low(Masks masks, std::size_t bytes) {
    const std::uint64_t keep = (1ULL << bytes) - 1;
    return {masks.separators & keep, masks.terminators & keep};
}

Masks masks_portable(const char* block, std::size_t size, char separator, char terminator) {
    Masks masks{0, 0};
    for (std::size_t i = 0; i < size; ++i) {
        masks.separators |= static_cast<std::uint64_t>(block[i] == separator) << i;
        masks.terminators |= static_cast<std::uint64_t>(block[i] == terminator) << i;
    }
    return masks;
}

bool scan_portable(
    std::string_view text, char separator, char terminator, Limits limits, ScanResult& result) {
    for (std::size_t at = 0; at < text.size(); at += kBlock) {
        const std::size_t size = std::min(kBlock, text.size() - at);
        const Masks masks = masks_portable(text.data() + at, size, separator, terminator);
        if (!store_block(masks, static_cast<std::uint32_t>(at), limits, result)) {
            return false;
        }
    }
    return true;
}

#if defined(__x86_64__)

[[gnu::always_inline]] inline std::uint64_t equal_sse2(const char* block, __m128i wanted) {
    std::uint64_t mask = 0;
    for (int i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
        const auto bits =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
        mask |= static_cast<std::uint64_t>(bits) << (16 * i);
    }
    return mask;
}

bool scan_sse2(
    std::string_view text, char separator, char terminator, Limits limits, ScanResult& result) {
    const __m128i separators = _mm_set1_epi8(separator);
    const __m128i terminators = _mm_set1_epi8(terminator);
    std::size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
        const char* block = text.data() + at;
        const Masks masks{equal_sse2(block, separators), equal_sse2(block, terminators)};
        if (!store_block(masks, static_cast<std::uint32_t>(at), limits, result)) {
            return false;
        }
    }
    char tail[kBlock] = {};
    std::memcpy(tail, text.data() + at, text.size() - at);
    const Masks masks{equal_sse2(tail, separators), equal_sse2(tail, terminators)};
    return store_block(
        keep_low(masks, text.size() - at), static_cast<std::uint32_t>(at), limits, result);
}

#define AORTA_AVX2 [[gnu::target("avx2,bmi,lzcnt,popcnt")]]

AORTA_AVX2 inline std::uint64_t equal_avx2(__m256i low, __m256i high, __m256i wanted) {
    const auto first =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)));
    const auto second =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)));
    return first | static_cast<std::uint64_t>(second) << 32U;
}

AORTA_AVX2 inline Masks masks_avx2(const char* block, __m256i separators, __m256i terminators) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32));
    return {equal_avx2(low, high, separators), equal_avx2(low, high, terminators)};
}

AORTA_AVX2 bool scan_avx2(
    std::string_view text, char separator, char terminator, Limits limits, ScanResult& result) {
    const __m256i separators = _mm256_set1_epi8(separator);
    const __m256i terminators = _mm256_set1_epi8(terminator);
    std::size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
        const Masks masks = masks_avx2(text.data() + at, separators, terminators);
        if (!store_block(masks, static_cast<std::uint32_t>(at), limits, result)) {
            return false;
        }
    }
    char tail[kBlock] = {};
    std::memcpy(tail, text.data() + at, text.size() - at);
    const Masks masks = keep_low(masks_avx2(tail, separators, terminators), text.size() - at);
    return store_block(masks, static_cast<std::uint32_t>(at), limits, result);
}

#endif

}  // namespace

Isa best_isa() {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 &&
                                 __builtin_cpu_supports("bmi") != 0 &&
                                 __builtin_cpu_supports("popcnt") != 0;
    return has_avx2 ? Isa::Avx2 : Isa::Sse2;
#else
    return Isa::Portable;
#endif
}

bool scan(std::string_view text,
          char separator,
          char terminator,
          std::size_t max_hits,
          std::size_t max_terminators,
          Isa isa,
          ScanResult& result) {
    result.hit_count = 0;
    result.terminator_count = 0;
    const Limits limits{max_hits, max_terminators};
#if defined(__x86_64__)
    if (isa == Isa::Avx2 && best_isa() == Isa::Avx2) {
        return scan_avx2(text, separator, terminator, limits, result);
    }
    if (isa != Isa::Portable) {
        return scan_sse2(text, separator, terminator, limits, result);
    }
#endif
    return scan_portable(text, separator, terminator, limits, result);
}

std::size_t find_either(std::string_view text, char a, char b) {
    std::size_t at = 0;
#if defined(__x86_64__)
    const __m128i first = _mm_set1_epi8(a);
    const __m128i second = _mm_set1_epi8(b);
    for (; at + 16 <= text.size(); at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
        const __m128i equal =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(bytes, second));
        const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
        if (bits != 0) {
            return at + static_cast<std::size_t>(__builtin_ctz(bits));
        }
    }
#endif
    for (; at < text.size(); ++at) {
        if (text[at] == a || text[at] == b) {
            return at;
        }
    }
    return std::string_view::npos;
}

}  // namespace aorta::hl7
