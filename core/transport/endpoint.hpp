// A ZeroMQ socket with its thread, and the links that go over it.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "common/zmq/address.hpp"
#include "common/zmq/socket.hpp"
#include "common/zmq/zap.hpp"
#include "transport/keys.hpp"
#include "transport/link.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace aorta::transport {

struct EndpointConfig {
    bool listens = false;
    std::string address = {};
    std::optional<KeyRing> keys = {};  ///< CURVE; without it ipc, loopback, or `plaintext`
    std::optional<zmq::Plaintext> plaintext = {};
};

/// What all endpoints of a process share. They outlive them.
struct EndpointServices {
    zmq::SocketContext& context;
    zmq::Zap& zap;
    const base::Clock& clock;
    base::Log& log;
};

/// A dialer has one link; a listener one for each worker that may dial it. All of them live on the
/// endpoint's thread. [start, reload, stop: one thread]
class Endpoint {
public:
    Endpoint(EndpointConfig config, std::vector<Link*> links, const EndpointServices& services);
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    /// As `stop`.
    ~Endpoint();

    /// Denied when it would talk off this machine in plain text without permission, or others could
    /// reach its ipc socket; InvalidConfig or Unavailable when the address will not do.
    Result<void> start();

    /// The address that it listens on, with the port that was taken.
    const std::string& address() const { return bound_; }

    /// Takes over keys. Sessions whose key is not listed any more end; all others go on, after a
    /// new handshake if the own key has changed.
    void reload(KeyRing keys);

    /// Says goodbye to all and ends the thread. Records that are held stay with their links.
    void stop();

private:
    struct Route {
        Link* link = nullptr;
        std::string key = {};  ///< public key, or "plain"
    };

    Result<void> check() const;
    Result<void> open();
    void set_options(zmq::Socket& socket);
    void set_curve(zmq::Socket& socket);
    void run(const std::stop_token& stop);
    bool step(Link& link);
    bool receive();
    void received(const zmq::Received& message);
    void greeted(const zmq::Received& message, const Frame& frame, const Hello& hello);
    void answer_all(Link& link, const std::string& route);
    void forget_route(const Link& link);
    void send(Link& link, std::string frame);
    void take_over_keys();
    void open_again();
    void tell(Link& link);
    long pause_ms() const;

    base::Nanoseconds now() const { return services_.clock.steady(); }

    EndpointConfig config_;
    const std::vector<Link*> links_;
    EndpointServices services_;
    const std::string domain_;  // at the ZAP handler
    std::string bound_;
    zmq::AllowList allowed_;
    const std::shared_ptr<zmq::Waker> waker_ = std::make_shared<zmq::Waker>();  // with the links

    // The thread's own:
    zmq::Socket socket_;
    std::map<std::string, Route> routes_;  // by routing id; "" for a dialer
    std::map<const Link*, bool> told_up_;
    std::size_t attempts_ = 0;
    bool needs_socket_ = false;

    std::mutex mutex_;  // guards new_keys_
    std::optional<KeyRing> new_keys_;
    std::jthread thread_;
};

}  // namespace aorta::transport
