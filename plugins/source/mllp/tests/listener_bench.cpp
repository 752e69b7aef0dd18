// The listener with a host that does nothing but accept: what the plugin itself costs. Prints its
// port and serves until standard input ends; measure it with mllp_floor --connect.
#include "source/mllp/listener.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using aorta::plugins::mllp::Listener;

Listener* g_listener = nullptr;  // NOLINT: one program, one listener

std::int64_t steady_ns(const aorta_host*) {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

std::int64_t now_ns(const aorta_host*) {
    return std::chrono::system_clock::now().time_since_epoch().count();
}

const aorta_clock kClock{sizeof(aorta_clock), now_ns, steady_ns};
const aorta_log kLog{
    sizeof(aorta_log),
    [](const aorta_host*, std::uint32_t, aorta_str, const aorta_log_field*, std::uint32_t) {}};

aorta_host make_host() {
    aorta_host host{};
    host.size = sizeof host;
    host.get_extension = [](const aorta_host*, const char* id) -> const void* {
        const std::string_view name = id;
        return name == AORTA_EXT_LOG ? static_cast<const void*>(&kLog)
                                     : (name == AORTA_EXT_CLOCK ? &kClock : nullptr);
    };
    host.intern = [](const aorta_host*, aorta_str) { return std::uint32_t{1}; };
    host.try_buffer = [](const aorta_host*, std::uint64_t capacity) {
        auto* bytes = static_cast<std::uint8_t*>(std::malloc(capacity + AORTA_PADDING));
        return new aorta_buffer{bytes, 0, capacity};
    };
    host.push = [](const aorta_host*, const aorta_draft* const* drafts, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            std::free(drafts[i]->payload->data);
            delete drafts[i]->payload;
            g_listener->on_ack(drafts[i]->cookie, {AORTA_ACK_ACCEPT});
        }
    };
    return host;
}

}  // namespace

int main() {
    const aorta_host host = make_host();
    aorta::plugins::mllp::ListenerConfig config;
    config.listen = *aorta::net::Address::parse("127.0.0.1:0");
    config.max_message_bytes = config.partial_frames_bytes = std::uint64_t{64} << 20U;
    config.max_connections = 1024;
    config.frame_timeout = std::chrono::seconds{30};
    Listener listener(aorta::Host{&host}, config);
    g_listener = &listener;
    if (!listener.start().ok()) {
        return 69;
    }
    std::printf("%s\n", listener.address().to_string().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}
