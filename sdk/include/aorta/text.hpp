// text.hpp: texts of the ABI as those of C++, and back. Included by sdk.hpp.
#pragma once

#include <aorta/abi.h>

#include <cstddef>
#include <string_view>

namespace aorta {

/// Valid as long as the bytes that it names.
inline aorta_str to_abi(std::string_view text) {
    return {text.data(), text.size()};
}

inline std::string_view from_abi(aorta_str text) {
    return {text.data, static_cast<std::size_t>(text.size)};
}

}  // namespace aorta
