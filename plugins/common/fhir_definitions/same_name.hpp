// Comparing names of elements, which are short: without a call.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace aorta::fhir_definitions {

template <class Number>
std::uint64_t load_number(const char* from) {
    Number number = 0;
    std::memcpy(&number, from, sizeof number);
    return number;
}

inline bool is_same_name(std::string_view a, std::string_view b) {
    const std::size_t size = a.size();
    if (size != b.size()) {
        return false;
    }
    const auto is_same = [&]<class Number>(Number /*of that width*/) {
        const std::size_t last = size - sizeof(Number);
        return load_number<Number>(a.data()) == load_number<Number>(b.data()) &&
               load_number<Number>(a.data() + last) == load_number<Number>(b.data() + last);
    };
    if (size > 16) {
        return a == b;
    }
    if (size >= 8) {
        return is_same(std::uint64_t{});
    }
    if (size >= 4) {
        return is_same(std::uint32_t{});
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace aorta::fhir_definitions
