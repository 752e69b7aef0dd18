// One HTTP request and its response at a time, by libcurl.
#pragma once

#include "common/net/tls_node.hpp"

#include <aorta/sdk.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::plugins::http_sink {

struct TransferConfig {
    std::optional<net::TlsConfig> tls = {};  // without: http only
    std::string proxy = {};                  // "http://proxy:3128"; empty: none
    Nanoseconds connect_timeout = std::chrono::seconds{10};
    Nanoseconds timeout = std::chrono::seconds{30};  // for all of it
    Nanoseconds keepalive{0};
    bool keeps_open = true;
    std::size_t max_response_bytes = std::size_t{1} << 20U;
};

struct Request {
    std::string method;
    std::string url;
    std::vector<std::string> fields = {};  // "Name: value"
    std::string_view body = {};
};

struct Response {
    unsigned status = 0;
    std::string body = {};
    bool is_cut = false;         // it was larger than max_response_bytes
    Nanoseconds retry_after{0};  // as the peer asks
};

/// Why there is no response.
struct Trouble {
    ErrorCode code;
    std::string_view reason;
};

/// Keeps its connection. Redirects are not followed, the environment's proxies not used. Blocks its
/// caller; one thread at a time.
class Transfer {
public:
    Transfer(Host host, TransferConfig config);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer();

    /// Reads the certificates, if there are any.
    Result<void> start();

    /// Takes over certificates that have changed, for connections from now on.
    void refresh();

    std::optional<Trouble> perform(const Request& request, Response& response);

private:
    struct Session;

    Trouble trouble(int code) const;

    Host host_;
    TransferConfig config_;
    std::optional<net::TlsNode> tls_;
    std::unique_ptr<Session> session_;
};

}  // namespace aorta::plugins::http_sink
