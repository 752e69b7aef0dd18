// Numbers and texts of link frames: docs/formats/link.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::transport {

/// Appends to a frame.
class WireWriter {
public:
    WireWriter() = default;

    /// Behind what is written already.
    explicit WireWriter(std::string head) : out_(std::move(head)) {}

    void byte(std::uint8_t value) { out_ += static_cast<char>(value); }

    void fixed(std::uint64_t value) {
        std::array<char, 8> bytes{};
        for (char& one : bytes) {
            one = static_cast<char>(value);
            value >>= 8U;
        }
        out_.append(bytes.data(), bytes.size());
    }

    void varint(std::uint64_t value) {
        if (value < 0x80) {
            out_ += static_cast<char>(value);
            return;
        }
        std::array<char, 10> bytes{};
        std::size_t size = 0;
        for (; value >= 0x80; value >>= 7U) {
            bytes[size++] = static_cast<char>(value | 0x80U);
        }
        bytes[size++] = static_cast<char>(value);
        out_.append(bytes.data(), size);
    }

    /// The difference of two numbers that are near each other, either way.
    void difference(std::uint64_t value, std::uint64_t from) {
        const std::uint64_t step = value - from;
        varint((step << 1U) ^ (0 - (step >> 63U)));
    }

    void bytes(std::string_view bytes) { out_ += bytes; }

    void text(std::string_view text) {
        varint(text.size());
        bytes(text);
    }

    std::size_t size() const { return out_.size(); }

    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

/// Reads a frame. What is short or out of bounds makes it bad for good, and reads as 0 from then
/// on.
class WireReader {
public:
    explicit WireReader(std::string_view bytes) : left_(bytes) {}

    std::uint8_t byte() {
        const std::string_view one = bytes(1);
        return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
    }

    std::uint64_t fixed() {
        std::uint64_t value = 0;
        int shift = 0;
        for (const char one : bytes(8)) {
            value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(one)) << shift;
            shift += 8;
        }
        return value;
    }

    std::uint64_t varint(std::uint64_t most = ~std::uint64_t{0}) {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
            if (next < 0x80) {
                const bool overflows = shift == 63 && next > 1;
                return overflows || value > most ? fail() : value;
            }
        }
        return fail();
    }

    std::uint64_t difference(std::uint64_t from) {
        const std::uint64_t coded = varint();
        return from + ((coded >> 1U) ^ (0 - (coded & 1U)));
    }

    std::string_view bytes(std::uint64_t count) {
        if (count > left_.size()) {
            fail();
            return {};
        }
        const std::string_view got = left_.substr(0, count);
        left_.remove_prefix(count);
        return got;
    }

    std::string_view text(std::uint64_t most, std::uint64_t least = 0) {
        const std::string_view got = bytes(varint(most));
        if (got.size() < least) {
            fail();
        }
        return got;
    }

    std::string_view rest() const { return left_; }

    bool is_good() const { return is_good_; }

    bool is_at_end() const { return is_good_ && left_.empty(); }

    /// For what only the caller can judge. Gives 0.
    std::uint64_t fail() {
        is_good_ = false;
        left_ = {};
        return 0;
    }

private:
    std::string_view left_;
    bool is_good_ = true;
};

}  // namespace aorta::transport
