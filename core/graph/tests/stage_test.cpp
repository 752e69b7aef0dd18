// A stage with scripted plugins: what their verdicts turn into.
#include "graph/stage.hpp"

#include "graph/tests/stage_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::graph {
namespace {

using message::Batch;
using testing::ElementsAre;
using testing::IsEmpty;

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
        test::StageRig rig;
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

TEST(Stage, KeepsReasonsToThoseThatThePluginDeclares) {
    test::StageRig rig;
    rig.stage->declare(host::Reasons{{{.id = "f.no"}, {.id = "f.late"}}});
    rig.script.on_process = [](const aorta_batch& batch) -> Result<void> {
        const aorta_out* out = batch.out;
        out->drop(out, 0, test::str("f.no"), {});
        out->drop(out, 1, test::str("no Jane Roe here"), {});
        out->reject(out, 2, test::str("Roe^Jane"), test::str("PID-5"));
        out->fail(out, 3, AORTA_TIMEOUT, test::str("plugin.exception"), {});
        out->resolve(out, out->absorb(out, 4), AORTA_FAIL, AORTA_TIMEOUT, test::str("Roe"), {});
        return {};
    };
    EXPECT_THAT(rig.run({"a", "b", "c", "d", "e"}), IsEmpty());
    const char* fates[] = {"filtered f.no",
                           "filtered plugin.undeclared_reason",
                           "dead_lettered plugin.undeclared_reason",
                           "dead_lettered plugin.exception",
                           "dead_lettered plugin.undeclared_reason"};
    for (std::size_t i = 0; i < std::size(fates); ++i) {
        EXPECT_EQ(rig.sender.fate(i), fates[i]);
    }
}

TEST(Stage, AnExceptionFailsWhatHasNoVerdictYet) {
    test::StageRig rig;
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
        pipeline::OnError action;
        bool keeps;
        std::string fate;
        std::size_t letters;
        std::size_t stops;
    };

    const Case cases[] = {
        {pipeline::OnError::Default, false, "dead_lettered x.y", 1, 0},
        {pipeline::OnError::DeadLetter, false, "dead_lettered x.y", 1, 0},
        {pipeline::OnError::Drop, false, "filtered x.y", 0, 0},
        {pipeline::OnError::Stop, false, "failed x.y", 0, 1},
        {pipeline::OnError::Default, true, "failed x.y", 0, 0},
        {pipeline::OnError::Drop, true, "filtered x.y", 0, 0},
    };
    for (const Case& one : cases) {
        test::StageRig rig{{.node = 0, .ports = 1, .on_error = one.action}, one.keeps};
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

TEST(Stage, RejectionsLeaveByTheRejectedPortAndKeepTheirFate) {
    test::StageRig rig;
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
    test::StageRig rig;
    StageSettings settings{.node = 0, .ports = 1};
    settings.after_of = {&rig.sender};
    settings.invalid_for = {&rig.sender};
    Stage stage{settings, {rig.router, rig.probe, rig.context, {}}};
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
