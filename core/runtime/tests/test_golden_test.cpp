#include "runtime/test_golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace aorta::runtime {
namespace {

using ::testing::HasSubstr;

std::string ignoring(std::string text, std::vector<std::string> paths) {
    const auto left = without_ignored(std::move(text), paths);
    return left.ok() ? *left : "error: " + left.error().message;
}

TEST(Golden, HasOneLineForEachSegment) {
    const std::vector<std::string> records{"MSH|1\rPID|1\r", "MSH|2\r\nPID|2", "{}"};
    EXPECT_EQ(golden_text(records), "MSH|1\nPID|1\nMSH|2\nPID|2\n{}\n");
}

TEST(Golden, IgnoresFieldsOfAllSegmentsOfAName) {
    const std::string text = "MSH|^~\\&|A|B|C|D|2026\nOBX|1|NM|x\nOBX|2|ST|y^z~p^q\n";
    EXPECT_EQ(ignoring(text, {"MSH-7"}), "MSH|^~\\&|A|B|C|D|\nOBX|1|NM|x\nOBX|2|ST|y^z~p^q\n");
    EXPECT_EQ(ignoring(text, {"OBX-3"}), "MSH|^~\\&|A|B|C|D|2026\nOBX|1|NM|\nOBX|2|ST|\n");
    EXPECT_EQ(ignoring(text, {"OBX-3.2"}), "MSH|^~\\&|A|B|C|D|2026\nOBX|1|NM|x\nOBX|2|ST|y^~p^\n");
    EXPECT_EQ(ignoring(text, {"OBX-99", "ZZZ-1"}), text);
}

TEST(Golden, IgnoresByTheDelimitersOfTheMessage) {
    EXPECT_EQ(ignoring("MSH$%~\\&$A\nPID$1%2$x\n", {"PID-1.1"}), "MSH$%~\\&$A\nPID$%2$x\n");
}

TEST(Golden, IgnoresJsonKeysThroughLists) {
    EXPECT_EQ(ignoring("{\"a\":{\"t\":1,\"u\":2}}\n", {"a.t"}), "{\"a\":{\"t\":null,\"u\":2}}\n");
    EXPECT_EQ(ignoring("{\"l\":[{\"id\":1},{\"id\":2}]}\n", {"l.id"}),
              "{\"l\":[{\"id\":null},{\"id\":null}]}\n");
}

TEST(Golden, RefusesOtherPaths) {
    EXPECT_THAT(ignoring("x\n", {"MSH 7"}), HasSubstr("MSH-7"));
}

TEST(Golden, DiffShowsLinesThatDifferWithTheirNeighbours) {
    EXPECT_EQ(diff("a\nb\nc\n", "a\nb\nc\n"), "");
    EXPECT_EQ(diff("1\n2\n3\n4\n5\n", "1\n2\nx\n4\n5\n"), "  2\n- 3\n+ x\n  4\n");
    EXPECT_EQ(diff("", "new\n"), "+ new\n");
    EXPECT_EQ(diff("gone\n", ""), "- gone\n");
}

TEST(Golden, DiffIsBounded) {
    std::string left;
    std::string right;
    for (int i = 0; i < 100; ++i) {
        left += "l" + std::to_string(i) + "\n";
        right += "r" + std::to_string(i) + "\n";
    }
    const std::string shown = diff(left, right, 10);
    EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 11);
}

}  // namespace
}  // namespace aorta::runtime
