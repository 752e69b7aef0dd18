#include "admin/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace aorta::admin {
namespace {

struct HostPort {
    std::string host;
    bool is_v6 = false;               // it stood in brackets
    std::optional<std::string> port;  // what follows the colon
};

std::optional<HostPort> split(std::string_view text) {
    HostPort parts;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        parts.is_v6 = true;
        parts.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        parts.host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    if (rest.starts_with(':')) {
        parts.port = rest.substr(1);
    } else if (!rest.empty()) {
        return std::nullopt;
    }
    return parts;
}

std::optional<std::uint16_t> port_of(const std::string& text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, port);
    if (failed != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return port;
}

enum class Reach { Loopback, Beyond, NoAddress };

Reach reach_of(const HostPort& parts) {
    if (parts.is_v6) {
        in6_addr v6{};
        if (::inet_pton(AF_INET6, parts.host.c_str(), &v6) != 1) {
            return Reach::NoAddress;
        }
        return IN6_IS_ADDR_LOOPBACK(&v6) != 0 ? Reach::Loopback : Reach::Beyond;
    }
    if (parts.host == "localhost") {
        return Reach::Loopback;
    }
    in_addr v4{};
    if (::inet_pton(AF_INET, parts.host.c_str(), &v4) != 1) {
        return Reach::NoAddress;
    }
    return (ntohl(v4.s_addr) >> 24U) == 127 ? Reach::Loopback : Reach::Beyond;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
    std::optional<HostPort> parts = split(text);
    std::optional<std::uint16_t> port;
    if (parts && parts->port) {
        port = port_of(*parts->port);
    }
    if (parts && !parts->is_v6 && parts->host.empty()) {
        parts->host = "localhost";
    }
    const Reach reach = port ? reach_of(*parts) : Reach::NoAddress;
    if (reach == Reach::NoAddress) {
        return Error{ErrorCode::InvalidConfig,
                     "\"" + std::string{text} +
                         "\" is no address of the admin server: write 127.0.0.1:9464, [::1]:9464 "
                         "or :9464"};
    }
    if (reach == Reach::Beyond) {
        return Error{
            ErrorCode::Denied,
            "the admin server has no authentication and listens on loopback only, not on " +
                std::string{text} + ": use 127.0.0.1:" + *parts->port +
                " and, for others, a proxy that authenticates them"};
    }
    return Address{parts->host == "localhost" ? "127.0.0.1" : parts->host, *port};
}

bool is_local_host(std::string_view host_header) {
    const std::optional<HostPort> parts = split(host_header);
    return parts && (!parts->port || port_of(*parts->port)) && reach_of(*parts) == Reach::Loopback;
}

}  // namespace aorta::admin
