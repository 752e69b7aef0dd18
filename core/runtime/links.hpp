// The links of a worker: their sockets, their keys, and what the pipeline has to do with them.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/diagnostic.hpp"
#include "pipeline/spec.hpp"
#include "runtime/link_end.hpp"
#include "transport/endpoint.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::runtime {

/// All links of the part of a pipeline that runs here. [one thread but for what says otherwise]
class Links {
public:
    struct Services {
        const base::Clock& clock;
        base::Log& log;
        message::Interner& names;
        message::Budget& budget;
        graph::Runner& runner;
    };

    Links(const pipeline::PipelineSpec& spec, const Services& services);
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    ~Links();

    /// The end of the link to or from another worker; the cut was checked, so there is one.
    LinkEnd& end(const std::string& from, const std::string& to);

    /// Who settles records that come over any link.
    std::vector<const message::Settler*> settlers();

    /// Reads keys, listens and dials. Problems go to `diagnostics`, with the place of the link.
    Result<void> start(config::Diagnostics& diagnostics);
    /// Reads the keys again. What cannot be read is told to the log, and the old ones stay. [any
    /// thread]
    void reload_keys();
    /// There may be room again. [any thread]
    void resume();
    /// No record comes in any more.
    void close();
    /// True when all that came is settled, and its senders were told as far as they can be heard;
    /// false when that takes longer. [any thread]
    bool wait_idle(base::Nanoseconds timeout) const;
    /// True when other workers have answered for all that they were given, as far as they can be
    /// heard; false when that takes longer. [any thread]
    bool wait_answered(base::Nanoseconds timeout) const;
    /// Ends all sessions; the lanes are stopped, and still there. What is not settled at
    /// other workers is failed(shutdown) here. Once.
    void stop();

    /// [any thread]
    std::vector<LinkState> states() const;

    /// Connections whose key or address was refused. [any thread]
    std::uint64_t refused() const { return zap_.refused(); }

private:
    struct Way;

    Result<transport::KeyRing> keys_of(const Way& way) const;
    Result<void> open(Way& way);
    bool wait_all(base::Nanoseconds timeout, bool (*is_over)(const transport::LinkStatus&)) const;

    const pipeline::PipelineSpec& spec_;
    const Services services_;
    zmq::SocketContext context_;
    zmq::Zap zap_;
    std::vector<std::unique_ptr<LinkEnd>> ends_;
    std::mutex mutex_;  // guards what follows, between start, reload_keys and stop
    std::vector<std::unique_ptr<Way>> ways_;
    bool is_over_ = false;
};

/// What both ends must agree on: names, plugins, edges, the cut and the secret `key`.
transport::Fingerprint fingerprint_of(const pipeline::PipelineSpec& spec);

/// Nodes whose peers' answers some source wants.
std::vector<std::uint32_t> reply_nodes(const pipeline::PipelineSpec& spec);

}  // namespace aorta::runtime
