// Table 0357: the code of each reason, for ERR and for findings. The only place that has them.
#pragma once

#include <string_view>

namespace aorta::hl7 {

struct ErrorText {
    std::string_view code;
    std::string_view text;
};

/// By the exact id of the reason; 207, application internal error, for all that the table has no
/// word for.
ErrorText error_text_of(std::string_view reason);

}  // namespace aorta::hl7
