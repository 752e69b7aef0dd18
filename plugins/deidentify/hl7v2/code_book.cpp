#include "deidentify/hl7v2/code_book.hpp"

namespace aorta::plugins::deidentify {

namespace {

/// The finaliser of splitmix64: a bijection whose output bits all depend on all input bits.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

}  // namespace

void append_base32(std::uint64_t bits, int count, std::string& out) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (; count > 0; --count) {
        out += kAlphabet[bits & 31U];
        bits >>= 5U;
    }
}

std::string control_id_of(std::uint64_t high, std::uint64_t low) {
    const std::uint64_t first = mixed(high ^ mixed(low));
    std::string id;
    append_base32(first, 10, id);
    append_base32(mixed(low ^ first), 10, id);
    return id;
}

std::string_view CodeBook::code_for(std::string_view identifier) {
    std::string key{identifier};
    const auto known = codes_.find(key);
    if (known != codes_.end()) {
        return known->second;
    }
    if (codes_.size() >= max_codes_) {
        return {};
    }
    std::string code;
    append_base32(random_(), 8, code);
    append_base32(random_(), 8, code);
    return codes_.emplace(std::move(key), std::move(code)).first->second;
}

}  // namespace aorta::plugins::deidentify
