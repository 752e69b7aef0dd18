#include "app/side_by_side.hpp"

#include <gtest/gtest.h>

namespace aorta::app {
namespace {

std::string marks(std::string_view before, std::string_view after) {
    std::string out;
    for (const Pair& pair : align(before, after)) {
        out += " !-+"[static_cast<std::size_t>(pair.kind)];
        out += std::string{pair.before.substr(0, 5)} + "/" + std::string{pair.after.substr(0, 5)} +
               " ";
    }
    return out;
}

TEST(SideBySide, AlignsSegments) {
    EXPECT_EQ(marks("MSH\rPID|1\r", "MSH\rPID|1\r"), " MSH/MSH  PID|1/PID|1 ");
    EXPECT_EQ(marks("MSH\rPID|1\r", "MSH\rPID|2\r"), " MSH/MSH !PID|1/PID|2 ");
    EXPECT_EQ(marks("MSH\nZPI|1\nPID|1\n", "MSH\nPID|1\n"), " MSH/MSH -ZPI|1/  PID|1/PID|1 ");
    EXPECT_EQ(marks("MSH\rPID|1", "MSH\rPID|1\rNTE|1"), " MSH/MSH  PID|1/PID|1 +/NTE|1 ");
    EXPECT_EQ(marks("OBX|1\rOBX|2\rOBX|3\r", "OBX|1\rOBX|3\r"),
              " OBX|1/OBX|1 -OBX|2/  OBX|3/OBX|3 ");
    EXPECT_EQ(marks("", "MSH\r"), "+/MSH ");
    EXPECT_EQ(marks("", ""), "");
}

TEST(SideBySide, ShowsRowsOfTheWidthAndMarksFields) {
    SideBySide how{.width = 45};
    how.removed = [](std::string_view text) { return "<" + std::string{text} + ">"; };
    how.added = [](std::string_view text) { return "(" + std::string{text} + ")"; };
    EXPECT_EQ(show(align("MSH|a\rPID|1|x\r", "MSH|a\rPID|1|y|z\r"), how),
              "  MSH|a                | MSH|a\n"
              "! PID|1|<x>              | PID|1|(y)|(z)\n");
    EXPECT_EQ(show(align("MSH|abcdefghijklmnopqrstuv\r", ""), SideBySide{.width = 45}),
              "- MSH|abcdefghijklmnop |\n"
              "- qrstuv               |\n");
    how.only_changes = true;
    EXPECT_EQ(show(align("MSH|a\r", "MSH|a\r"), how), "");
}

TEST(SideBySide, LetsNoTextPlayWithTheTerminal) {
    EXPECT_EQ(show(align("A\x1b[2J\xFF\xC2\x9B\x7F\xC3\xA9\r", ""), SideBySide{.width = 45}),
              "- A?[2J???\xC3\xA9" + std::string(11, ' ') + " |\n");
}

}  // namespace
}  // namespace aorta::app
