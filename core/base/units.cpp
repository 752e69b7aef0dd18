#include "base/units.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace aorta::base {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array kDurations = {
    Unit{"d", 86'400'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},
    Unit{"us", 1'000},
    Unit{"ns", 1},
};

constexpr std::array kSizes = {
    Unit{"TiB", 1LL << 40},
    Unit{"GiB", 1LL << 30},
    Unit{"MiB", 1LL << 20},
    Unit{"KiB", 1LL << 10},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"MB", 1'000'000},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
    for (const Unit& unit : units) {
        if (unit.name == name) {
            return &unit;
        }
    }
    return nullptr;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A decimal number without sign or exponent: `whole` + `fraction` / `scale`.
struct Decimal {
    std::int64_t whole = 0;
    std::int64_t fraction = 0;
    std::int64_t scale = 1;
};

// Takes "12" or "1.5" off the front; at most 9 decimals.
std::optional<Decimal> take_decimal(std::string_view& text) {
    constexpr std::int64_t kMaxScale = 1'000'000'000;
    Decimal out;
    std::size_t i = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) {
        if (__builtin_mul_overflow(out.whole, 10, &out.whole) ||
            __builtin_add_overflow(out.whole, text[i] - '0', &out.whole)) {
            return std::nullopt;
        }
    }
    if (i == 0) {
        return std::nullopt;
    }
    if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
        for (++i; i < text.size() && is_digit(text[i]); ++i) {
            if (out.scale == kMaxScale) {
                return std::nullopt;
            }
            out.fraction = out.fraction * 10 + (text[i] - '0');
            out.scale *= 10;
        }
    }
    text.remove_prefix(i);
    return out;
}

std::string_view take_letters(std::string_view& text) {
    std::size_t i = 0;
    while (i < text.size() && is_letter(text[i])) {
        ++i;
    }
    const std::string_view letters = text.substr(0, i);
    text.remove_prefix(i);
    return letters;
}

// The number times the unit; nothing when it is too large or not whole.
std::optional<std::int64_t> scaled(const Decimal& number, std::int64_t factor) {
    std::int64_t total = 0;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number.whole, factor, &total) ||
        __builtin_mul_overflow(number.fraction, factor, &part) || part % number.scale != 0 ||
        __builtin_add_overflow(total, part / number.scale, &total)) {
        return std::nullopt;
    }
    return total;
}

Error invalid(std::string message) {
    return Error{ErrorCode::InvalidData, std::move(message)};
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    if (text == "0") {
        return std::chrono::nanoseconds{0};
    }
    const auto malformed = [] {
        return invalid(
            "not a duration: write a number with ns, us, ms, s, m, h or d, such as 5s or 1h30m");
    };
    if (text.empty()) {
        return malformed();
    }
    std::int64_t total = 0;
    const Unit* last = nullptr;
    while (!text.empty()) {
        const auto number = take_decimal(text);
        if (!number) {
            return malformed();
        }
        const Unit* unit = find_unit(kDurations, take_letters(text));
        if (unit == nullptr || (last != nullptr && unit->factor >= last->factor)) {
            return malformed();
        }
        last = unit;
        const auto part = scaled(*number, unit->factor);
        if (!part || __builtin_add_overflow(total, *part, &total)) {
            return invalid("a duration beyond 292 years, or finer than a nanosecond");
        }
    }
    return std::chrono::nanoseconds{total};
}

Result<std::int64_t> parse_size(std::string_view text) {
    const auto number = take_decimal(text);
    const Unit* unit = text.empty() ? &kSizes.back() : find_unit(kSizes, text);
    if (!number || unit == nullptr) {
        return invalid(
            "not a size: write a number with B, KiB, MiB, GiB, TiB, kB, MB, GB or TB, such as "
            "64KiB");
    }
    const auto bytes = scaled(*number, unit->factor);
    if (!bytes) {
        return invalid("a size beyond 8 EiB, or not a whole number of bytes");
    }
    return *bytes;
}

std::string format_duration(std::chrono::nanoseconds value) {
    const std::int64_t count = value.count();
    if (count == 0) {
        return "0s";
    }
    // The magnitude as unsigned, since the smallest value has no positive twin.
    auto rest = static_cast<std::uint64_t>(count);
    std::string out;
    if (count < 0) {
        rest = 0U - rest;
        out = "-";
    }
    for (const Unit& unit : kDurations) {
        const auto factor = static_cast<std::uint64_t>(unit.factor);
        if (rest >= factor) {
            out += fmt::format("{}{}", rest / factor, unit.name);
            rest %= factor;
        }
    }
    return out;
}

std::string format_size(std::int64_t bytes) {
    for (const Unit& unit : kSizes) {
        const bool is_binary = unit.name.size() == 3 || unit.factor == 1;
        if (is_binary && bytes != 0 && bytes % unit.factor == 0) {
            return fmt::format("{}{}", bytes / unit.factor, unit.name);
        }
    }
    return "0B";
}

}  // namespace aorta::base
