#include "alert/alert/rules.hpp"
#include "common/expression/tests/fake_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::alert {
namespace {

using expression::testing::check;
using expression::testing::FakeNode;
using expression::testing::OptionTree;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string heart_rate(const char* value) {
    return std::string{"MSH|^~\\&|A\rPID|1||4711||DOE^JANE\rOBX|1|NM|8867-4^HR||"} + value;
}

class AlertNode : public ::testing::Test {
protected:
    struct RuleOptions {
        const char* clear = "any(OBX, .3.1 == '8867-4' and .5 < 120)";
        std::chrono::nanoseconds delay = seconds{0};
        std::chrono::nanoseconds suppress = seconds{0};
        const char* per = "key";
        const char* name = "tachycardia";
    };

    const aorta_value* rule(const RuleOptions& rule) {
        return tree.map({{"name", tree.text(rule.name)},
                         {"when", tree.text("any(OBX, .3.1 == '8867-4' and .5 > 130)")},
                         {"clear", rule.clear == nullptr ? nullptr : tree.text(rule.clear)},
                         {"priority", tree.text("high")},
                         {"delay", tree.integer(rule.delay.count())},
                         {"suppress", tree.integer(rule.suppress.count())},
                         {"per", tree.text(rule.per)}});
    }

    const aorta_value* with(std::vector<const aorta_value*> rules) {
        return tree.map({{"rules", tree.list(std::move(rules))}, {"max_states", tree.integer(10)}});
    }

    OptionTree tree;
};

TEST_F(AlertNode, RaisesStaysAndClearsWhileRecordsPass) {
    FakeNode node{with({rule({})})};
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 5}),
                ElementsAre("emit 1 {\"rule\":\"tachycardia\",\"priority\":\"high\",\"state\":"
                            "\"raised\",\"time\":\"1970-01-01T00:00:00.000Z\",\"key\":"
                            "\"0000000000000005\",\"record\":\"00000000000000000000000000000001\"}",
                            "pass 0"));
    EXPECT_THAT(node.process({.payload = heart_rate("125"), .key = 5}), ElementsAre("pass 0"));
    node.advance(seconds{61});
    EXPECT_THAT(node.process({.payload = heart_rate("119"), .key = 5}),
                ElementsAre(AllOf(HasSubstr("\"cleared\""), HasSubstr("1970-01-01T00:01:01.000Z")),
                            "pass 0"));
    EXPECT_EQ(node.counter("alerts_raised"), 1U);
    EXPECT_EQ(node.counter("alerts_cleared"), 1U);
}

TEST_F(AlertNode, ClearsWithoutClearWhenTheConditionIsGone) {
    FakeNode node{with({rule({.clear = nullptr})})};
    node.process({.payload = heart_rate("131"), .key = 5});
    EXPECT_THAT(node.process({.payload = heart_rate("125"), .key = 5}),
                ElementsAre(HasSubstr("\"cleared\""), "pass 0"));
}

TEST_F(AlertNode, RaisesByTimerAsAChildOfTheHeldRecord) {
    FakeNode node{with({rule({.delay = seconds{10}})})};
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 5}),
                ElementsAre("emit 0", "absorbed"));
    EXPECT_THAT(node.advance(seconds{9}), IsEmpty());
    EXPECT_THAT(
        node.advance(seconds{1}),
        ElementsAre(AllOf(HasSubstr("emit from 1 by 1 {"), HasSubstr("\"raised\"")), "resolve 1"));
    EXPECT_THAT(node.advance(seconds{60}), IsEmpty());
}

TEST_F(AlertNode, GivesTheHeldRecordBackWhenTheConditionIsOver) {
    FakeNode node{with({rule({.delay = seconds{10}})})};
    node.process({.payload = heart_rate("131"), .key = 5});
    EXPECT_THAT(node.process({.payload = heart_rate("100"), .key = 5}),
                ElementsAre("resolve 1", "pass 0"));
    EXPECT_THAT(node.advance(seconds{60}), IsEmpty());
}

TEST_F(AlertNode, HoldsARecordOnceForSeveralRules) {
    FakeNode node{with(
        {rule({.delay = seconds{10}, .name = "a"}), rule({.delay = seconds{20}, .name = "b"})})};
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 5}),
                ElementsAre("emit 0", "absorbed"));
    EXPECT_THAT(node.advance(seconds{10}), ElementsAre(HasSubstr("\"rule\":\"a\"")));
    EXPECT_THAT(node.advance(seconds{10}), ElementsAre(HasSubstr("\"rule\":\"b\""), "resolve 1"));
}

TEST_F(AlertNode, GivesHeldRecordsBackWhenItStops) {
    FakeNode node{with({rule({.delay = seconds{10}})})};
    node.process({.payload = heart_rate("131"), .key = 5});
    node.process({.payload = heart_rate("131"), .key = 6});
    EXPECT_THAT(node.stop(), ElementsAre("resolve 1", "resolve 2"));
}

TEST_F(AlertNode, AlertsForEveryRecordWithoutAKey) {
    FakeNode node{with({rule({.delay = seconds{10}, .suppress = seconds{60}})})};
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(
            node.process({heart_rate("131")}),
            ElementsAre(AllOf(HasSubstr("\"raised\""), HasSubstr("\"key\":null")), "pass 0"));
    }
    EXPECT_EQ(node.counter("alerts_without_key"), 2U);
}

TEST_F(AlertNode, KeepsOneStateForAllWithPerNone) {
    FakeNode node{with({rule({.per = "none"})})};
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 5}),
                ElementsAre(HasSubstr("\"raised\""), "pass 0"));
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 6}), ElementsAre("pass 0"));
}

TEST_F(AlertNode, PutsNoPatientDataIntoAlerts) {
    FakeNode node{with({rule({})})};
    const auto deeds = node.process({.payload = heart_rate("131"), .key = 5});
    for (const char* const secret : {"DOE", "JANE", "4711", "131"}) {
        EXPECT_THAT(deeds.at(0), Not(HasSubstr(secret)));
    }
}

TEST_F(AlertNode, RejectsWhatIsNoMessageAndLeavesTheStates) {
    FakeNode node{with({rule({.clear = nullptr})})};
    node.process({.payload = heart_rate("131"), .key = 5});
    EXPECT_THAT(node.process({"{}", "fhir", 5}), ElementsAre("reject expression.not_hl7v2"));
    EXPECT_THAT(node.process({.payload = heart_rate("131"), .key = 5}), ElementsAre("pass 0"));
}

TEST_F(AlertNode, ChecksItsRules) {
    EXPECT_TRUE(check(with({rule({})})).errors.empty());
    EXPECT_TRUE(check(with({rule({})})).warnings.empty());
    EXPECT_THAT(check(with({rule({.clear = nullptr})})).warnings.at(0).message,
                HasSubstr("without 'clear'"));
    EXPECT_THAT(check(with({})).errors.at(0).message, HasSubstr("1 to 256 rules"));
    EXPECT_THAT(check(with({rule({.name = "a\"b"})})).errors.at(0).message, HasSubstr("letters"));
    EXPECT_THAT(check(with({rule({}), rule({})})).errors.at(0).message, HasSubstr("this name"));
    EXPECT_THAT(check(with({rule({.clear = "OBX-5 < 1"})})).errors.at(0).message,
                HasSubstr("byte 0"));
}

TEST(Notice, WritesItsTimeInUtc) {
    const auto json = to_json({"r", "low", "raised", Nanoseconds{1774747800123456789}, 0, "id"});
    EXPECT_EQ(json,
              "{\"rule\":\"r\",\"priority\":\"low\",\"state\":\"raised\",\"time\":"
              "\"2026-03-29T01:30:00.123Z\",\"key\":null,\"record\":\"id\"}");
}

}  // namespace
}  // namespace aorta::plugins::alert
