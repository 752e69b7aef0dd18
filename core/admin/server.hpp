// The admin server: health, status and metrics of a worker by HTTP, on loopback.
#pragma once

#include "base/log.hpp"
#include "runtime/worker.hpp"

#include <aorta/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace aorta::admin {

/// Serves a worker's state from one thread of its own; the destructor ends it. Start it when all
/// pipelines are added and destroy it before the worker, which it only reads. It never waits for a
/// peer: connections, header bytes and times are bounded, and when there are too many connections
/// the oldest is closed for the next.
class Server {
public:
    /// Listens on `address` (see parse_address). Fails with InvalidConfig, Denied (not loopback, or
    /// a port that this user may not have) or Unavailable (the port is taken).
    static Result<std::unique_ptr<Server>> start(const std::string& address,
                                                 const runtime::Worker& worker,
                                                 base::Log& log);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// The port that it listens on, also when port 0 was asked for.
    std::uint16_t port() const;

private:
    class Listener;

    explicit Server(std::unique_ptr<Listener> listener);

    std::unique_ptr<Listener> listener_;
};

}  // namespace aorta::admin
