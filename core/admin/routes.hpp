// What the admin server answers; knows nothing of sockets.
#pragma once

#include "runtime/worker.hpp"

#include <string>
#include <string_view>

namespace aorta::admin {

struct Request {
    std::string_view method;
    std::string_view target;  ///< path and query
    std::string_view host;    ///< the Host header; empty: none (HTTP/1.0)
};

struct Answer {
    unsigned status = 200;
    std::string body;
    std::string_view content_type = "text/plain; charset=utf-8";
};

/// Answers GET and HEAD (alike: the server leaves out a HEAD's body) on /, /livez, /readyz,
/// /startupz, /status, /metrics, /version and /style.css. Others: 404; other methods: 405; a Host
/// that is not loopback: 403. [any thread]
Answer answer(const Request& request, const runtime::Worker& worker);

}  // namespace aorta::admin
