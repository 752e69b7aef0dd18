// Fragments in, whole messages out, and an end for every fragment.
#include "common/hl7/reason.hpp"

#include <aorta/testing/harness.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace aorta::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_assemble_hl7v2.so";

std::string msh(std::string_view pointer = {}, std::string_view sender = "LAB") {
    return "MSH|^~\\&|" + std::string{sender} + "|||||||1|P|2.5.1||" + std::string{pointer} + "\r";
}

class Assemble : public ::testing::Test {
protected:
    void open(std::string_view options = "{}") {
        auto opened = Harness::open(kPlugin, options);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        harness = std::move(*opened);
    }

    /// The joined messages of the fragments that were given back since the last call, each once.
    std::vector<std::string> joined() {
        std::vector<std::string> messages;
        for (const Outcome& outcome : harness->advance(seconds{0})) {
            if (outcome.verdict == AORTA_EMITTED) {
                EXPECT_EQ(outcome.emitted.size(), 1U);
                messages.push_back(outcome.emitted.at(0).payload);
            }
        }
        // All fragments of a message have it as their child.
        messages.erase(std::unique(messages.begin(), messages.end()), messages.end());
        return messages;
    }

    void TearDown() override {
        if (harness) {
            EXPECT_EQ(to_text(harness->close()), "");
        }
    }

    std::unique_ptr<Harness> harness;
};

TEST_F(Assemble, PassesWhatIsNoFragment) {
    open();
    for (const std::string& payload : std::vector<std::string>{msh() + "PID|1\r",
                                                               msh() + "QAK|1\rDSC|more|I\r",
                                                               "hello",
                                                               msh() + "NTE|1||DSC ADD\r"}) {
        const Outcome outcome = harness->process(payload);
        EXPECT_EQ(outcome.verdict, AORTA_PASS);
        EXPECT_EQ(outcome.record.payload, payload);
    }
}

TEST_F(Assemble, JoinsFragmentsThatBelongTogether) {
    open();
    EXPECT_EQ(harness->process(msh() + "OBX|1|FT|c||on\rADD|\rDSC|p1|F\r").verdict, AORTA_ABSORB);
    EXPECT_EQ(harness->process(msh("", "ICU") + "PID|9\rDSC|p1|F\r").verdict, AORTA_ABSORB);
    EXPECT_EQ(harness->process(msh("p1") + "ADD|e|F\rDSC|p2|F\r").verdict, AORTA_ABSORB);
    EXPECT_EQ(harness->process(msh("p2") + "OBX|2\r").verdict, AORTA_ABSORB);
    EXPECT_THAT(joined(), ElementsAre(msh() + "OBX|1|FT|c||one|F\rOBX|2\r"));
    harness->process(msh("p1", "ICU") + "PV1|1\r");
    EXPECT_THAT(joined(), ElementsAre(msh("", "ICU") + "PID|9\rPV1|1\r"));
    EXPECT_TRUE(harness->stop().empty());
}

TEST_F(Assemble, JoinsWithinABatch) {
    open();
    harness->process(std::vector<Record>{{.payload = msh() + "PID|1\rDSC|p1\r"},
                                         {.payload = msh("p1") + "PV1|1\r"}});
    EXPECT_THAT(joined(), ElementsAre(msh() + "PID|1\rPV1|1\r"));
}

TEST_F(Assemble, JoinsAddendaWithinAMessage) {
    open();
    const Outcome outcome = harness->process(msh() + "OBX|1|FT|c||a\rADD|b|F\rOBX|2\r");
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload, msh() + "OBX|1|FT|c||ab|F\rOBX|2\r");
}

TEST_F(Assemble, RejectsAFragmentWithoutAStart) {
    open();
    const Outcome outcome = harness->process(msh("p7") + "OBX|2\r");
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.continuation_without_start");
    EXPECT_EQ(outcome.where, "MSH-14");
}

TEST_F(Assemble, RejectsFragmentsWhoseNextOneDoesNotComeInTime) {
    open("{ timeout: 5s }");
    harness->process(msh() + "PID|1\rDSC|p1\r");
    EXPECT_TRUE(harness->advance(seconds{4}).empty());
    harness->process(msh("p1") + "OBX|1\rDSC|p2\r");  // the time begins anew
    EXPECT_TRUE(harness->advance(milliseconds{4999}).empty());
    const auto given_back = harness->advance(milliseconds{1});
    ASSERT_EQ(given_back.size(), 2U);
    for (const Outcome& outcome : given_back) {
        EXPECT_EQ(outcome.verdict, AORTA_REJECT);
        EXPECT_EQ(outcome.reason, "hl7.continuation_incomplete");
    }
    EXPECT_EQ(harness->process(msh("p2") + "OBX|2\r").verdict, AORTA_REJECT);
}

TEST_F(Assemble, GivesUpAnOlderStartWithTheSamePointer) {
    open();
    harness->process(msh() + "PID|1\rDSC|p1\r");
    harness->process(msh() + "PID|1\rDSC|p1\r");
    harness->process(msh("p1") + "PV1|1\r");
    EXPECT_THAT(joined(), ElementsAre(msh() + "PID|1\rPV1|1\r"));
    EXPECT_TRUE(harness->stop().empty());
}

TEST_F(Assemble, HoldsNoMoreThanItsLimits) {
    open("{ max_fragments: 2, max_message: 1KiB, max_open: 1 }");
    harness->process(msh() + "PID|1\rDSC|p1\r");
    harness->process(msh("p1") + "OBX|1\rDSC|p2\r");
    harness->process(msh("p2") + "OBX|2\rDSC|p3\r");  // the third
    EXPECT_EQ(harness->process(msh("p3") + "OBX|3\r").verdict, AORTA_REJECT);

    harness->process(msh() + "PID|1\rDSC|p1\r");
    harness->process(msh("p1") + "OBX|" + std::string(1000, 'x') + "\r");  // too long

    harness->process(msh() + "PID|1\rDSC|a\r");
    harness->process(msh() + "PID|1\rDSC|b\r");  // a goes
    EXPECT_EQ(harness->process(msh("a") + "OBX|1\r").reason, "hl7.continuation_without_start");
    EXPECT_THAT(joined(), IsEmpty());
    harness->process(msh("b") + "OBX|1\r");
    EXPECT_THAT(joined(), ElementsAre(msh() + "PID|1\rOBX|1\r"));
    EXPECT_TRUE(harness->stop().empty());
}

TEST_F(Assemble, RejectsFragmentsWithOtherDelimiters) {
    open();
    harness->process(msh() + "PID|1\rDSC|p1\r");
    harness->process("MSH!@%*:!LAB!!!!!!!1!P!2.5.1!!p1\rPID!1\r");
    const auto given_back = harness->advance(seconds{0});
    ASSERT_EQ(given_back.size(), 2U);
    for (const Outcome& outcome : given_back) {
        EXPECT_EQ(outcome.reason, "hl7.continuation_mismatch");
    }
}

TEST_F(Assemble, GivesBackWhatItHoldsWhenStopped) {
    open();
    harness->process(msh() + "PID|1\rDSC|p1\r");
    const auto given_back = harness->stop();
    ASSERT_EQ(given_back.size(), 1U);
    EXPECT_EQ(given_back[0].verdict, AORTA_FAIL);
    EXPECT_EQ(given_back[0].code, ErrorCode::Cancelled);
    EXPECT_EQ(given_back[0].reason, "hl7.continuation_incomplete");
}

}  // namespace
}  // namespace aorta::testing
