// Numbers and texts behind one another, as heads of stored records and snapshots are written.
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

class ByteWriter {
public:
    template <class Number>
    void number(const Number& value) {
        static_assert(std::is_trivially_copyable_v<Number>);
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }

    /// A u32 of the length, then the bytes.
    void text(std::string_view text) {
        number(static_cast<std::uint32_t>(text.size()));
        out_.append(text);
    }

    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

/// Takes from the front of bytes that may be anything and outlive it; behind their end everything
/// is zero or empty, and `is_good` false.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <class Number>
    Number number() {
        static_assert(std::is_trivially_copyable_v<Number>);
        Number value{};
        const std::string_view part = take(sizeof value);
        if (part.size() == sizeof value) {
            std::memcpy(&value, part.data(), sizeof value);
        }
        return value;
    }

    std::string_view text() { return take(number<std::uint32_t>()); }

    bool is_good() const { return is_good_; }

    bool is_at_end() const { return bytes_.empty(); }

private:
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            is_good_ = false;
            bytes_ = {};
            return bytes_;
        }
        const std::string_view part = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return part;
    }

    std::string_view bytes_;
    bool is_good_ = true;
};

}  // namespace aorta::base
