// Random codes in the place of identifiers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::plugins::deidentify {

/// Gives the same identifier the same code as long as it lives. A code is 80 random bits and never
/// derived from what it stands for. One thread at a time.
class CodeBook {
public:
    /// `random` gives 64 random bits. At most `max_codes` codes are given.
    CodeBook(std::size_t max_codes, std::function<std::uint64_t()> random)
        : max_codes_(max_codes), random_(std::move(random)) {}

    /// 16 letters and digits; empty when the book is full. Valid as long as the book.
    std::string_view code_for(std::string_view identifier);

    std::size_t size() const { return codes_.size(); }

private:
    std::size_t max_codes_;
    std::function<std::uint64_t()> random_;
    std::unordered_map<std::string, std::string> codes_;
};

/// Appends `count` characters of the five-bit alphabet (digits and letters without I, L, O, U),
/// taken from the low bits.
void append_base32(std::uint64_t bits, int count, std::string& out);

/// Twenty characters, unique with the 128 bits of a record's id: a message control id.
std::string control_id_of(std::uint64_t high, std::uint64_t low);

}  // namespace aorta::plugins::deidentify
