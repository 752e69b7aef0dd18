// Who may connect: the ZeroMQ Authentication Protocol (RFC 27), for all listeners of a context.
#pragma once

#include "common/zmq/allow_list.hpp"
#include "common/zmq/socket.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aorta::zmq {

/// Answers libzmq on a thread of its own. Make it before the first listener binds, and destroy it
/// after the last one is closed. Whatever no domain lists is refused. [any thread, one mutex]
class Zap {
public:
    explicit Zap(SocketContext& context);
    Zap(const Zap&) = delete;
    Zap& operator=(const Zap&) = delete;
    ~Zap();

    /// Peers of this domain must come with a listed key. The list is asked each time.
    void admit_keys(const std::string& domain, const AllowList& allowed);
    /// Peers of this domain come without CURVE, and are taken by their IP address.
    void admit_addresses(const std::string& domain,
                         std::function<bool(std::string_view address)> is_admitted);
    void forget(const std::string& domain);

    std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

private:
    struct Domain {
        const AllowList* allowed = nullptr;
        std::function<bool(std::string_view)> is_admitted = {};
    };

    void run(const std::stop_token& stop);
    std::vector<std::string> answer(const std::vector<std::string>& request);
    std::optional<std::string> user_of(const std::vector<std::string>& request) const;

    mutable std::mutex mutex_;  // guards domains_
    std::map<std::string, Domain, std::less<>> domains_;
    std::atomic<std::uint64_t> refused_{0};
    Socket socket_;
    Waker waker_;
    std::jthread thread_;
};

}  // namespace aorta::zmq
