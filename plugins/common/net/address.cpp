#include "common/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace aorta::net {
namespace {

constexpr std::size_t kV4Offset = 12;  // of the IPv4 bytes in the mapped form
constexpr unsigned kV4Prefix = 96;

Error bad(std::string_view what, std::string_view text) {
    return {
        ErrorCode::InvalidConfig, "\"" + std::string{text} + "\" is not " + std::string{what}, {}};
}

template <class T>
std::optional<T> number(std::string_view text, T max) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > max) {
        return std::nullopt;
    }
    return value;
}

/// Splits "host:port" and "[v6]:port"; an empty host means that it did not fit. Brackets are for
/// what has colons, and for nothing else.
HostPort split(std::string_view text) {
    HostPort parts;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return parts;
    }
    std::string_view host = text.substr(0, colon);
    const auto port = number<std::uint16_t>(text.substr(colon + 1), 65535);
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (has_colon && host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (has_colon) {
        return parts;
    }
    if (port && host.find_first_of("[]") == std::string_view::npos) {
        parts = {std::string{host}, *port};
    }
    return parts;
}

}  // namespace

bool Address::read_ip(const std::string& ip, Address& address) {
    if (ip.find('\0') != std::string::npos) {
        return false;  // inet_pton would read as far as there
    }
    in_addr v4{};
    if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
        address.bytes_ = {};
        address.bytes_[10] = address.bytes_[11] = 0xff;
        std::memcpy(&address.bytes_[kV4Offset], &v4, sizeof v4);
        address.is_v6_ = false;
        return true;
    }
    address.is_v6_ = true;
    return inet_pton(AF_INET6, ip.c_str(), address.bytes_.data()) == 1;
}

Result<Address> Address::parse(std::string_view text) {
    HostPort parts = split(text);
    if (parts.host == "localhost") {
        parts.host = "127.0.0.1";
    }
    Address address;
    if (!read_ip(parts.host, address)) {
        return bad("an address with a port, such as 127.0.0.1:2575 or [::1]:2575", text);
    }
    address.port_ = parts.port;
    return address;
}

Address Address::from(const sockaddr_storage& raw) {
    Address address;
    if (raw.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &raw, sizeof v6);
        std::memcpy(address.bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
        address.port_ = ntohs(v6.sin6_port);
        address.is_v6_ = !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        return address;
    }
    address.bytes_[10] = address.bytes_[11] = 0xff;
    if (raw.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &raw, sizeof v4);
        std::memcpy(&address.bytes_[kV4Offset], &v4.sin_addr, sizeof v4.sin_addr);
        address.port_ = ntohs(v4.sin_port);
    }
    return address;
}

std::uint32_t Address::to(sockaddr_storage& raw) const {
    raw = {};
    if (is_v6_) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port_);
        std::memcpy(&v6.sin6_addr, bytes_.data(), sizeof v6.sin6_addr);
        std::memcpy(&raw, &v6, sizeof v6);
        return sizeof v6;
    }
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port_);
    std::memcpy(&v4.sin_addr, &bytes_[kV4Offset], sizeof v4.sin_addr);
    std::memcpy(&raw, &v4, sizeof v4);
    return sizeof v4;
}

std::string Address::to_string() const {
    if (is_v6_) {
        return "[" + ip_text(bytes_) + "]:" + std::to_string(port_);
    }
    return ip_text(std::span{bytes_}.subspan(kV4Offset)) + ":" + std::to_string(port_);
}

bool Address::is_loopback() const {
    if (!is_v6_) {
        return bytes_[kV4Offset] == 127;
    }
    return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
           bytes_.back() == 1;
}

Result<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    Network network;
    if (!Address::read_ip(std::string{text.substr(0, slash)}, network.base_)) {
        return bad("a network such as 10.1.2.0/24 or fd00::/8", text);
    }
    if (slash == std::string_view::npos) {
        return network;
    }
    const unsigned extra = network.base_.is_v6_ ? 0 : kV4Prefix;
    const auto prefix = number<unsigned>(text.substr(slash + 1), 128 - extra);
    if (!prefix) {
        return bad("a network such as 10.1.2.0/24 or fd00::/8", text);
    }
    network.prefix_ = *prefix + extra;
    return network;
}

bool Network::contains(const Address& address) const {
    if (address.is_v6_ != base_.is_v6_) {
        return false;
    }
    const std::size_t whole = prefix_ / 8;
    const unsigned rest = prefix_ % 8;
    if (!std::equal(base_.bytes_.begin(), base_.bytes_.begin() + whole, address.bytes_.begin())) {
        return false;
    }
    return rest == 0 || ((base_.bytes_[whole] ^ address.bytes_[whole]) >> (8 - rest)) == 0;
}

std::string ip_text(std::span<const std::uint8_t> bytes) {
    char text[INET6_ADDRSTRLEN] = {};
    if (bytes.size() == 4 || bytes.size() == 16) {
        inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
    }
    return text;
}

bool is_ip(const std::string& host) {
    std::array<std::uint8_t, 16> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::string to_string(const HostPort& to) {
    const bool is_v6 = to.host.find(':') != std::string::npos;
    return (is_v6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
}

bool is_loopback(const HostPort& to) {
    const Result<Address> address = Address::parse(to_string(to));
    return address.ok() && address->is_loopback();
}

Result<HostPort> parse_host_port(std::string_view text) {
    HostPort parts = split(text);
    if (parts.host.empty() || parts.port == 0) {
        return bad("a host and port, such as ehr.example:2575 or [fd00::5]:2575", text);
    }
    return parts;
}

}  // namespace aorta::net
