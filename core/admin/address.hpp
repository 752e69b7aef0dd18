// Where the admin server listens, and whom it believes to be local.
#pragma once

#include <aorta/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::admin {

/// A numeric loopback address and a port.
struct Address {
    std::string ip;
    std::uint16_t port = 0;
};

/// "127.0.0.1:9464", "[::1]:9464", "localhost:9464" or ":9464" (both 127.0.0.1). Port 0 is any free
/// port. Names are not resolved. Addresses beyond loopback are Denied, what is no address is
/// InvalidConfig.
Result<Address> parse_address(std::string_view text);

/// True when a Host header names loopback, with or without a port. Another name in it means that a
/// browser was led here by a name that resolves to loopback.
bool is_local_host(std::string_view host_header);

}  // namespace aorta::admin
