#include "common/expression/tests/fake_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::filter {
namespace {

using expression::testing::check;
using expression::testing::FakeNode;
using expression::testing::OptionTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kWoman = "MSH|^~\\&|A\rPID|1|||||||F\rOBX|1|NM|X||<5";
constexpr const char* kNobody = "MSH|^~\\&|A\rPID|1";

class Filter : public ::testing::Test {
protected:
    const aorta_value* with(const char* option, const char* condition) {
        return tree.map({{option, tree.text(condition)}});
    }

    OptionTree tree;
};

TEST_F(Filter, KeepsWhatMeetsKeepIf) {
    FakeNode node{with("keep_if", "PID-8 == 'F'")};
    EXPECT_THAT(node.process({kWoman}), ElementsAre("pass 0"));
    EXPECT_THAT(node.process({kNobody}), ElementsAre("drop filter.not_selected"));
}

TEST_F(Filter, DropsWhatMeetsDropIf) {
    FakeNode node{with("drop_if", "PID-8 == 'F'")};
    EXPECT_THAT(node.process({kWoman}), ElementsAre("drop filter.not_selected"));
    EXPECT_THAT(node.process({kNobody}), ElementsAre("pass 0"));
}

TEST_F(Filter, ReadsAMessageWhoseIndexWasDropped) {
    FakeNode node{with("keep_if", "PID-8 == 'F'")};
    EXPECT_THAT(node.process({.payload = kWoman, .is_decoded = false}), ElementsAre("pass 0"));
}

TEST_F(Filter, RejectsWhatIsNoMessageIfItReadsFields) {
    FakeNode node{with("drop_if", "PID-8 == 'F'")};
    EXPECT_THAT(node.process({"{}", "fhir"}), ElementsAre("reject expression.not_hl7v2"));
    EXPECT_THAT(node.process({"nonsense", "hl7v2"}), ElementsAre("reject expression.not_hl7v2"));
}

TEST_F(Filter, ReadsFhirResources) {
    FakeNode node{with("keep_if", "Patient.gender == 'female'")};
    EXPECT_THAT(node.process({R"({"resourceType":"Patient","gender":"female"})", "fhir", 0, false}),
                ElementsAre("pass 0"));
    EXPECT_THAT(node.process({R"({"resourceType":"Group","gender":"female"})", "fhir", 0, false}),
                ElementsAre("drop filter.not_selected"));
    EXPECT_THAT(node.process({"{", "fhir", 0, false}), ElementsAre("reject expression.not_fhir"));
    EXPECT_THAT(node.process({kWoman}), ElementsAre("reject expression.not_fhir"));
}

TEST_F(Filter, TakesEitherFormatWhenItReadsBoth) {
    FakeNode node{with("keep_if", "PID-8 == 'F' or any(Patient.name, .family == 'Roe')")};
    EXPECT_THAT(node.process({kWoman}), ElementsAre("pass 0"));
    EXPECT_THAT(
        node.process(
            {R"({"resourceType":"Patient","name":[{},{"family":"Roe"}]})", "fhir", 0, false}),
        ElementsAre("pass 0"));
    EXPECT_THAT(node.process({"x", "bytes", 0, false}), ElementsAre("reject expression.not_hl7v2"));
}

TEST_F(Filter, CountsSeveralValuesWhereOneIsMeant) {
    FakeNode node{with("keep_if", "Patient.name.family == 'Roe'")};
    EXPECT_THAT(
        node.process({R"({"resourceType":"Patient","name":[{"family":"A"},{"family":"Roe"}]})",
                      "fhir",
                      0,
                      false}),
        ElementsAre("drop filter.not_selected"));
    EXPECT_EQ(node.counter("expression_not_single"), 1U);
}

TEST_F(Filter, DecidesByAttributesOfAnyRecord) {
    FakeNode node{with("keep_if", "@peer == '10.0.0.1'")};
    EXPECT_THAT(node.process({"{}", "fhir"}), ElementsAre("drop filter.not_selected"));
    node.attributes[node.intern("peer")] = "10.0.0.1";
    EXPECT_THAT(node.process({"{}", "fhir"}), ElementsAre("pass 0"));
}

TEST_F(Filter, CountsWhatIsNoNumber) {
    FakeNode node{with("keep_if", "any(OBX, .5 > 1)")};
    EXPECT_THAT(node.process({kWoman}), ElementsAre("drop filter.not_selected"));
    EXPECT_EQ(node.counter("expression_not_a_number"), 1U);
}

TEST_F(Filter, RejectsARecordThatCostsTooMuch) {
    FakeNode node{with("drop_if", "any(OBX, PID-18 =~ 'y')")};
    std::string payload =
        "MSH|^~\\&|A\rPID||||||||||||||||||" + std::string(std::size_t{1} << 20U, 'x');
    for (int i = 0; i < 1000; ++i) {
        payload += "\rOBX|1";
    }
    EXPECT_THAT(node.process({payload}), ElementsAre("reject expression.too_costly"));
    EXPECT_EQ(node.counter("expression_too_costly"), 1U);
}

TEST_F(Filter, WantsExactlyOneCondition) {
    EXPECT_THAT(check(tree.map({})).errors.at(0).message, HasSubstr("one of keep_if and drop_if"));
    const auto* const keep = tree.text("true");
    const auto* const drop = tree.text("true");
    const auto both = check(tree.map({{"keep_if", keep}, {"drop_if", drop}}));
    ASSERT_EQ(both.errors.size(), 1U);
    EXPECT_EQ(both.errors[0].at, drop);
    EXPECT_TRUE(check(tree.map({{"keep_if", keep}})).errors.empty());
}

TEST_F(Filter, ReportsABadConditionAtTheOption) {
    const auto* const condition = tree.text("OBX-5 > 1");
    const auto reports = check(tree.map({{"keep_if", condition}}));
    ASSERT_EQ(reports.errors.size(), 1U);
    EXPECT_EQ(reports.errors[0].at, condition);
    EXPECT_THAT(reports.errors[0].message, HasSubstr("byte 0: OBX may occur more than once"));
}

}  // namespace
}  // namespace aorta::plugins::filter
