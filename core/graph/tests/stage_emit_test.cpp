// A stage with scripted plugins: the children that they emit.
#include "graph/tests/stage_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace aorta::graph {
namespace {

using message::Batch;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Stage, EmitsChildrenBeforeTheRecordThatTheyComeFrom) {
    test::StageRig rig;
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        const auto emit = [&](std::uint32_t of, std::uint32_t port, std::string_view text) {
            const aorta_draft draft = test::draft_of(rig.context, text);
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
    test::StageRig rig;
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
        test::StageRig rig;
        rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
            const aorta_draft draft = test::draft_of(rig.context, "child");
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
    test::StageRig rig;
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
    test::StageRig rig;
    rig.script.on_process = [&](const aorta_batch& batch) -> Result<void> {
        aorta_record* held = batch.out->absorb(batch.out, 0);
        batch.out->resolve(batch.out, held, AORTA_DROP, 0, test::str("f.no"), {});
        const aorta_draft draft = test::draft_of(rig.context, "child");
        batch.out->emit(batch.out, 0, 0, &draft);
        batch.out->resolve(batch.out, held, AORTA_DROP, 0, test::str("f.no"), {});
        EXPECT_EQ(batch.out->absorb(batch.out, 0), nullptr);
        return {};
    };
    EXPECT_THAT(rig.run({"a"}), IsEmpty());
    EXPECT_EQ(rig.sender.fate(0), "filtered f.no");
    EXPECT_EQ(rig.budget.used(), 0U);
}

}  // namespace
}  // namespace aorta::graph
