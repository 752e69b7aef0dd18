// What a pipeline tells of its links.
#include "runtime/pipeline_node.hpp"

#include <algorithm>
#include <chrono>

namespace aorta::runtime {

void Pipeline::reload_keys() {
    if (links_) {
        links_->reload_keys();
    }
}

std::vector<LinkState> Pipeline::link_states() const {
    std::vector<LinkState> states = links_ ? links_->states() : std::vector<LinkState>{};
    for (LinkState& state : states) {
        for (const auto& node : nodes_) {
            const bool is_of_link = node->outbox && state.sends &&
                                    !spec_.is_here(spec_.nodes[node->index]) &&
                                    spec_.nodes[node->index].worker == state.to;
            state.outbox += is_of_link ? node->outbox->held() : 0;
        }
    }
    return states;
}

void Pipeline::publish_links() {
    if (!links_) {
        return;
    }
    metrics::Registry& metrics = surroundings_.metrics;
    const std::vector<LinkState> states = links_->states();
    for (std::size_t i = 0; i < states.size(); ++i) {
        const metrics::Labels labels{
            {"pipeline", spec_.name}, {"from", states[i].from}, {"to", states[i].to}};
        const auto gauge = [&](const char* name, const char* help, auto value) {
            metrics.gauge(
                name,
                labels,
                help,
                [this, i, value] { return static_cast<double>(value(link_states()[i])); },
                this);
        };
        const auto counted = [&](const char* name, const char* help, auto member) {
            metrics.counter_of(
                name,
                labels,
                help,
                [this, i, member] { return static_cast<double>(link_states()[i].*member); },
                this);
        };
        gauge("aorta_link_up", "1 while the other worker is there.", [](const LinkState& state) {
            return state.is_up ? 1 : 0;
        });
        gauge("aorta_link_backlog_records",
              "Records that the other worker has not settled, an outbox's included.",
              [](const LinkState& state) { return std::max(state.backlog, state.outbox); });
        gauge("aorta_link_backlog_bytes",
              "Bytes of records in memory that the other worker has not settled.",
              [](const LinkState& state) { return state.backlog_bytes; });
        gauge("aorta_link_oldest_unsettled_seconds",
              "Age of the oldest record in memory that the other worker has not settled.",
              [this](const LinkState& state) {
                  return state.oldest.count() == 0 ? 0.0
                                                   : std::chrono::duration<double>(
                                                         surroundings_.clock.now() - state.oldest)
                                                         .count();
              });
        counted("aorta_link_resent_total",
                "Records sent more than once, after a lost session.",
                &LinkState::resent);
        counted("aorta_link_duplicates_total",
                "Records that came again after a restart and were known.",
                &LinkState::duplicates);
        counted("aorta_link_lost_sessions_total",
                "Sessions that ended without a goodbye.",
                &LinkState::lost);
        counted("aorta_link_refused_total", "Handshakes that were refused.", &LinkState::refused);
    }
    metrics.counter_of(
        "aorta_link_denied_total",
        {{"pipeline", spec_.name}},
        "Connections whose key or address is not listed.",
        [this] { return static_cast<double>(links_->refused()); },
        this);
}

}  // namespace aorta::runtime
