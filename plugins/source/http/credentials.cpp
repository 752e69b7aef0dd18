#include "source/http/credentials.hpp"

#include "common/files/text.hpp"

#include <algorithm>
#include <cstddef>

namespace aorta::plugins::http_source {
namespace {

/// Takes as long for any `given` of the same length.
bool is_same(std::string_view given, std::string_view secret) {
    std::size_t difference = given.size() ^ secret.size();
    for (std::size_t i = 0; i < given.size() && !secret.empty(); ++i) {
        const auto left = static_cast<unsigned char>(given[i]);
        difference |= left ^ static_cast<unsigned char>(secret[i % secret.size()]);
    }
    const volatile std::size_t result = difference;
    return result == 0 && !secret.empty();
}

}  // namespace

bool is_authorized(std::string_view authorization, const Credentials& credentials) {
    const std::size_t space = std::min(authorization.find(' '), authorization.size());
    const std::string_view scheme = authorization.substr(0, space);
    std::string_view given = authorization.substr(space);
    given.remove_prefix(std::min(given.find_first_not_of(' '), given.size()));
    if (http::is_same_name(scheme, "bearer")) {
        return is_same(given, credentials.bearer);
    }
    std::string basic;
    files::append_base64(credentials.basic, basic);
    return http::is_same_name(scheme, "basic") && !basic.empty() && is_same(given, basic);
}

std::string_view challenge(const Credentials& credentials) {
    return credentials.bearer.empty() ? R"(Basic realm="aorta", charset="UTF-8")"
                                      : R"(Bearer realm="aorta")";
}

}  // namespace aorta::plugins::http_source
