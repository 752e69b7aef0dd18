// Numbers and texts behind one another, as all that is stored is written.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aorta::base {

static_assert(std::endian::native == std::endian::little, "what is stored is little-endian");

/// `Length` is the type of a text's length, which it must fit in.
template <class Length>
class BasicByteWriter {
public:
    template <class Number>
    BasicByteWriter& number(const Number& value) {
        static_assert(std::is_trivially_copyable_v<Number>);
        return bytes({reinterpret_cast<const char*>(&value), sizeof value});
    }

    BasicByteWriter& bytes(std::string_view bytes) {
        out_ += bytes;
        return *this;
    }

    /// The length, then the bytes.
    BasicByteWriter& text(std::string_view text) {
        return number(static_cast<Length>(text.size())).bytes(text);
    }

    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

/// Takes from the front of bytes that may be anything and outlive it; behind their end everything
/// is zero or empty, and `is_good` false.
template <class Length>
class BasicByteReader {
public:
    explicit BasicByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <class Number>
    Number number() {
        static_assert(std::is_trivially_copyable_v<Number>);
        Number value{};
        const std::string_view part = bytes(sizeof value);
        if (part.size() == sizeof value) {
            std::memcpy(&value, part.data(), sizeof value);
        }
        return value;
    }

    std::string_view bytes(std::size_t count) {
        if (count > bytes_.size()) {
            is_good_ = false;
            bytes_ = {};
            return {};
        }
        const std::string_view part = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return part;
    }

    std::string_view text() { return bytes(number<Length>()); }

    std::string_view rest() const { return bytes_; }

    bool is_good() const { return is_good_; }

    bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view bytes_;
    bool is_good_ = true;
};

using ByteWriter = BasicByteWriter<std::uint32_t>;
using ByteReader = BasicByteReader<std::uint32_t>;

}  // namespace aorta::base
