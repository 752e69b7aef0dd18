#include "common/fhir/reason.hpp"

#include <string>

namespace aorta::fhir {

Error make_error(ErrorCode code,
                 std::string_view reason,
                 std::string_view text,
                 std::string_view where) {
    std::string message{reason};
    message.append(": ").append(text);
    return {code, std::move(message), std::string{where}};
}

Error refused_at(std::string_view reason, std::string_view text, std::size_t offset) {
    return make_error(ErrorCode::InvalidData, reason, text, "byte " + std::to_string(offset));
}

}  // namespace aorta::fhir
