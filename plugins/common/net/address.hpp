// IP addresses, networks, and the texts that name them.
#pragma once

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace aorta::net {

/// An IPv4 or IPv6 address with a port. An IPv4 address that came mapped into IPv6 counts as IPv4.
class Address {
public:
    /// "127.0.0.1:2575", "[::1]:2575" or "localhost:2575" (127.0.0.1). No names are resolved.
    static Result<Address> parse(std::string_view text);

    /// Reads what the system filled in; other families than the two become 0.0.0.0:0.
    static Address from(const sockaddr_storage& raw);

    /// Fills `raw` and returns the length that counts.
    std::uint32_t to(sockaddr_storage& raw) const;

    /// As parse reads it.
    std::string to_string() const;

    bool is_loopback() const;

    std::uint16_t port() const { return port_; }

    bool is_v6() const { return is_v6_; }

    /// The address in IPv6 form (IPv4 as ::ffff:a.b.c.d).
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

private:
    friend class Network;

    static bool read_ip(const std::string& ip, Address& address);

    std::array<std::uint8_t, 16> bytes_ = {};
    std::uint16_t port_ = 0;
    bool is_v6_ = false;
};

/// A range of addresses.
class Network {
public:
    /// "10.1.2.0/24", "fd00::/8", or a single address without a slash.
    static Result<Network> parse(std::string_view text);

    bool contains(const Address& address) const;

private:
    Address base_;
    unsigned prefix_ = 128;  // of the IPv6 form
};

/// The text of an IPv4 (4 bytes) or IPv6 (16 bytes) address; empty for other sizes.
std::string ip_text(std::span<const std::uint8_t> bytes);

/// Whether this is an IPv4 or IPv6 address without a port.
bool is_ip(const std::string& host);

/// A host name or address, and a port, to connect to.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};

/// As parse_host_port reads it.
std::string to_string(const HostPort& to);

/// An address of this machine, or "localhost"; other names may lead anywhere.
bool is_loopback(const HostPort& to);

/// "ehr.example:2575", "10.0.0.5:2575" or "[fd00::5]:2575". Port 0 is refused.
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace aorta::net
