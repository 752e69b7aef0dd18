// A pipeline and its storage: what an earlier run left, and what the storage tells of itself.
#include "runtime/pipeline_node.hpp"
#include "runtime/storage.hpp"

#include <algorithm>
#include <map>

namespace aorta::runtime {

void Pipeline::read_back() {
    if (surroundings_.storage != nullptr) {
        surroundings_.storage->load([this](const spool::Loaded& loaded,
                                           const std::stop_token& stop) { begin(loaded, stop); });
    }
}

/// [a thread of the storage's]
void Pipeline::begin(const spool::Loaded& loaded, const std::stop_token& stop) {
    begin_ledger(loaded);
    bury(loaded, stop);
    if (state_) {
        if (const Result<void> taken_up = state_->load(stop); !taken_up.ok()) {
            refuse_state(taken_up.error());
            return;
        }
        state_->start();
    }
    for (const auto& node : nodes_) {
        if (node->outbox) {
            node->outbox->begin(
                loaded.was_closed,
                given_up_below(surroundings_.storage->spool(), node->outbox->stream_id()));
        }
        if (node->journal) {
            node->journal->begin(loaded.was_closed);
        }
    }
    is_read_back_begun_.store(true);
}

/// Nothing goes on from the journals: it is as it was, and so is the state.
void Pipeline::refuse_state(const Error& why) {
    if (why.code == ErrorCode::Cancelled) {
        return;
    }
    surroundings_.log.error("state_refused",
                            {{"pipeline", spec_.name},
                             {"node", why.where},
                             {"reason", why.message},
                             {"hint", "run with --discard-state " + why.where}});
    request_stop(why.message);
}

/// A source record that was held and is damaged has failed.
void Pipeline::begin_ledger(const spool::Loaded& loaded) {
    std::uint64_t held = loaded.rootless;
    std::map<spool::StreamId, std::uint32_t> nodes;
    for (const spool::StreamState& stream : loaded.streams) {
        held += stream.kind == spool::StreamKind::Journal ? stream.held : 0;
        const auto at = std::find(node_names_.begin(), node_names_.end(), stream.name);
        nodes[stream.id] =
            at == node_names_.end() ? 0 : static_cast<std::uint32_t>(at - node_names_.begin());
    }
    is_ledger_begun_ = true;
    ledger_.begin_with(held + loaded.lost.size());
    for (const spool::Over& one : loaded.lost) {
        ledger_.settle_stored({message::FateKind::Failed,
                               ErrorCode::Corrupt,
                               "storage.damaged",
                               {},
                               nodes[one.stream]},
                              one.sequence);
    }
    if (held != 0 || !loaded.damage.empty()) {
        surroundings_.log.info("storage_loaded",
                               {{"pipeline", spec_.name},
                                {"held", std::to_string(held)},
                                {"damaged", std::to_string(loaded.damage.size())},
                                {"lost", std::to_string(loaded.lost.size())}});
    }
}

/// The storage was not read to its end: what it said when it was opened is held.
void Pipeline::begin_ledger_unread() {
    if (is_ledger_begun_) {
        return;
    }
    is_ledger_begun_ = true;
    std::uint64_t held = 0;
    for (const auto& node : nodes_) {
        held += node->journal ? node->source->delivery().roots().stream.held : 0;
    }
    ledger_.begin_with(held);
}

/// What an outbox holds that still is there, it buries itself.
void Pipeline::bury(const spool::Loaded& loaded, const std::stop_token& stop) {
    const auto has_outbox = [&](const spool::StreamState& stream) {
        return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
            return node->outbox && node->outbox->stream_id() == stream.id;
        });
    };
    for (const spool::StreamState& stream : loaded.streams) {
        if (stream.held != 0 && is_given_up(surroundings_.to_dead_letters, stream.name) &&
            !has_outbox(stream)) {
            undertakers_.push_back(std::make_unique<delivery::Undertaker>(
                stream,
                delivery::Undertaker::Services{
                    surroundings_.storage->spool(), codec_, surroundings_.dead_letters, ledger_}));
            if (const Result<void> buried = undertakers_.back()->bury(stop); !buried.ok()) {
                surroundings_.log.error(
                    "storage_unreadable",
                    {{"pipeline", spec_.name}, {"reason", buried.error().message}});
            }
        }
    }
}

bool Pipeline::has_caught_up() const {
    return is_read_back_begun_.load() &&
           std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
               return !node->journal || node->journal->has_caught_up();
           });
}

bool Pipeline::outboxes_are_done() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
        return !node->outbox || node->outbox->is_done();
    });
}

/// Nobody is told of what becomes durable any more; what has not gone on stays in the storage.
void Pipeline::stop_reading_back() {
    if (surroundings_.storage == nullptr) {
        return;
    }
    surroundings_.storage->end_loading();
    begin_ledger_unread();
    for (const auto& node : nodes_) {
        if (node->journal) {
            node->journal->stop();
            surroundings_.storage->forget(node->source->delivery().roots().stream.id);
        }
        if (node->outbox) {
            node->outbox->stop();
            surroundings_.storage->forget(node->outbox->stream_id());
        }
    }
}

void Pipeline::publish_storage() {
    if (surroundings_.storage == nullptr) {
        return;
    }
    const spool::Spool& spool = surroundings_.storage->spool();
    const metrics::Labels labels{{"pipeline", spec_.name}};
    const auto gauge = [&](const char* name, const char* help, auto value) {
        surroundings_.metrics.gauge(
            name,
            labels,
            help,
            [&spool, value] { return static_cast<double>(value(spool.health())); },
            this);
    };
    using Health = spool::SpoolHealth;
    gauge("aorta_spool_bytes", "Bytes of the spool's segments.", [](const Health& health) {
        return health.bytes;
    });
    gauge("aorta_spool_waiting_records",
          "Records that wait to become durable.",
          [](const Health& health) { return health.waiting; });
    gauge("aorta_spool_healthy",
          "1 while records become durable, 0 when the spool is full or cannot be written.",
          [](const Health& health) { return health.trouble.empty() ? 1 : 0; });
    const auto counted = [&](const char* name, const char* help, auto member) {
        surroundings_.metrics.counter_of(
            name,
            labels,
            help,
            [&spool, member] { return static_cast<double>(spool.health().*member); },
            this);
    };
    counted("aorta_spool_syncs_total", "Syncs of the spool.", &Health::syncs);
    counted(
        "aorta_spool_failed_syncs_total", "Writes and syncs that failed.", &Health::failed_syncs);
    for (const auto& node : nodes_) {
        if (node->outbox) {
            surroundings_.metrics.gauge(
                "aorta_outbox_records",
                {{"pipeline", spec_.name}, {"node", node->outbox->name()}},
                "Records in the outbox that the sink has not finished.",
                [outbox = node->outbox.get()] { return static_cast<double>(outbox->held()); },
                this);
        }
    }
}

}  // namespace aorta::runtime
