#include "base/crc32c.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace aorta::base {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // reflected

using Table = std::array<std::uint32_t, 256>;

constexpr Table byte_table() {
    Table table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
        }
        table[i] = crc;
    }
    return table;
}

// kSlices[k][b]: the effect of byte b that stands k bytes before the end of a word.
constexpr std::array<Table, 8> slices() {
    std::array<Table, 8> out{};
    out[0] = byte_table();
    for (std::size_t k = 1; k < out.size(); ++k) {
        for (std::size_t i = 0; i < 256; ++i) {
            out[k][i] = (out[k - 1][i] >> 8U) ^ out[0][out[k - 1][i] & 255U];
        }
    }
    return out;
}

constexpr std::array<Table, 8> kSlices = slices();

std::uint64_t word_at(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

#if defined(__x86_64__)

// Three streams of this many bytes are in flight at once: the instruction takes three cycles and
// can begin each cycle.
constexpr std::size_t kStream = 256;

// kBehind[k][b]: byte k of a CRC, moved over kStream zero bytes. A CRC is linear, so that the whole
// is the sum of its bytes.
constexpr std::array<Table, 4> behind() {
    std::array<Table, 4> out{};
    for (std::size_t k = 0; k < out.size(); ++k) {
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t crc = i << (8U * k);
            for (std::size_t n = 0; n < kStream; ++n) {
                crc = (crc >> 8U) ^ kSlices[0][crc & 255U];
            }
            out[k][i] = crc;
        }
    }
    return out;
}

const std::array<Table, 4> kBehind = behind();

std::uint64_t moved(std::uint64_t crc) {
    return kBehind[0][crc & 255U] ^ kBehind[1][(crc >> 8U) & 255U] ^
           kBehind[2][(crc >> 16U) & 255U] ^ kBehind[3][(crc >> 24U) & 255U];
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes,
                                                               std::uint32_t before) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t crc = ~before;
    while (left >= 3 * kStream) {
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        for (std::size_t i = 0; i < kStream; i += 8) {
            crc = _mm_crc32_u64(crc, word_at(at + i));
            second = _mm_crc32_u64(second, word_at(at + kStream + i));
            third = _mm_crc32_u64(third, word_at(at + 2 * kStream + i));
        }
        crc = moved(moved(crc) ^ second) ^ third;
        at += 3 * kStream;
        left -= 3 * kStream;
    }
    for (; left >= 8; at += 8, left -= 8) {
        crc = _mm_crc32_u64(crc, word_at(at));
    }
    auto narrow = static_cast<std::uint32_t>(crc);
    for (; left > 0; ++at, --left) {
        narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*at));
    }
    return ~narrow;
}

#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint32_t crc = ~before;
    for (; left >= 8; at += 8, left -= 8) {
        const std::uint64_t word = word_at(at) ^ crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k) {
            crc ^= kSlices[7 - k][(word >> (8U * k)) & 255U];
        }
    }
    for (; left > 0; ++at, --left) {
        crc = (crc >> 8U) ^ kSlices[0][(crc ^ static_cast<unsigned char>(*at)) & 255U];
    }
    return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return by_instruction(bytes, before);
    }
#endif
    return crc32c_by_table(bytes, before);
}

}  // namespace aorta::base
