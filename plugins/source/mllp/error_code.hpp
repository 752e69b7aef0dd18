// Table 0357: the code that ERR gives for a reason.
#pragma once

#include <string_view>

namespace aorta::plugins::mllp {

struct ErrorText {
    std::string_view code;
    std::string_view text;
};

/// By the exact id of the reason; 207, application internal error, for all that the table has no
/// word for.
ErrorText error_text_of(std::string_view reason);

}  // namespace aorta::plugins::mllp
