// The part of the builder that finds out whose state is kept, and over which way it comes.
#include "base/crypto.hpp"
#include "runtime/build.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aorta::runtime {
namespace {

bool contains(const std::vector<std::uint32_t>& all, std::uint32_t one) {
    return std::ranges::find(all, one) != all.end();
}

}  // namespace

/// Why the state of a node lives in memory only; empty: it is kept.
std::string Pipeline::Builder::why_not_kept(std::uint32_t index) const {
    const auto way = graph::ancestors(pipeline_.spec_, index);
    for (const std::uint32_t node : way) {
        if (!pipeline_.spec_.is_here(spec(node))) {
            return fmt::format("its records come over a link from `{}`", spec(node).worker);
        }
    }
    for (const std::uint32_t source : pipeline_.plan_.sources) {
        if (contains(way, source) && spec(source).ack.level != pipeline::AckLevel::Durable) {
            return fmt::format("the source `{}` has no journal", spec(source).name);
        }
    }
    if (spec(index).descriptor.concurrency == config::Concurrency::Keyed &&
        pipeline_.spec_.key.empty()) {
        return "the pipeline has no `key`: the keys differ at the next start";
    }
    return {};
}

bool Pipeline::Builder::keeps_states() const {
    return pipeline_.surroundings_.storage != nullptr &&
           pipeline_.spec_.storage.snapshot_interval.count() != 0;
}

void Pipeline::Builder::choose_kept() {
    if (!keeps_states()) {
        return;
    }
    for (const StagePlace& place : stages_) {
        if (place.lane != 0 || !place.node->instance->state_version()) {
            continue;
        }
        const std::uint32_t index = place.node->index;
        if (const std::string reason = why_not_kept(index); !reason.empty()) {
            pipeline_.surroundings_.log.warn("state_not_kept",
                                             {{"pipeline", pipeline_.spec_.name},
                                              {"node", spec(index).name},
                                              {"reason", reason}});
            continue;
        }
        kept_.push_back(index);
        for (const std::uint32_t node : graph::ancestors(pipeline_.spec_, index)) {
            if (!contains(leads_to_kept_, node)) {
                leads_to_kept_.push_back(node);
            }
        }
    }
}

state::Place Pipeline::Builder::state_place(std::uint32_t index) const {
    state::Place place;
    place.node = spec(index).name;
    place.stored_as = place.node;
    place.plugin = spec(index).descriptor.id;
    place.lanes = 0;
    for (const StagePlace& stage : stages_) {
        if (stage.node->index == index) {
            place.version = *stage.node->instance->state_version();
            ++place.lanes;
        }
    }
    if (spec(index).descriptor.concurrency == config::Concurrency::Keyed) {
        place.keys = fmt::format(
            "{:016x}", base::KeyedHash{pipeline_.spec_.key.reveal()}("aorta state key check"));
    }
    return place;
}

/// A state that nobody can take up is an error: the operator says what becomes of it.
void Pipeline::Builder::check_states(const state::Places& present) {
    for (const state::Place& stored :
         state::read_places(pipeline_.surroundings_.storage->spool())) {
        const auto place = std::ranges::find(present, stored.node, &state::Place::node);
        const pipeline::NodeSpec* node = pipeline_.spec_.find(stored.node);
        std::string reason;
        if (place != present.end()) {
            reason = state::why_not(stored, *place);
        } else if (node == nullptr) {
            reason = "there is no such node any more";
        } else if (node->descriptor.id != stored.plugin) {
            reason = fmt::format(
                "it was `{}` then, and is `{}` now", stored.plugin, node->descriptor.id);
        }
        if (!reason.empty()) {
            diagnostics_.error(
                node == nullptr ? config::Position{.file = pipeline_.spec_.file.string()}
                                : node->at,
                fmt::format("the storage holds the state of `{}`, and {}", stored.node, reason),
                fmt::format("run with --adopt {0}=NEW to give it to another node, or with "
                            "--discard-state {0}: what it knew (alerts that were raised, what was "
                            "seen) is then forgotten",
                            stored.node));
        }
    }
}

Result<void> Pipeline::Builder::add_state() {
    const Surroundings& around = pipeline_.surroundings_;
    if (around.storage == nullptr) {
        return {};
    }
    StateKeeper::Parts parts;
    for (const std::uint32_t index : kept_) {
        parts.places.push_back(state_place(index));
    }
    check_states(parts.places);
    if (diagnostics_.has_errors()) {
        return Error{ErrorCode::InvalidConfig, "the storage holds state without a place"};
    }
    if (kept_.empty()) {
        return {};
    }
    for (const auto& node : pipeline_.nodes_) {
        if (node->journal && contains(leads_to_kept_, node->index)) {
            node->journal->feeds_state();
            node->source->delivery().count_unsettled();
            // All of it until the snapshot is read, which says from where on.
            around.storage->spool().keep(node->source->delivery().roots().stream.id, 0);
            parts.sources.push_back({node->journal.get(), &node->source->delivery()});
        }
    }
    for (const StagePlace& stage : stages_) {
        const std::uint32_t index = stage.node->index;
        if (contains(leads_to_kept_, index) &&
            (parts.lanes.empty() || parts.lanes.back() != stage.at)) {
            parts.lanes.push_back(stage.at);
        }
        if (contains(kept_, index)) {
            stage.node->stage->keep_state();
            parts.kept.push_back({spec(index).name,
                                  stage.lane,
                                  *stage.node->instance->state_version(),
                                  stage.node->stage.get(),
                                  stage.at});
        }
    }
    pipeline_.state_ = std::make_unique<StateKeeper>(
        StateKeeper::Services{around.storage->spool(),
                              around.log,
                              pipeline_.spec_.name,
                              pipeline_.spec_.storage.snapshot_interval,
                              static_cast<std::uint64_t>(pipeline_.spec_.storage.max_bytes)},
        std::move(parts));
    return {};
}

}  // namespace aorta::runtime
