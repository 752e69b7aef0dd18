#include "common/hl7/scan.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aorta::hl7 {

namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kChunk = 4096;

/// One bit for each of the 64 bytes of a block.
struct Masks {
    std::uint64_t separators;
    std::uint64_t terminators;

    Masks operator>>(std::size_t bits) const { return {separators >> bits, terminators >> bits}; }
};

/// Where a kernel writes; there is room for a whole chunk and a block.
struct Output {
    std::uint32_t* hits;
    std::uint32_t* terminators;
    std::uint32_t hit_count;
    std::uint32_t terminator_count;
};

/// The hits are written eight at a time without a branch for each; what is written too much lies in
/// the room behind and is overwritten by the next block.
[[gnu::always_inline]] inline void store_block(Masks masks, std::uint32_t base, Output& out) {
    std::uint64_t hits = masks.separators | masks.terminators;
    for (std::uint64_t rest = masks.terminators; rest != 0; rest &= rest - 1) {
        const std::uint64_t below = (rest & (0 - rest)) - 1;
        out.terminators[out.terminator_count++] =
            out.hit_count + static_cast<std::uint32_t>(__builtin_popcountll(hits & below));
    }
    const auto count = static_cast<std::uint32_t>(__builtin_popcountll(hits));
    std::uint32_t* to = out.hits + out.hit_count;
    for (std::uint32_t done = 0; done < count; done += 8) {
        for (std::uint32_t i = 0; i < 8; ++i) {
            const std::uint64_t last = 1ULL << 63U;  // counting zeros of 0 is undefined
            to[done + i] = base + static_cast<std::uint32_t>(__builtin_ctzll(hits | last));
            hits &= hits - 1;
        }
    }
    out.hit_count += count;
}

Masks masks_portable(const char* block, std::size_t size, char separator, char terminator) {
    Masks masks{0, 0};
    for (std::size_t i = 0; i < size; ++i) {
        masks.separators |= static_cast<std::uint64_t>(block[i] == separator) << i;
        masks.terminators |= static_cast<std::uint64_t>(block[i] == terminator) << i;
    }
    return masks;
}

void scan_portable(
    std::string_view text, std::uint32_t base, char separator, char terminator, Output& out) {
    for (std::size_t at = 0; at < text.size(); at += kBlock) {
        const std::size_t size = std::min(kBlock, text.size() - at);
        const Masks masks = masks_portable(text.data() + at, size, separator, terminator);
        store_block(masks, base + static_cast<std::uint32_t>(at), out);
    }
}

#if defined(__x86_64__)

[[gnu::always_inline]] inline std::uint64_t equal_sse2(const char* block, __m128i wanted) {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
        const auto bits =
            static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
        mask |= static_cast<std::uint64_t>(bits) << (16 * i);
    }
    return mask;
}

/// The rest of a text of more than a block is read as its last 64 bytes, shifted: no copy, and no
/// read beyond the end.
void scan_sse2(
    std::string_view text, std::uint32_t base, char separator, char terminator, Output& out) {
    const __m128i separators = _mm_set1_epi8(separator);
    const __m128i terminators = _mm_set1_epi8(terminator);
    const auto masks_of = [&](const char* block) {
        return Masks{equal_sse2(block, separators), equal_sse2(block, terminators)};
    };
    std::size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
        store_block(masks_of(text.data() + at), base + static_cast<std::uint32_t>(at), out);
    }
    if (at < text.size()) {
        const Masks masks = masks_of(text.data() + text.size() - kBlock);
        store_block(
            masks >> (at + kBlock - text.size()), base + static_cast<std::uint32_t>(at), out);
    }
}

#define AORTA_AVX2 [[gnu::target("avx2,bmi,popcnt")]]

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

AORTA_AVX2 void scan_avx2(
    std::string_view text, std::uint32_t base, char separator, char terminator, Output& result) {
    Output out = result;
    const __m256i separators = _mm256_set1_epi8(separator);
    const __m256i terminators = _mm256_set1_epi8(terminator);
    std::size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
        const Masks masks = masks_avx2(text.data() + at, separators, terminators);
        store_block(masks, base + static_cast<std::uint32_t>(at), out);
    }
    if (at < text.size()) {
        const char* last = text.data() + text.size() - kBlock;
        const Masks masks = masks_avx2(last, separators, terminators);
        store_block(
            masks >> (at + kBlock - text.size()), base + static_cast<std::uint32_t>(at), out);
    }
    result = out;
}

#endif

void scan_chunk(std::string_view text,
                std::uint32_t base,
                char separator,
                char terminator,
                Isa isa,
                Output& out) {
#if defined(__x86_64__)
    if (text.size() >= kBlock && isa == Isa::Avx2) {
        scan_avx2(text, base, separator, terminator, out);
        return;
    }
    if (text.size() >= kBlock && isa == Isa::Sse2) {
        scan_sse2(text, base, separator, terminator, out);
        return;
    }
#endif
    scan_portable(text, base, separator, terminator, out);
}

/// Room for a chunk's hits, and for the block that a kernel may write too much.
void make_room(std::vector<std::uint32_t>& table, std::size_t used) {
    if (table.size() < used + kChunk + kBlock) {
        table.resize(std::max(used + kChunk + kBlock, table.size() * 2));
    }
}

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
    isa = std::min(isa, best_isa());
    result.hit_count = 0;
    result.terminator_count = 0;
    for (std::size_t at = 0; at < text.size(); at += kChunk) {
        make_room(result.hits, result.hit_count);
        make_room(result.terminators, result.terminator_count);
        Output out{result.hits.data(),
                   result.terminators.data(),
                   static_cast<std::uint32_t>(result.hit_count),
                   static_cast<std::uint32_t>(result.terminator_count)};
        scan_chunk(text.substr(at, kChunk),
                   static_cast<std::uint32_t>(at),
                   separator,
                   terminator,
                   isa,
                   out);
        result.hit_count = out.hit_count;
        result.terminator_count = out.terminator_count;
        if (result.hit_count > max_hits || result.terminator_count > max_terminators) {
            return false;
        }
    }
    return true;
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
