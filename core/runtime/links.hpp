// The links of a worker: their sockets, their keys, and what the pipeline has to do with them.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/diagnostic.hpp"
#include "graph/router.hpp"
#include "pipeline/spec.hpp"
#include "runtime/link_lane.hpp"
#include "transport/endpoint.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::runtime {

/// What an operator is told of a link.
struct LinkState {
    std::string from;
    std::string to;
    bool sends = false;  ///< this worker is `from`
    bool is_up = false;
    std::string trouble = {};
    std::uint64_t backlog = 0;        ///< records that the other side has not settled, or not got
    std::uint64_t backlog_bytes = 0;  ///< of those that the link has taken
    std::uint64_t outbox = 0;         ///< records in the outbox, those of the backlog included
    base::Nanoseconds oldest{0};      ///< ingest time of the first of the backlog; 0: none
    std::uint64_t under_way = 0;      ///< receiving: records that this worker has not settled
    std::uint64_t resent = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t lost = 0;     ///< sessions that ended without a goodbye
    std::uint64_t refused = 0;  ///< handshakes
};

/// One end of a link, as the pipeline sees it. Filled before the start. [any thread]
class LinkEnd final : public transport::LinkOwner {
public:
    /// `names`, `budget` and `runner` outlive it.
    LinkEnd(const pipeline::LinkSpec& spec,
            transport::PeerConfig config,
            message::Interner& names,
            message::Budget& budget,
            graph::Runner& runner);

    transport::Link& link() { return link_; }

    const transport::Link& link() const { return link_; }

    const pipeline::LinkSpec& spec() const { return spec_; }

    /// Sends over this link; is woken when there is room again.
    void add(LinkLane& lane) { lanes_.push_back(&lane); }

    /// Where records of an edge go.
    void connect(std::uint32_t edge, graph::Target target) { targets_[edge] = std::move(target); }

    /// No record comes into the pipeline after this.
    void close();

    bool has_room(std::uint64_t bytes) override;
    void arrived(std::uint32_t edge, message::RecordPtr record) override;
    void may_offer() override;

    LinkState state() const;

private:
    const pipeline::LinkSpec spec_;
    const bool sends_;
    message::Budget& budget_;
    graph::Runner& runner_;
    std::vector<LinkLane*> lanes_;
    std::map<std::uint32_t, graph::Target> targets_;
    std::mutex mutex_;  // guards is_closed_; held while a record goes into its lane
    bool is_closed_ = false;
    transport::Link link_;
};

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
    bool is_idle() const;

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
