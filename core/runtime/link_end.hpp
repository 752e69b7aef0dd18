// One end of a link, between the pipeline and the transport.
#pragma once

#include "graph/router.hpp"
#include "pipeline/spec.hpp"
#include "runtime/link_lane.hpp"
#include "runtime/link_state.hpp"
#include "transport/link.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace aorta::runtime {

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

}  // namespace aorta::runtime
