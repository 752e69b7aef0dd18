// The part of the builder that lets dead letters in again.
#include "runtime/build.hpp"

namespace aorta::runtime {
namespace {

template <class Lane>
Lane& lane_for(const std::vector<Lane*>& lanes, const message::Record& record) {
    const std::uint64_t key = record.key != 0 ? record.key : record.connection;
    return *lanes[key % lanes.size()];
}

}  // namespace

delivery::Roots Pipeline::Builder::roots_of_letters() const {
    delivery::Storage* storage = pipeline_.surroundings_.storage;
    if (storage == nullptr) {
        return {};
    }
    return {&storage->spool(),
            storage->spool().stream(spool::StreamKind::Passing, "dead_letters", 0)};
}

void Pipeline::Builder::add_replay() {
    const Surroundings& around = pipeline_.surroundings_;
    ++pipeline_.unfinished_;
    pipeline_.replay_ = std::make_unique<LetterReplay>(
        around.letters_file,
        around.letters_keys,
        LetterReplay::Services{pipeline_.spec_.name,
                               around.clock,
                               around.log,
                               around.names,
                               pipeline_.budget_,
                               pipeline_.ledger_,
                               roots_of_letters(),
                               [this_pipeline = &pipeline_](std::uint32_t node) {
                                   return this_pipeline->spec_.nodes[node].name;
                               },
                               [this_pipeline = &pipeline_] {
                                   {
                                       const std::scoped_lock lock(this_pipeline->mutex_);
                                       --this_pipeline->unfinished_;
                                   }
                                   this_pipeline->changed_.notify_all();
                               }});
}

void Pipeline::Builder::add_entrances() {
    Entrances& entrances = pipeline_.entrances_;
    graph::Runner& runner = pipeline_.surroundings_.runner;
    for (const std::uint32_t index : pipeline_.plan_.sources) {
        entrances[spec(index).name] =
            [&router = pipeline_.router_, &runner, index](message::RecordPtr record) {
                message::Batch one;
                one.push_back(std::move(record));
                router.deliver(index, 0, one, runner);
            };
    }
    for (const graph::PlanEdge& edge : pipeline_.plan_.outgoing) {
        entrances[graph::edge_name(pipeline_.spec_, edge)] = [lane = link_lanes_.at(edge.number),
                                                              &runner](message::RecordPtr record) {
            lane->offer(std::move(record), runner);
        };
    }
    for (const std::uint32_t index : pipeline_.plan_.sinks) {
        entrances[spec(index).name] = [lanes = lanes_.at(index),
                                       &runner](message::RecordPtr record) {
            graph::Lane& lane = lane_for(lanes, *record);
            lane.offer(std::move(record), runner);
        };
    }
    for (const graph::PlanSegment& segment : pipeline_.plan_.segments) {
        std::vector<graph::SegmentLane*> lanes;
        for (graph::Lane* lane : lanes_.at(segment.nodes.front())) {
            lanes.push_back(static_cast<graph::SegmentLane*>(lane));
        }
        for (std::size_t stage = 0; stage < segment.nodes.size(); ++stage) {
            entrances[spec(segment.nodes[stage]).name] = [lanes, stage](message::RecordPtr record) {
                graph::SegmentLane& lane = lane_for(lanes, *record);
                lane.enter(stage, std::move(record));
            };
        }
    }
}

}  // namespace aorta::runtime
