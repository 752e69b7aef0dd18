#include "common/net/keepalive.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>

namespace aorta::net {
namespace {

constexpr std::int64_t kMaxSeconds = 32767;  // of TCP_KEEPIDLE
constexpr std::int64_t kProbes = 4;

void set(const Stream& stream, int level, int option, std::int64_t value) {
    const int number = static_cast<int>(value);
    setsockopt(stream.fd(), level, option, &number, sizeof number);
}

}  // namespace

void watch_peer(const Stream& stream, std::chrono::nanoseconds idle) {
    const std::int64_t idle_s =
        std::min(std::chrono::ceil<std::chrono::seconds>(idle).count(), kMaxSeconds);
    set(stream, SOL_SOCKET, SO_KEEPALIVE, idle_s > 0 ? 1 : 0);
    if (idle_s <= 0) {
        return;
    }
    const std::int64_t step_s = std::max(idle_s / 3, std::int64_t{1});
    set(stream, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
    set(stream, IPPROTO_TCP, TCP_KEEPINTVL, step_s);
    set(stream, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
    // The system takes this time for lost probes too, so it must not be shorter than they need.
    set(stream, IPPROTO_TCP, TCP_USER_TIMEOUT, (idle_s + kProbes * step_s) * 1000);
}

}  // namespace aorta::net
