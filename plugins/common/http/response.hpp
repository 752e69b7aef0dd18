// HTTP/1.1 responses as bytes.
#pragma once

#include "common/http/request_reader.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::http {

struct Response {
    unsigned status = 200;
    std::string content_type = {};  // empty: no body
    std::string body = {};
    std::vector<Field> fields = {};  // what else; the caller's own words, no line ends in them
};

/// How the request asked.
struct Manner {
    bool is_head = false;  // the length, but no body
    bool is_1_0 = false;
    bool closes = false;  // the connection ends behind it
};

/// `now` since 1970, for Date.
std::string to_bytes(const Response& response, const Manner& manner, std::chrono::nanoseconds now);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// "Not Found" for 404; empty for a status that nobody here sends.
std::string_view reason_phrase(unsigned status);

}  // namespace aorta::http
