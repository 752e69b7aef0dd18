#include "isolation/guest.hpp"
#include "isolation/tests/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace aorta::isolation {
namespace {

using namespace std::chrono_literals;
using test::IsolatedRig;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool has_filters() {
    const std::uint32_t action = SECCOMP_RET_ERRNO;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

class Isolation : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_filters()) {
            GTEST_SKIP() << "this kernel has no seccomp filters";
        }
    }
};

TEST_F(Isolation, RecordsPassInOrder) {
    IsolatedRig rig;
    ASSERT_TRUE(rig.opened.ok()) << rig.diagnostics.to_text();
    EXPECT_THAT(rig.run({"a", "b", "c"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(rig.run({"d"}), ElementsAre("d"));
    EXPECT_TRUE(rig.plugin->status().is_up);
    EXPECT_EQ(rig.plugin->status().restarts, 0U);
}

TEST_F(Isolation, WhatThePluginDoesIsDoneHere) {
    IsolatedRig rig;
    EXPECT_THAT(rig.run({"edit", "drop", "reject", "fail", "log"}), ElementsAre("log"));
    ASSERT_THAT(rig.side.texts(), ElementsAre("edited"));
    const message::Record& edited = *rig.side.got.front();
    EXPECT_EQ(rig.names.name(edited.content_type), "text");
    EXPECT_EQ(edited.attribute(rig.names.intern("colour")), "red");
    EXPECT_EQ(edited.event_time_ns, 7);
    EXPECT_EQ(edited.key, (*rig.context.key_hash)("MRN1"));
    EXPECT_EQ(rig.sender.fate(1), "filtered trouble.asked");
    EXPECT_THAT(rig.letters.texts(),
                ElementsAre("stage invalid_data trouble.asked byte 2 reject",
                            "stage denied trouble.asked  fail"));
    EXPECT_TRUE(rig.log.has("heard_of_it"));
    EXPECT_TRUE(rig.log.has("\"number\":42"));
    EXPECT_THAT(rig.metrics.text(),
                HasSubstr("aorta_node_seen_total{pipeline=\"test\",node=\"stage\"} 5"));
}

TEST_F(Isolation, ChildrenLeaveInTheirPlaces) {
    IsolatedRig rig;
    EXPECT_THAT(rig.run({"a", "twins", "b"}), ElementsAre("a", "one", "b"));
    ASSERT_THAT(rig.side.texts(), ElementsAre("twins"));
    EXPECT_EQ(rig.side.got.front()->attribute(rig.names.intern("colour")), "blue");
    rig.deliver_all();
    EXPECT_EQ(rig.sender.fate(1), "delivered");
}

TEST_F(Isolation, ConfinesThePlugin) {
    IsolatedRig rig;
    EXPECT_THAT(rig.run({"try network", "try exec", "try fork", "try write", "try kill"}),
                IsEmpty());
    for (std::uint64_t i = 0; i < 5; ++i) {
        EXPECT_EQ(rig.sender.fate(i), "filtered trouble.errno") << i;
    }
    EXPECT_THAT(rig.run({"try read"}), ElementsAre("try read"));
    EXPECT_EQ(rig.plugin->status().restarts, 0U);
}

TEST_F(Isolation, PermissionsOfTheDescriptorAreGiven) {
    Settings given = test::settings();
    given.permissions.has_network = true;
    IsolatedRig rig{given};
    EXPECT_THAT(rig.run({"try network", "try write"}), ElementsAre("try network"));
}

TEST_F(Isolation, TheRecordThatEndsTheProcessFails) {
    const std::pair<const char*, const char*> cases[] = {
        {"crash", "stage internal isolation.crashed  crash"},
        {"exit", "stage internal isolation.crashed  exit"},
        {"leak", "stage resource_exhausted isolation.out_of_memory  leak"},
        {"flood", "stage resource_exhausted isolation.flooded  flood"}};
    for (const auto& [word, letter] : cases) {
        Settings given = test::settings();
        given.attempts = 2;
        IsolatedRig rig{given};
        EXPECT_THAT(rig.run({"a", word, "b"}), ElementsAre("a", "b")) << word;
        EXPECT_THAT(rig.letters.texts(), ElementsAre(letter));
        EXPECT_EQ(rig.plugin->status().restarts, 3U) << word;
        EXPECT_THAT(rig.run({"c"}), ElementsAre("c")) << word;
    }
}

TEST_F(Isolation, AHungPluginIsEnded) {
    Settings given = test::settings();
    given.attempts = 1;
    given.deadline = 2s;
    IsolatedRig rig{given};
    EXPECT_THAT(rig.run({"hang"}), IsEmpty());
    EXPECT_THAT(rig.letters.texts(), ElementsAre("stage timeout isolation.hung  hang"));
    EXPECT_EQ(rig.plugin->status().reason, "hung");
    EXPECT_THAT(rig.metrics.text(),
                HasSubstr("aorta_isolation_restarts_total{pipeline=\"test\",node=\"stage\","
                          "reason=\"hung\"} 1"));
    EXPECT_THAT(rig.run({"a"}), ElementsAre("a"));
}

TEST_F(Isolation, HeldRecordsOutliveTheProcess) {
    Settings given = test::settings();
    given.attempts = 1;
    IsolatedRig rig{given};
    EXPECT_THAT(rig.run({"hold", "hold"}), IsEmpty());
    EXPECT_THAT(rig.run({"crash"}), IsEmpty());
    EXPECT_THAT(rig.letters.texts(), ElementsAre("stage internal isolation.crashed  crash"));
    EXPECT_THAT(rig.run({"a", "release", "b"}), ElementsAre("a", "hold", "hold", "release", "b"));
}

TEST_F(Isolation, DrainGivesBackWhatIsHeld) {
    IsolatedRig rig;
    EXPECT_THAT(rig.run({"hold", "hold"}), IsEmpty());
    EXPECT_THAT(rig.stop(), ElementsAre("hold", "hold"));
    EXPECT_FALSE(rig.plugin->status().is_up);
}

TEST_F(Isolation, TimersAreKeptHere) {
    IsolatedRig rig;
    EXPECT_THAT(rig.run({"wait"}), IsEmpty());
    ASSERT_THAT(rig.alarms, ElementsAre(rig.clock.steady() + 5s));
    rig.clock.advance(5s);
    message::Batch batch;
    rig.stage->run_timer(batch, rig.runner);
    rig.runner.run();
    EXPECT_THAT(rig.side.texts(), ElementsAre("late"));
    rig.deliver_all();
    EXPECT_EQ(rig.sender.fate(0), "delivered");
}

TEST_F(Isolation, GivingUpEndsACallAndLosesNothingSilently) {
    IsolatedRig rig;
    std::jthread giving_up([&] { rig.plugin->give_up(); });
    EXPECT_THAT(rig.run({"hang"}), IsEmpty());
    EXPECT_THAT(rig.run({"a"}), IsEmpty());
    EXPECT_THAT(rig.stop(), IsEmpty());
    EXPECT_EQ(rig.sender.settled(), 2U);
    EXPECT_EQ(rig.probe.failed.value(), 2U);
}

TEST_F(Isolation, TwoPluginsAreStrangers) {
    Settings given = test::settings();
    given.attempts = 1;
    IsolatedRig one{given};
    IsolatedRig two;
    EXPECT_THAT(two.run({"hold"}), IsEmpty());
    EXPECT_THAT(one.run({"crash"}), IsEmpty());
    EXPECT_THAT(two.run({"release"}), ElementsAre("hold", "release"));
    EXPECT_EQ(two.plugin->status().restarts, 0U);
}

TEST_F(Isolation, LargeBatchesAndRecordsGoInParts) {
    IsolatedRig rig;
    message::Batch batch;
    const std::string large(3U << 20U, 'x');
    for (std::uint64_t i = 0; i < 300; ++i) {
        batch.push_back(rig.record(i == 7 ? large : std::string(2'000, 'y'), i));
    }
    std::vector<aorta_record*> pointers;
    rig.stage->run(batch, pointers, rig.runner);
    ASSERT_EQ(batch.size(), 300U);
    EXPECT_EQ(batch[7]->bytes(), large);
    rig.take(batch);
}

TEST_F(Isolation, WhatCannotBeMadeIsToldWithItsPlace) {
    IsolatedRig ends{test::settings("ends")};
    EXPECT_FALSE(ends.opened.ok());
    EXPECT_THAT(ends.diagnostics.to_text(),
                HasSubstr("p.yaml:5:1: error: the plugin could not be "
                          "made in its own process: it crashed"));
    Settings missing = test::settings();
    missing.plugin = "/nowhere/plugin.so";
    IsolatedRig nothing{missing};
    EXPECT_FALSE(nothing.opened.ok());
    EXPECT_TRUE(nothing.diagnostics.has_errors());
}

TEST_F(Isolation, OptionsAreCheckedApart) {
    config::Diagnostics diagnostics;
    check_options(test::settings("refuse"), nullptr, diagnostics);
    EXPECT_EQ(diagnostics.to_text(), "p.yaml:7:3: error: it does not want to\n");
    config::Diagnostics none;
    check_options(test::settings(), nullptr, none);
    EXPECT_TRUE(none.empty()) << none.to_text();
}

}  // namespace
}  // namespace aorta::isolation

int main(int argc, char** argv) {
    if (argc == 2 && argv[1] == aorta::isolation::kGuestWord) {
        return aorta::isolation::run_guest();
    }
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
