// state.hpp: the bytes of a plugin's state. Included by sdk.hpp.
#pragma once

#include <aorta/ext/state.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace aorta {

/// Writes a state, number by number, little-endian. Valid during `save`.
class StateWriter {
public:
    /// `ahead`: the wall clock less the steady clock.
    StateWriter(const aorta_state_writer* abi, std::chrono::nanoseconds ahead)
        : abi_(abi), ahead_(ahead) {}

    template <class Number>
    void number(Number value) {
        static_assert(std::is_integral_v<Number>);
        char bytes[sizeof value];
        for (std::size_t i = 0; i < sizeof value; ++i) {
            bytes[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
        }
        abi_->write(abi_, {bytes, sizeof bytes});
    }

    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        abi_->write(abi_, {text.data(), text.size()});
    }

    /// A time of the steady clock; it is read back as one of the steady clock of then.
    void time(std::chrono::nanoseconds steady) { number((steady + ahead_).count()); }

private:
    const aorta_state_writer* abi_;
    std::chrono::nanoseconds ahead_;
};

/// Reads it back. Behind the end everything is zero, and `is_good` false: look at it before a count
/// is believed and at the end.
class StateReader {
public:
    StateReader(std::string_view bytes, std::chrono::nanoseconds ahead)
        : bytes_(bytes), ahead_(ahead) {}

    template <class Number>
    Number number() {
        static_assert(std::is_integral_v<Number>);
        const std::string_view part = take(sizeof(Number));
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < part.size(); ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(part[i])} << (8 * i);
        }
        return static_cast<Number>(value);
    }

    /// Valid as long as the bytes are.
    std::string_view text() { return take(number<std::uint32_t>()); }

    /// Within the 146 years from 1970 on; any other is not good.
    std::chrono::nanoseconds time() {
        const auto wall = number<std::int64_t>();
        is_good_ = is_good_ && wall >= 0 && wall < std::int64_t{1} << 62U;
        return std::chrono::nanoseconds{is_good_ ? wall : 0} - ahead_;
    }

    /// Nothing was read behind the end.
    bool is_good() const { return is_good_; }

    bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            is_good_ = false;
            bytes_ = {};
            return {};
        }
        const std::string_view part = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return part;
    }

    std::string_view bytes_;
    std::chrono::nanoseconds ahead_;
    bool is_good_ = true;
};

}  // namespace aorta
