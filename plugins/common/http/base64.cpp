#include "common/http/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace aorta::http {

std::string base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        const std::string_view group = text.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            encoded += k <= group.size() ? kDigits[bits >> (18 - 6 * k) & 63U] : '=';
        }
    }
    return encoded;
}

}  // namespace aorta::http
