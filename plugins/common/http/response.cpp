#include "common/http/response.hpp"

#include <array>
#include <ctime>

namespace aorta::http {
namespace {

std::string date(std::chrono::nanoseconds now) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    // The names of days and months are the locale's, which a worker never sets.
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "";
    }
}

std::string to_bytes(const Response& response, const Manner& manner, std::chrono::nanoseconds now) {
    std::string out;
    out.reserve(256 + response.body.size());
    out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    out.append(reason_phrase(response.status)).append("\r\n");
    add(out, "Date", date(now));
    add(out, "Content-Length", std::to_string(response.body.size()));
    if (!response.content_type.empty()) {
        add(out, "Content-Type", response.content_type);
    }
    for (const Field& field : response.fields) {
        add(out, field.name, field.value);
    }
    if (manner.closes) {
        add(out, "Connection", "close");
    } else if (manner.is_1_0) {
        add(out, "Connection", "keep-alive");
    }
    out.append("\r\n");
    if (!manner.is_head) {
        out.append(response.body);
    }
    return out;
}

}  // namespace aorta::http
