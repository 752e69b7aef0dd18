// The letters in comments are those of SP 800-38G, algorithms 7 and 8.
#include "common/crypto/ff1.hpp"

namespace aorta::crypto {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kRounds = 10;
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";

/// radix^exponent; nothing when it does not fit.
std::optional<std::uint64_t> power(unsigned radix, std::size_t exponent) {
    Wide result = 1;
    for (; exponent > 0; --exponent) {
        result *= radix;
        if (result > UINT64_MAX) {
            return std::nullopt;
        }
    }
    return static_cast<std::uint64_t>(result);
}

std::optional<std::uint64_t> number_of(std::string_view digits, unsigned radix) {
    std::uint64_t number = 0;
    for (const char c : digits) {
        const std::size_t digit = kDigits.find(c);
        if (digit >= radix) {
            return std::nullopt;
        }
        number = number * radix + digit;
    }
    return number;
}

void append_digits(std::uint64_t number, std::size_t count, unsigned radix, std::string& out) {
    const std::size_t start = out.size();
    out.append(count, '0');
    for (std::size_t i = count; i > 0; --i) {
        out[start + i - 1] = kDigits[number % radix];
        number /= radix;
    }
}

void append_big_endian(std::uint64_t number, std::size_t bytes, std::string& out) {
    for (std::size_t i = bytes; i > 0; --i) {
        out += i > 8 ? '\0' : static_cast<char>(number >> (8 * (i - 1)) & 255U);
    }
}

/// The fewest bytes that hold every number below `modulus` (b, in steps 3 and 4).
std::size_t bytes_below(std::uint64_t modulus) {
    std::size_t bytes = 0;
    for (std::uint64_t most = modulus - 1; most > 0; most >>= 8U) {
        ++bytes;
    }
    return bytes;
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
    return static_cast<std::uint64_t>((Wide{a} + b) % modulus);
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
    return static_cast<std::uint64_t>((Wide{a} + modulus - b) % modulus);
}

}  // namespace

Ff1::Ff1(std::string_view key, unsigned radix) : aes_(key), radix_(radix) {}

std::optional<std::string> Ff1::encrypt(std::string_view digits, std::string_view tweak) {
    return run(digits, tweak, Direction::Encrypt);
}

std::optional<std::string> Ff1::decrypt(std::string_view digits, std::string_view tweak) {
    return run(digits, tweak, Direction::Decrypt);
}

/// y mod m of a round (steps 6i to 6vi). `fixed` is P and the tweak with its padding.
std::uint64_t Ff1::round(std::string_view fixed,
                         unsigned number,
                         std::uint64_t half,
                         std::size_t half_bytes,
                         std::uint64_t modulus) {
    input_.assign(fixed.begin(), fixed.end());
    input_.push_back(static_cast<std::uint8_t>(number));
    std::string tail;
    append_big_endian(half, half_bytes, tail);
    input_.insert(input_.end(), tail.begin(), tail.end());
    AesBlock::Block r{};
    for (std::size_t at = 0; at < input_.size(); at += r.size()) {
        for (std::size_t i = 0; i < r.size(); ++i) {
            r[i] ^= input_[at + i];
        }
        r = aes_.encrypt(r);
    }
    // S: d bytes of R and of its encryptions xored with counters.
    const std::size_t d = 4 * ((half_bytes + 3) / 4) + 4;
    std::uint64_t y = 0;
    AesBlock::Block s = r;
    for (std::size_t i = 0; i < d; ++i) {
        if (i > 0 && i % s.size() == 0) {
            s = r;
            s.back() ^= static_cast<std::uint8_t>(i / s.size());
            s = aes_.encrypt(s);
        }
        y = static_cast<std::uint64_t>((Wide{y} << 8U | s[i % s.size()]) % modulus);
    }
    return y;
}

std::optional<std::string> Ff1::run(std::string_view digits,
                                    std::string_view tweak,
                                    Direction direction) {
    const std::size_t n = digits.size();
    const std::size_t u = n / 2;
    const std::size_t v = n - u;
    const auto modulus_u = power(radix_, u);
    const auto modulus_v = power(radix_, v);
    if (!modulus_u || !modulus_v || Wide{*modulus_u} * *modulus_v < kLeastDomain) {
        return std::nullopt;
    }
    const auto first = number_of(digits.substr(0, u), radix_);
    const auto second = number_of(digits.substr(u), radix_);
    if (!first || !second) {
        return std::nullopt;
    }
    const std::size_t b = bytes_below(*modulus_v);
    std::string fixed{1, 2, 1};
    append_big_endian(radix_, 3, fixed);
    fixed += 10;
    fixed += static_cast<char>(u % 256);
    append_big_endian(n, 4, fixed);
    append_big_endian(tweak.size(), 4, fixed);
    fixed += tweak;
    fixed.append((16 - (tweak.size() + b + 1) % 16) % 16, '\0');
    std::uint64_t a = *first;
    std::uint64_t c = *second;
    if (direction == Direction::Encrypt) {
        for (unsigned i = 0; i < kRounds; ++i) {
            const std::uint64_t modulus = i % 2 == 0 ? *modulus_u : *modulus_v;
            const std::uint64_t next = plus(a, round(fixed, i, c, b, modulus), modulus);
            a = c;
            c = next;
        }
    } else {
        for (unsigned i = kRounds; i-- > 0;) {
            const std::uint64_t modulus = i % 2 == 0 ? *modulus_u : *modulus_v;
            const std::uint64_t previous = minus(c, round(fixed, i, a, b, modulus), modulus);
            c = a;
            a = previous;
        }
    }
    std::string out;
    append_digits(a, u, radix_, out);
    append_digits(c, v, radix_, out);
    return out;
}

}  // namespace aorta::crypto
