// Any text as an address, a network or a host and port: what is taken reads the same when it is
// written down.
#include "common/net/address.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace net = aorta::net;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto address = net::Address::parse(text)) {
        const auto again = net::Address::parse(address->to_string());
        require(again.ok() && again->bytes() == address->bytes() &&
                again->port() == address->port());
    }
    if (const auto to = net::parse_host_port(text)) {
        const auto again = net::parse_host_port(net::to_string(*to));
        require(again.ok() && again->host == to->host && again->port == to->port);
    }
    if (const auto network = net::Network::parse(text)) {
        const std::string first{text.substr(0, text.find('/'))};
        const auto address = net::Address::parse(
            first.find(':') == std::string::npos ? first + ":1" : "[" + first + "]:1");
        require(address.ok() && network->contains(*address));
    }
    return 0;
}
