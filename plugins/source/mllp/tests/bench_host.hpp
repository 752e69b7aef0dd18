// A host that does nothing but accept, for measuring what the listener itself costs.
#pragma once

#include "source/mllp/listener.hpp"

#include <chrono>
#include <cstdlib>
#include <string_view>

namespace aorta::plugins::mllp {

inline std::int64_t bench_steady_ns(const aorta_host*) {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

inline std::int64_t bench_now_ns(const aorta_host*) {
    return std::chrono::system_clock::now().time_since_epoch().count();
}

inline const aorta_clock kBenchClock{sizeof(aorta_clock), bench_now_ns, bench_steady_ns};
inline const aorta_log kBenchLog{
    sizeof(aorta_log),
    [](const aorta_host*, std::uint32_t, aorta_str, const aorta_log_field*, std::uint32_t) {}};

/// `served` points to the listener once there is one.
inline aorta_host make_bench_host(Listener** served) {
    aorta_host host{};
    host.size = sizeof host;
    host.data = served;
    host.get_extension = [](const aorta_host*, const char* id) -> const void* {
        const std::string_view name = id;
        return name == AORTA_EXT_LOG ? static_cast<const void*>(&kBenchLog)
                                     : (name == AORTA_EXT_CLOCK ? &kBenchClock : nullptr);
    };
    host.intern = [](const aorta_host*, aorta_str) { return std::uint32_t{1}; };
    host.try_buffer = [](const aorta_host*, std::uint64_t capacity) {
        auto* bytes = static_cast<std::uint8_t*>(std::malloc(capacity + AORTA_PADDING));
        return new aorta_buffer{bytes, 0, capacity};
    };
    host.push = [](const aorta_host* self, const aorta_draft* const* drafts, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            std::free(drafts[i]->payload->data);
            delete drafts[i]->payload;
            (*static_cast<Listener**>(self->data))->on_ack(drafts[i]->cookie, {AORTA_ACK_ACCEPT});
        }
    };
    return host;
}

inline ListenerConfig bench_config() {
    ListenerConfig config;
    config.listen.address = *net::Address::parse("127.0.0.1:0");
    config.max_message_bytes = config.partial_frames_bytes = std::uint64_t{64} << 20U;
    config.listen.max_connections = 1024;
    config.frame_timeout = std::chrono::seconds{30};
    return config;
}

}  // namespace aorta::plugins::mllp
