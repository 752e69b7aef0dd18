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
    }
    find_places();
    find_past_needs();
}

std::optional<graph::PastNeed> Pipeline::Builder::no_past() const {
    return kept_.empty() ? std::nullopt : std::optional(graph::PastNeed{});
}

std::optional<graph::PastNeed> Pipeline::Builder::past_need(std::uint32_t node) const {
    const auto found = past_needs_.find(node);
    return found == past_needs_.end() ? no_past() : found->second;
}

/// A state that is stored goes on. One that is not (the node is new, or its state was discarded)
/// begins with what the sources take from now on: what came of older records has left already, so
/// that an alert which they raised would never be told.
void Pipeline::Builder::find_places() {
    const state::Places stored = state::read_places(pipeline_.surroundings_.storage->spool());
    for (const std::uint32_t index : kept_) {
        const auto found = std::ranges::find(stored, spec(index).name, &state::Place::node);
        places_.push_back(found == stored.end() ? begin_place(state_place(index)) : *found);
    }
}

state::Place Pipeline::Builder::begin_place(state::Place place) const {
    place.stored_as.clear();
    for (const auto& node : pipeline_.nodes_) {
        if (node->journal) {
            const spool::StreamState& journal = node->source->delivery().roots().stream;
            place.begins.push_back({journal.id, journal.next});
        }
    }
    return place;
}

void Pipeline::Builder::find_past_needs() {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
        const auto way = graph::ancestors(pipeline_.spec_, kept_[i]);
        for (const std::uint32_t node : way) {
            graph::PastNeed& need = past_needs_[node];
            for (const auto& source : pipeline_.nodes_) {
                if (!source->journal || !contains(way, source->index)) {
                    continue;
                }
                const spool::StreamId stream = source->source->delivery().roots().stream.id;
                const auto begin =
                    std::ranges::find(places_[i].begins, stream, &state::Cut::stream);
                const std::uint64_t from = begin == places_[i].begins.end() ? 0 : begin->next;
                const auto [at, is_new] = need.emplace(stream, from);
                at->second = std::min(at->second, from);
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
void Pipeline::Builder::check_states(const state::Places& stored_places) {
    for (const state::Place& stored : stored_places) {
        const auto kept = std::ranges::find(
            kept_, stored.node, [&](std::uint32_t index) { return spec(index).name; });
        const pipeline::NodeSpec* node = pipeline_.spec_.find(stored.node);
        std::string reason;
        if (kept != kept_.end()) {
            reason = state::why_not(stored, state_place(*kept));
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
    spool::Spool& spool = around.storage->spool();
    const state::Places stored = state::read_places(spool);
    check_states(stored);
    if (diagnostics_.has_errors()) {
        return Error{ErrorCode::InvalidConfig, "the storage holds state without a place"};
    }
    for (const state::Place& place : stored) {
        if (std::ranges::find(places_, place.node, &state::Place::node) == places_.end()) {
            // It will lack what comes meanwhile.
            around.log.warn("state_forgotten",
                            {{"pipeline", pipeline_.spec_.name}, {"node", place.node}});
        }
    }
    state::write_places(spool, places_);
    if (kept_.empty()) {
        return {};
    }
    StateKeeper::Parts parts;
    for (const std::uint32_t index : kept_) {
        parts.places.push_back(state_place(index));
    }
    for (const auto& node : pipeline_.nodes_) {
        if (node->journal && past_needs_.contains(node->index)) {
            node->journal->feeds_state();
            node->source->delivery().count_unsettled();
            // All of it until the snapshot is read, which says from where on.
            spool.keep(node->source->delivery().roots().stream.id, 0);
            parts.sources.push_back({node->journal.get(), &node->source->delivery()});
        }
    }
    for (const StagePlace& stage : stages_) {
        const std::uint32_t index = stage.node->index;
        stage.node->stage->needs_past(*past_need(index));
        if (past_needs_.contains(index) &&
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
        StateKeeper::Services{spool,
                              around.log,
                              pipeline_.spec_.name,
                              pipeline_.spec_.storage.snapshot_interval,
                              static_cast<std::uint64_t>(pipeline_.spec_.storage.max_bytes)},
        std::move(parts));
    return {};
}

}  // namespace aorta::runtime
