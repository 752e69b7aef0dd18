#include "common/hl7/continuation.hpp"

#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::hl7 {
namespace {

struct Parsed {
    explicit Parsed(std::string text) : payload(std::move(text)) {
        EXPECT_TRUE(builder.build(payload).ok());
    }

    Message message() const { return {payload, builder.view()}; }

    std::string payload;
    IndexBuilder builder;
};

std::string msh(std::string_view pointer = {}) {
    return "MSH|^~\\&|LAB|||||||1|P|2.5.1||" + std::string{pointer} + "\r";
}

std::string join(const std::vector<std::string>& fragments) {
    FragmentJoiner joiner;
    for (const std::string& fragment : fragments) {
        const Parsed parsed(fragment);
        if (const auto added = joiner.add(parsed.message()); !added.ok()) {
            return std::string{reason_id(added.error())};
        }
    }
    return joiner.message();
}

TEST(Continuation, ReadsThePointers) {
    const struct {
        std::string payload;
        std::string_view previous;
        std::string_view next;
    } cases[] = {
        {msh() + "PID|1\r", "", ""},
        {msh() + "PID|1\rDSC|p1|F\r", "", "p1"},
        {msh() + "PID|1\rDSC|p1\r", "", "p1"},
        {msh("p1") + "OBX|1\rDSC|p2|F\r", "p1", "p2"},
        {msh("p2") + "OBX|2\r", "p2", ""},
        {msh("p2") + "OBX|2\rDSC|\"\"|F\r", "p2", ""},
        {msh("p2") + "OBX|2\rDSC\r", "p2", ""},
        {msh() + "QAK|1\rDSC|more|I\r", "", ""},
        {msh("more") + "QPD|1\rDSC|more|I\r", "", ""},
    };

    for (const auto& each : cases) {
        const Parsed parsed(each.payload);
        const Continuation found = continuation_of(parsed.message());
        EXPECT_EQ(found.previous, each.previous) << each.payload;
        EXPECT_EQ(found.next, each.next) << each.payload;
        EXPECT_FALSE(found.has_addendum);
    }
    const Parsed parsed(msh() + "OBX|1\rADD|x\r");
    EXPECT_TRUE(continuation_of(parsed.message()).has_addendum);
}

TEST(FragmentJoiner, JoinsBetweenSegments) {
    EXPECT_EQ(
        join({msh() + "PID|1\rDSC|p1|F\r", msh("p1") + "OBX|1\rDSC|p2|F\r", msh("p2") + "OBX|2\r"}),
        msh() + "PID|1\rOBX|1\rOBX|2\r");
}

TEST(FragmentJoiner, AppendsWhatAddHoldsToTheSegmentBeforeIt) {
    EXPECT_EQ(join({msh() + "OBX|1|FT|c||first ha\rADD|\rDSC|p1|F\r",
                    msh("p1") + "ADD|lf and more|mg|F\rOBX|2\r"}),
              msh() + "OBX|1|FT|c||first half and more|mg|F\rOBX|2\r");
    EXPECT_EQ(join({msh() + "OBX|1|FT|c||whole|\rADD\rDSC|p1|F\r", msh("p1") + "ADD|mg|F\r"}),
              msh() + "OBX|1|FT|c||whole|mg|F\r");
    EXPECT_EQ(join({msh() + "OBX|1|FT|c||a\rADD|b\rADD|c|mg\rOBX|2\r"}),
              msh() + "OBX|1|FT|c||abc|mg\rOBX|2\r");
}

TEST(FragmentJoiner, EndsSegmentsWithCrSoThatLfIsData) {
    EXPECT_EQ(join({"MSH|^~\\&|A\nOBX|1\nDSC|p\n", "MSH|^~\\&|A\r\nADD|x\ny\r\nOBX|2\r\n"}),
              "MSH|^~\\&|A\rOBX|1x\ny\rOBX|2\r");
}

TEST(FragmentJoiner, RefusesToContinueTheHeader) {
    EXPECT_EQ(join({msh() + "ADD|x\r"}), kContinuationMismatch);
    EXPECT_EQ(join({msh() + "DSC|p\r", msh("p") + "ADD|x\r"}), kContinuationMismatch);
}

TEST(FragmentJoiner, RefusesOtherDelimiters) {
    EXPECT_EQ(join({msh() + "OBX|1\rDSC|p\r", "MSH!@%*:!A\rOBX!2\r"}), kContinuationMismatch);
}

}  // namespace
}  // namespace aorta::hl7
