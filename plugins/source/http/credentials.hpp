// Who may send.
#pragma once

#include "source/http/config.hpp"

#include <string_view>

namespace aorta::plugins::http_source {

/// Whether an Authorization field proves it; takes as long whatever part of a secret was right.
bool is_authorized(std::string_view authorization, const Credentials& credentials);

/// The value of WWW-Authenticate.
std::string_view challenge(const Credentials& credentials);

}  // namespace aorta::plugins::http_source
