// One stage with a scripted plugin, between what goes in and what comes out.
#pragma once

#include "graph/stage.hpp"
#include "graph/tests/rig.hpp"

namespace aorta::graph::test {

/// One stage, node 0 of the router, with lanes behind its ports 1 and `rejected` as asked for.
struct StageRig : Rig {
    explicit StageRig(StageSettings given = {.node = 0, .ports = 2}, bool keeps_failures = false)
        : sender(keeps_failures), settings(std::move(given)) {
        router.name(0, "stage");
        router.connect(0, 1, {{&side}, true});
        stage = std::make_unique<Stage>(
            settings, Stage::Services{router, probe, context, [this](base::Nanoseconds at) {
                                          alarms.push_back(at);
                                      }});
        stage->attach(script);
    }

    message::RecordPtr record(std::string_view bytes, std::uint64_t sequence) {
        message::RecordPtr made = make_record(bytes, &budget);
        made->share = message::Share{new message::Receipt(sender, sequence, sequence)};
        made->id[0] = sequence + 1;
        return made;
    }

    message::Batch records(std::initializer_list<const char*> texts) {
        message::Batch batch;
        for (const char* text : texts) {
            batch.push_back(record(text, batch.size()));
        }
        return batch;
    }

    /// What leaves by port 0.
    std::vector<std::string> run(std::initializer_list<const char*> texts) {
        message::Batch batch = records(texts);
        std::vector<aorta_record*> pointers;
        stage->run(batch, pointers, runner);
        runner.run();
        return take(batch);
    }

    std::vector<std::string> take(message::Batch& batch) {
        std::vector<std::string> out;
        for (message::RecordPtr& record : batch) {
            out.emplace_back(record->bytes());
            left.push_back(std::move(record));
        }
        batch.clear();
        return out;
    }

    void deliver_all() {
        for (const message::RecordPtr& record : left) {
            record->settle(message::Fate::delivered(9));
        }
        left.clear();
        side.settle_all();
    }

    Sender sender;
    StageSettings settings;
    NodeProbe probe{metrics, "test", "stage"};
    CatchLane side{runner, active};
    Script script;
    std::unique_ptr<Stage> stage;
    std::vector<base::Nanoseconds> alarms;
    message::Batch left;
};

inline aorta_draft draft_of(host::NodeContext& context, std::string_view text) {
    context.budget.charge(message::block_bytes(text.size()));
    message::BufferBlock* block = message::new_buffer(text.size(), &context.budget);
    std::memcpy(block->data, text.data(), text.size());
    block->length = text.size();
    aorta_draft draft{};
    draft.size = sizeof draft;
    draft.payload = block;
    return draft;
}

}  // namespace aorta::graph::test
