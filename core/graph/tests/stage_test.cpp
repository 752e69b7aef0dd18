// A stage with scripted plugins: what their verdicts turn into.
#include "graph/stage.hpp"

#include "graph/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

using message::Batch;
using testing::ElementsAre;
using testing::IsEmpty;

/// One stage, node 0 of the router, with lanes behind its ports 1 and `rejected` as asked for.
struct StageRig : test::Rig {
    explicit StageRig(StageSettings given = {.node = 0, .ports = 2}, bool keeps_failures = false)
        : sender(keeps_failures), settings(std::move(given)) {
        router.name(0, "stage");
        router.connect(0, 1, {{&side}, true});
        stage = std::make_unique<Stage>(
            settings,
            Stage::Services{router,
                            probe,
                            context,
                            [this](base::Nanoseconds at) { alarms.push_back(at); },
                            [this](const std::string& why) { stops.push_back(why); }});
        stage->attach(script);
    }

    message::RecordPtr record(std::string_view bytes, std::uint64_t sequence) {
        message::RecordPtr made = test::make_record(bytes, &budget);
        made->share = message::Share{new message::Receipt(sender, sequence, sequence)};
        made->id[0] = sequence + 1;
        return made;
    }

    Batch records(std::initializer_list<const char*> texts) {
        Batch batch;
        for (const char* text : texts) {
            batch.push_back(record(text, batch.size()));
        }
        return batch;
    }

    /// What leaves by port 0.
    std::vector<std::string> run(std::initializer_list<const char*> texts) {
        Batch batch = records(texts);
        std::vector<aorta_record*> pointers;
        stage->run(batch, pointers, runner);
        runner.run();
        return take(batch);
    }

    std::vector<std::string> take(Batch& batch) {
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

    test::Sender sender;
    StageSettings settings;
    NodeProbe probe{metrics, "test", "stage"};
    test::CatchLane side{runner, active};
    test::Script script;
    std::unique_ptr<Stage> stage;
    std::vector<base::Nanoseconds> alarms;
    Batch left;
};

aorta_draft draft_of(host::NodeContext& context, std::string_view text) {
    context.budget.charge(message::block_bytes(text.size()));
    message::BufferBlock* block = message::new_buffer(text.size(), &context.budget);
    std::memcpy(block->data, text.data(), text.size());
    block->length = text.size();
    aorta_draft draft{};
    draft.size = sizeof draft;
    draft.payload = block;
    return draft;
}

using Say = std::function<void(const aorta_out*, std::uint8_t* verdicts)>;

TEST(Stage, TurnsEachVerdictIntoItsFate) {
    struct Case {
        const char* what;
        Say say;  // of record 0, between two that pass
        std::string fate;
        std::string letter;
        std::vector<std::string> out;
        std::vector<std::string> side;
    };

    const std::vector<std::string> others{"first", "last"};
    const Case cases[] = {
        {"pass",
         [](auto*, auto* verdicts) { verdicts[1] = AORTA_PASS; },
         "delivered",
         "",
         {"first", "mid", "last"},
         {}},
        {"pass by a port",
         [](auto* out, auto*) { out->pass(out, 1, 1); },
         "delivered",
         "",
         others,
         {"mid"}},
        {"pass by a port that is not declared",
         [](auto* out, auto*) { out->pass(out, 1, 2); },
         "dead_lettered plugin.bad_port",
         "stage internal plugin.bad_port  mid",
         others,
         {}},
        {"drop",
         [](auto* out, auto*) { out->drop(out, 1, test::str("f.no"), test::str("PID-3")); },
         "filtered f.no",
         "",
         others,
         {}},
        {"drop without a reason",
         [](auto*, auto* verdicts) { verdicts[1] = AORTA_DROP; },
         "filtered",
         "",
         others,
         {}},
        {"reject",
         [](auto* out, auto*) { out->reject(out, 1, test::str("r.bad"), test::str("PID-3")); },
         "dead_lettered r.bad",
         "stage invalid_data r.bad PID-3 mid",
         others,
         {}},
        {"fail",
         [](auto* out, auto*) {
             out->fail(out, 1, AORTA_TIMEOUT, test::str("f.late"), test::str("byte 7"));
         },
         "dead_lettered f.late",
         "stage timeout f.late byte 7 mid",
         others,
         {}},
        {"fail with a code that does not exist",
         [](auto* out, auto*) { out->fail(out, 1, 77, test::str("f.odd"), {}); },
         "dead_lettered f.odd",
         "stage internal f.odd  mid",
         others,
         {}},
        {"nothing",
         [](auto*, auto*) {},
         "dead_lettered plugin.no_verdict",
         "stage internal plugin.no_verdict  mid",
         others,
         {}},
        {"a verdict that does not exist",
         [](auto*, auto* verdicts) { verdicts[1] = 77; },
         "dead_lettered plugin.bad_verdict",
         "stage internal plugin.bad_verdict  mid",
         others,
         {}},
        {"emitted without children",
         [](auto*, auto* verdicts) { verdicts[1] = AORTA_EMITTED; },
         "dead_lettered plugin.no_verdict",
         "stage internal plugin.no_verdict  mid",
         others,
         {}},
        {"two verdicts: the last holds",
         [](auto* out, auto* verdicts) {
             out->drop(out, 1, test::str("f.no"), {});
             verdicts[1] = AORTA_PASS;
         },
         "delivered",
         "",
         {"first", "mid", "last"},
         {}},
        {"absorbed and then passed",
         [](auto* out, auto* verdicts) {
             out->absorb(out, 1);
             verdicts[1] = AORTA_PASS;
         },
         "dead_lettered plugin.bad_verdict",
         "stage internal plugin.bad_verdict  mid",
         others,
         {}},
        {"absorbed and resolved at once",
         [](auto* out, auto*) {
             out->resolve(out, out->absorb(out, 1), AORTA_DROP, 0, test::str("f.seen"), {});
         },
         "filtered f.seen",
         "",
         others,
         {}},
        {"absorbed and passed on at once: before the record in process",
         [](auto* out, auto*) { out->resolve(out, out->absorb(out, 1), AORTA_PASS, 0, {}, {}); },
         "delivered",
         "",
         {"first", "mid", "last"},
         {}},
        {"resolved by a port that is not declared",
         [](auto* out, auto*) { out->resolve(out, out->absorb(out, 1), AORTA_PASS, 2, {}, {}); },
         "dead_lettered plugin.bad_port",
         "stage internal plugin.bad_port  mid",
         others,
         {}},
        {"resolved as failed",
         [](auto* out, auto*) {
             out->resolve(
                 out, out->absorb(out, 1), AORTA_FAIL, AORTA_UNAVAILABLE, test::str("x.y"), {});
         },
         "dead_lettered x.y",
         "stage unavailable x.y  mid",
         others,
         {}},
    };
    for (const Case& one : cases) {
        StageRig rig;
        rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
            batch.verdicts[0] = AORTA_PASS;
            one.say(batch.out, batch.verdicts);
            batch.verdicts[2] = AORTA_PASS;
            return {};
        };
        EXPECT_EQ(rig.run({"first", "mid", "last"}), one.out) << one.what;
        EXPECT_EQ(rig.side.texts(), one.side) << one.what;
        rig.deliver_all();
        EXPECT_EQ(rig.sender.fate(0), "delivered") << one.what;
        EXPECT_EQ(rig.sender.fate(1), one.fate) << one.what;
        EXPECT_EQ(rig.sender.fate(2), "delivered") << one.what;
        const std::vector<std::string> letters =
            one.letter.empty() ? std::vector<std::string>{} : std::vector{one.letter};
        EXPECT_EQ(rig.letters.texts(), letters) << one.what;
        EXPECT_EQ(rig.budget.used(), 0U) << one.what;
    }
}

TEST(Stage, AnExceptionFailsWhatHasNoVerdictYet) {
    StageRig rig;
    rig.script.on_process = [](const aorta_batch& batch) -> Result<void> {
        batch.verdicts[0] = AORTA_PASS;
        return Error{ErrorCode::Internal, "threw"};
    };
    EXPECT_THAT(rig.run({"a", "b", "c"}), ElementsAre("a"));
    EXPECT_THAT(
        rig.letters.texts(),
        ElementsAre("stage internal plugin.exception  b", "stage internal plugin.exception  c"));
    EXPECT_TRUE(rig.log.has("plugin_misbehaved"));
    rig.deliver_all();
}

TEST(Stage, FailuresBecomeWhatOnErrorAndTheSenderWant) {
    struct Case {
        FailureAction action;
        bool keeps;
        std::string fate;
        std::size_t letters;
        std::size_t stops;
    };

    const Case cases[] = {
        {FailureAction::Default, false, "dead_lettered x.y", 1, 0},
        {FailureAction::DeadLetter, false, "dead_lettered x.y", 1, 0},
        {FailureAction::Drop, false, "filtered x.y", 0, 0},
        {FailureAction::Stop, false, "failed x.y", 0, 1},
        {FailureAction::Default, true, "failed x.y", 0, 0},
        {FailureAction::Drop, true, "filtered x.y", 0, 0},
    };
    for (const Case& one : cases) {
        StageRig rig{{.node = 0, .ports = 1, .on_error = one.action}, one.keeps};
        rig.script.on_process = [](const aorta_batch& batch) -> Result<void> {
            batch.out->fail(batch.out, 0, AORTA_UNAVAILABLE, test::str("x.y"), {});
            return {};
        };
        EXPECT_THAT(rig.run({"a"}), IsEmpty());
        EXPECT_EQ(rig.sender.fate(0), one.fate);
        EXPECT_EQ(rig.letters.texts().size(), one.letters);
        EXPECT_EQ(rig.stops.size(), one.stops);
    }
}

TEST(Stage, EmitsChildrenBeforeTheRecordThatTheyComeFrom) {
    StageRig rig;
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        const auto emit = [&](std::uint32_t of, std::uint32_t port, std::string_view text) {
            const aorta_draft draft = draft_of(rig.context, text);
            batch.out->emit(batch.out, of, port, &draft);
        };
        emit(1, 0, "b1");  // not in the order of the batch
        emit(0, 0, "a1");
        emit(0, 1, "a-side");
        batch.verdicts[0] = AORTA_PASS;
        emit(1, 0, "b2");
        batch.verdicts[1] = AORTA_EMITTED;
        batch.verdicts[2] = AORTA_PASS;
        return {};
    };
    EXPECT_THAT(rig.run({"a", "b", "c"}), ElementsAre("a1", "a", "b1", "b2", "c"));
    EXPECT_THAT(rig.side.texts(), ElementsAre("a-side"));
    std::set<std::uint64_t> ids;
    for (const message::RecordPtr& record : rig.left) {
        ids.insert(record->id[0]);
    }
    EXPECT_EQ(ids.size(), 5U);
    EXPECT_EQ(rig.sender.fate(1), "held") << "its children speak for it";
    rig.deliver_all();
    EXPECT_EQ(rig.sender.fate(0), "delivered");
    EXPECT_EQ(rig.sender.fate(1), "delivered");
    EXPECT_EQ(rig.probe.emitted.value(), 4U);
    EXPECT_EQ(rig.probe.passed.value(), 2U);
}

TEST(Stage, AChildInheritsWhatItsDraftLeavesOpen) {
    StageRig rig;
    const std::uint32_t peer = rig.names.intern("peer");
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        const aorta_draft draft{.size = sizeof(aorta_draft)};
        batch.out->emit(batch.out, 0, 0, &draft);
        batch.verdicts[0] = AORTA_EMITTED;
        return {};
    };
    Batch batch = rig.records({"a"});
    batch[0]->key = 7;
    batch[0]->connection = 3;
    batch[0]->content_type = 5;
    batch[0]->set_attribute(peer, "1.2.3.4:5");
    batch[0]->rejection = std::make_unique<message::Rejection>(
        message::Rejection{ErrorCode::InvalidData, "r.bad", "", 0});
    std::vector<aorta_record*> pointers;
    rig.stage->run(batch, pointers, rig.runner);
    ASSERT_EQ(batch.size(), 1U);
    const message::Record& child = *batch[0];
    EXPECT_EQ(child.bytes(), "a");
    EXPECT_EQ(child.key, 7U);
    EXPECT_EQ(child.connection, 3U);
    EXPECT_EQ(child.content_type, 5U);
    EXPECT_EQ(child.attribute(peer), "1.2.3.4:5");
    rig.take(batch);
    rig.deliver_all();
    EXPECT_EQ(rig.sender.fate(0), "dead_lettered r.bad") << "a rejection sticks to children, too";
}

TEST(Stage, BadChildrenFailTheirParent) {
    struct Case {
        const char* what;
        std::uint32_t index;
        std::uint32_t port;
        std::string fate;
    };

    const Case cases[] = {
        {"a port that is not declared", 0, 2, "failed plugin.bad_port"},
        {"no such record", 7, 0, "delivered"},
    };
    for (const Case& one : cases) {
        StageRig rig;
        rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
            const aorta_draft draft = draft_of(rig.context, "child");
            batch.out->emit(batch.out, one.index, one.port, &draft);
            batch.verdicts[0] = AORTA_PASS;
            return {};
        };
        EXPECT_THAT(rig.run({"a"}), ElementsAre("a")) << one.what;
        rig.deliver_all();
        EXPECT_EQ(rig.sender.fate(0), one.fate) << one.what;
        EXPECT_TRUE(rig.log.has("plugin_misbehaved")) << one.what;
        EXPECT_EQ(rig.budget.used(), 0U) << one.what;
    }
}

TEST(Stage, AFloodOfChildrenFailsItsRecord) {
    StageRig rig;
    rig.script.on_process = [](const aorta_batch& batch) -> Result<void> {
        const aorta_draft draft{.size = sizeof(aorta_draft)};
        for (int i = 0; i < 100'010; ++i) {
            batch.out->emit(batch.out, 0, 1, &draft);
        }
        batch.verdicts[0] = AORTA_EMITTED;
        return {};
    };
    EXPECT_THAT(rig.run({"a"}), IsEmpty());
    EXPECT_EQ(rig.side.got.size(), 100'000U);
    rig.deliver_all();
    EXPECT_EQ(rig.sender.fate(0), "failed plugin.flood");
    EXPECT_TRUE(rig.log.has("more children than one call may emit"));
}

TEST(Stage, ARecordThatWasResolvedInTheCallIsGone) {
    StageRig rig;
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        aorta_record* held = batch.out->absorb(batch.out, 0);
        batch.out->resolve(batch.out, held, AORTA_DROP, 0, test::str("f.no"), {});
        const aorta_draft draft = draft_of(rig.context, "child");
        batch.out->emit(batch.out, 0, 0, &draft);
        batch.out->resolve(batch.out, held, AORTA_DROP, 0, test::str("f.no"), {});
        EXPECT_EQ(batch.out->absorb(batch.out, 0), nullptr);
        return {};
    };
    EXPECT_THAT(rig.run({"a"}), IsEmpty());
    EXPECT_EQ(rig.sender.fate(0), "filtered f.no");
    EXPECT_EQ(rig.budget.used(), 0U);
}

TEST(Stage, RejectionsLeaveByTheRejectedPortAndKeepTheirFate) {
    StageRig rig;
    test::CatchLane refused{rig.runner, rig.active};
    rig.router.connect(0, Router::kRejected, {{&refused}, true});
    rig.script.on_process = [](const aorta_batch& batch) -> Result<void> {
        batch.out->reject(batch.out, 0, test::str("r.bad"), test::str("PID-3"));
        return {};
    };
    EXPECT_THAT(rig.run({"a"}), IsEmpty());
    EXPECT_THAT(refused.texts(), ElementsAre("a"));
    refused.settle_all();
    EXPECT_EQ(rig.sender.fate(0), "dead_lettered r.bad");
    EXPECT_THAT(rig.letters.texts(), IsEmpty());
}

TEST(Stage, TellsTheSendersThatWaitForItsVerdict) {
    test::Sender other;
    StageRig rig;
    StageSettings settings{.node = 0, .ports = 1};
    settings.after_of = {&rig.sender};
    settings.invalid_for = {&rig.sender};
    Stage stage{settings, {rig.router, rig.probe, rig.context, {}, {}}};
    stage.attach(rig.script);
    for (const bool all_pass : {true, false}) {
        rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
            batch.verdicts[0] = AORTA_PASS;
            batch.verdicts[1] = AORTA_PASS;
            if (!all_pass) {
                batch.out->reject(batch.out, 1, test::str("r.bad"), {});
            }
            batch.verdicts[2] = AORTA_PASS;
            return {};
        };
        Batch batch = rig.records({"a", "b"});
        batch.push_back(test::make_record("c"));
        batch.back()->share = message::Share{new message::Receipt(other, 0, 0)};
        std::vector<aorta_record*> pointers;
        stage.run(batch, pointers, rig.runner);
        rig.take(batch);
        rig.deliver_all();
    }
    EXPECT_THAT(rig.sender.afters(), ElementsAre(0U, 1U, 0U));
    EXPECT_THAT(rig.sender.invalid(), ElementsAre(false, false, true, false));
    EXPECT_THAT(other.afters(), IsEmpty());
}

}  // namespace
}  // namespace aorta::graph
