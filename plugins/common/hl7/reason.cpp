#include "common/hl7/reason.hpp"

#include <string>

namespace aorta::hl7 {

Error make_error(ErrorCode code,
                 std::string_view reason,
                 std::string_view text,
                 std::string_view where) {
    std::string message{reason};
    message.append(": ").append(text);
    return {code, std::move(message), std::string{where}};
}

Error make_error_at(ErrorCode code,
                    std::string_view reason,
                    std::string_view text,
                    std::size_t offset) {
    return make_error(code, reason, text, "byte " + std::to_string(offset));
}

}  // namespace aorta::hl7
