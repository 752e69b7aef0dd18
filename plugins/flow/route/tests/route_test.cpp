#include "common/expression/tests/fake_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::route {
namespace {

using expression::testing::check;
using expression::testing::FakeNode;
using expression::testing::OptionTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Route : public ::testing::Test {
protected:
    const aorta_value* with(const char* mode) {
        return tree.map({{"cases",
                          tree.map({{"labs", tree.text("MSH-9.1 == 'ORU'")},
                                    {"urgent", tree.text("exists(ZUR)")},
                                    {"moves", tree.text("MSH-9.1 == 'ADT'")}})},
                         {"mode", tree.text(mode)}});
    }

    std::string only_error(const char* port, const char* condition) {
        const auto reports = check(tree.map({{"cases", tree.map({{port, tree.text(condition)}})}}));
        return reports.errors.size() == 1 ? reports.errors[0].message : "not one error";
    }

    OptionTree tree;
};

constexpr const char* kUrgentLab = "MSH|^~\\&|||||||ORU^R01\rZUR|1";
constexpr const char* kMove = "MSH|^~\\&|||||||ADT^A01";
constexpr const char* kOther = "MSH|^~\\&|||||||SIU^S12";

TEST_F(Route, TakesTheFirstCaseThatHolds) {
    FakeNode node{with("first")};
    EXPECT_THAT(node.process({kUrgentLab}), ElementsAre("pass 1"));
    EXPECT_THAT(node.process({kMove}), ElementsAre("pass 3"));
}

TEST_F(Route, SendsACopyByEveryCaseThatHolds) {
    FakeNode node{with("all")};
    EXPECT_THAT(node.process({kUrgentLab}), ElementsAre("emit 1", "emit 2", "emitted"));
    EXPECT_THAT(node.process({kMove}), ElementsAre("pass 3"));
}

TEST_F(Route, SendsTheRestByOut) {
    FakeNode first{with("first")};
    FakeNode all{with("all")};
    EXPECT_THAT(first.process({kOther}), ElementsAre("pass 0"));
    EXPECT_THAT(all.process({kOther}), ElementsAre("pass 0"));
}

TEST_F(Route, RejectsWhatItCannotTell) {
    FakeNode node{with("all")};
    EXPECT_THAT(node.process({"{}", "fhir"}), ElementsAre("reject expression.not_hl7v2"));
}

TEST_F(Route, ChecksItsCases) {
    EXPECT_TRUE(check(with("all")).errors.empty());
    EXPECT_THAT(only_error("Labs", "true"), HasSubstr("no port name"));
    EXPECT_THAT(only_error("out", "true"), HasSubstr("already"));
    EXPECT_THAT(only_error("rejected", "true"), HasSubstr("already"));
    EXPECT_THAT(only_error("labs", "MSH-9.1 = 'ORU'"), HasSubstr("byte 8: write =="));
    EXPECT_THAT(check(tree.map({{"cases", tree.map({})}})).errors.at(0).message,
                HasSubstr("1 to 64 cases"));
}

TEST_F(Route, ReportsEveryBadCase) {
    const auto* const first = tree.text("OBX-5 > 1");
    const auto* const second = tree.text("exist(PID)");
    const auto reports = check(tree.map({{"cases", tree.map({{"a", first}, {"b", second}})}}));
    ASSERT_EQ(reports.errors.size(), 2U);
    EXPECT_EQ(reports.errors[0].at, first);
    EXPECT_EQ(reports.errors[1].at, second);
}

}  // namespace
}  // namespace aorta::plugins::route
