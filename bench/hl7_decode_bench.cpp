// HL7 v2: index a message and read four fields of it, against the bare SIMD scan that any such
// index needs (field separator and CR, positions stored). Both in one run, in turns, on the CPU
// clock.
#include "bench/rig.hpp"
#include "common/hl7/index.hpp"
#include "common/hl7/message.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kMessages = 2000;
constexpr std::size_t kRounds = 31;
constexpr std::size_t kPassesPerRound = 4;

class Generator {
public:
    std::string message(std::size_t n) {
        std::string out = "MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260102" + digits(6) + "||";
        const bool is_result = n % 2 == 0;
        out += is_result ? "ORU^R01^ORU_R01" : "ADT^A01^ADT_A01";
        out += "|M" + digits(9) + "|P|2.5.1\r";
        out += "EVN|A01|20260102" + digits(6) + "||||20260101\r";
        out += "PID|1||" + digits(8) + "^^^NORTH^MR~" + digits(9) + "^^^SSA^SS||" + word(9) + "^" +
               word(6) + "^" + word(1) + "||19" + digits(6) + "|F||2106-3^White^HL70005|" +
               digits(3) + " " + word(8) + " St^^" + word(7) + "^MA^" + digits(5) + "^USA||" +
               digits(10) + "|||M|NON|" + digits(7) + "\r";
        out += "PV1|1|I|W" + digits(2) + "^" + digits(3) + "^1^NORTH||||" + digits(6) + "^" +
               word(8) + "^" + word(5) + "^^^DR|||MED||||7|||||V" + digits(7) + "\r";
        const std::size_t rows = 3 + random() % 11;
        if (is_result) {
            out += "OBR|1|" + digits(8) + "|" + digits(8) + "|24323-8^Panel^LN|||20260102" +
                   digits(6) + "||||||||||||||||||F\r";
        }
        for (std::size_t i = 1; i <= rows; ++i) {
            out += is_result ? "OBX|" + std::to_string(i) + "|NM|" + digits(4) + "-" + digits(1) +
                                   "^" + word(14) + "^LN||" + digits(3) + "." + digits(1) +
                                   "|mmol/L|3.5-5.1|N|||F|||20260102" + digits(6) + "\r"
                             : "DG1|" + std::to_string(i) + "|ICD-10|" + word(1) + digits(2) + "." +
                                   digits(1) + "^" + word(24) + "^I10||20260101|A|||||||||" +
                                   digits(5) + "^" + word(9) + "^" + word(6) + "\r";
        }
        return out;
    }

private:
    std::uint64_t random() { return random_(); }

    std::string digits(std::size_t n) {
        std::string out;
        for (; n > 0; --n) {
            out += static_cast<char>('0' + random() % 10);
        }
        return out;
    }

    std::string word(std::size_t n) {
        std::string out;
        for (n = n / 2 + random() % (n + 1); n > 0; --n) {
            out += static_cast<char>('A' + random() % 26);
        }
        return out;
    }

    std::mt19937_64 random_{7};
};

/// Stores the offsets of a mask's bits, eight at a time; the room behind is part of the array.
[[gnu::always_inline]] inline std::size_t store(std::uint64_t hits,
                                                std::uint32_t base,
                                                std::uint32_t* out) {
    const auto count = static_cast<std::size_t>(__builtin_popcountll(hits));
    for (std::size_t done = 0; done < count; done += 8) {
        for (std::size_t i = 0; i < 8; ++i) {
            out[done + i] =
                base + static_cast<std::uint32_t>(__builtin_ctzll(hits | (1ULL << 63U)));
            hits &= hits - 1;
        }
    }
    return count;
}

[[gnu::target("avx2,bmi,lzcnt,popcnt")]] std::size_t floor_avx2(const std::string& padded,
                                                                std::size_t size,
                                                                std::uint32_t* out) {
    const __m256i separator = _mm256_set1_epi8('|');
    const __m256i cr = _mm256_set1_epi8('\r');
    std::size_t count = 0;
    for (std::size_t at = 0; at < size; at += 64) {
        std::uint64_t hits = 0;
        for (std::size_t half = 0; half < 2; ++half) {
            const auto* from = reinterpret_cast<const __m256i*>(padded.data() + at + 32 * half);
            const __m256i bytes = _mm256_loadu_si256(from);
            const __m256i equal =
                _mm256_or_si256(_mm256_cmpeq_epi8(bytes, separator), _mm256_cmpeq_epi8(bytes, cr));
            hits |=
                static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(equal)))
                << (32 * half);
        }
        count += store(hits, static_cast<std::uint32_t>(at), out + count);
    }
    return count;
}

std::size_t floor_sse2(const std::string& padded, std::size_t size, std::uint32_t* out) {
    const __m128i separator = _mm_set1_epi8('|');
    const __m128i cr = _mm_set1_epi8('\r');
    std::size_t count = 0;
    for (std::size_t at = 0; at < size; at += 64) {
        std::uint64_t hits = 0;
        for (std::size_t part = 0; part < 4; ++part) {
            const auto* from = reinterpret_cast<const __m128i*>(padded.data() + at + 16 * part);
            const __m128i bytes = _mm_loadu_si128(from);
            const __m128i equal =
                _mm_or_si128(_mm_cmpeq_epi8(bytes, separator), _mm_cmpeq_epi8(bytes, cr));
            hits |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(equal)))
                    << (16 * part);
        }
        count += store(hits, static_cast<std::uint32_t>(at), out + count);
    }
    return count;
}

/// What a decoder does: index, copy the block to where the host keeps it, read through the block.
struct Engine {
    aorta::hl7::IndexBuilder builder;
    std::vector<std::uint32_t> block = std::vector<std::uint32_t>(65536);
    std::array<aorta::hl7::Path, 4> paths;

    std::size_t run(std::string_view payload) {
        if (!builder.build(payload).ok() || builder.block_size() > block.size() * 4) {
            return 0;
        }
        builder.copy_to(block.data());
        const auto view = aorta::hl7::IndexView::open(block.data(), builder.block_size(), payload);
        if (!view.ok()) {
            return 0;
        }
        const aorta::hl7::Message message(payload, *view);
        std::size_t sum = 0;
        for (const aorta::hl7::Path& path : paths) {
            sum += message.get(path).raw.size();
        }
        return sum;
    }
};

template <class Work>
double time_of(const Work& work) {
    const double start = aorta::bench::process_cpu();
    for (std::size_t pass = 0; pass < kPassesPerRound; ++pass) {
        work();
    }
    return (aorta::bench::process_cpu() - start) / kPassesPerRound;
}

}  // namespace

int main() {
    Generator generator;
    std::vector<std::string> padded;
    std::vector<std::string_view> payloads;
    payloads.reserve(kMessages);
    std::size_t bytes = 0;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < kMessages; ++i) {
        std::string message = generator.message(i);
        bytes += message.size();
        longest = std::max(longest, message.size());
        message.append(64, '\0');
        padded.push_back(std::move(message));
    }
    for (const std::string& message : padded) {
        payloads.emplace_back(message.data(), message.size() - 64);
    }

    const bool has_avx2 = aorta::hl7::best_isa() == aorta::hl7::Isa::Avx2;
    std::vector<std::uint32_t> positions(longest + 64);
    Engine engine;
    const char* const names[] = {"MSH-9.2", "MSH-10", "PID-3.1", "PV1-19"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        engine.paths[i] = aorta::hl7::parse_path(names[i]).value();
    }

    std::size_t checked = 0;
    const auto floor_pass = [&] {
        for (std::size_t i = 0; i < kMessages; ++i) {
            const std::size_t size = payloads[i].size();
            checked += has_avx2 ? floor_avx2(padded[i], size, positions.data())
                                : floor_sse2(padded[i], size, positions.data());
        }
    };
    const auto engine_pass = [&] {
        for (const std::string_view payload : payloads) {
            checked += engine.run(payload);
        }
    };
    aorta::bench::Rounds rounds;
    const auto gigabytes = [&](double seconds) {
        return static_cast<double>(bytes) * 1e-9 / seconds;
    };
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double floor = gigabytes(time_of(floor_pass));
        rounds.add(gigabytes(time_of(engine_pass)), floor);
    }
    rounds.print({.name = "hl7_decode_4_fields",
                  .bar = 0.4,
                  .is_at_most = false,
                  .unit = "GB/s",
                  .what = has_avx2 ? "index of a message and 4 fields, against an AVX2 scan for "
                                     "the delimiters"
                                   : "index of a message and 4 fields, against an SSE2 scan for "
                                     "the delimiters"});
    return checked == 0 ? 70 : 0;
}
