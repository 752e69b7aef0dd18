// Where a socket leads, and whether it may go there without encryption.
#pragma once

#include <aorta/result.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::zmq {

/// "10.1.2.0/24", "fd00::/8", or one address.
class Network {
public:
    static Result<Network> parse(std::string_view text);

    /// An IP address as text; anything else lies in no network.
    bool contains(std::string_view address) const;

private:
    std::array<std::uint8_t, 16> base_{};  // IPv4 as ::ffff:a.b.c.d
    unsigned prefix_ = 128;
};

/// Permission to talk without CURVE off this machine.
struct Plaintext {
    std::vector<Network> from = {};  ///< listeners: who may come
    std::string reason = {};
};

enum class Reach { Ipc, Loopback, Network };

/// How far "tcp://host:port" or "ipc:///path" leads. InvalidConfig for what is neither. Names other
/// than localhost lead anywhere.
Result<Reach> reach_of(std::string_view address);

bool is_loopback_ip(std::string_view address);

}  // namespace aorta::zmq
