#include "config/diagnostic.hpp"

#include <gtest/gtest.h>

namespace aorta::config {
namespace {

TEST(Diagnostics, AreShownByPlace) {
    Diagnostics diagnostics;
    diagnostics.error({"b.yaml", 2, 1}, "third");
    diagnostics.warning({"a.yaml", 10, 3}, "second", "mend it");
    diagnostics.error({"a.yaml", 9, 30}, "first");
    diagnostics.error({}, "no place");
    EXPECT_EQ(diagnostics.to_text(),
              "error: no place\n"
              "a.yaml:9:30: error: first\n"
              "a.yaml:10:3: warning: second\n"
              "    mend it\n"
              "b.yaml:2:1: error: third\n");
    EXPECT_EQ(diagnostics.error_count(), 3U);
    EXPECT_EQ(diagnostics.warning_count(), 1U);
}

TEST(Diagnostics, AreBoundedAndCounted) {
    Diagnostics diagnostics;
    for (std::size_t i = 0; i < Diagnostics::kMaxKept + 7; ++i) {
        diagnostics.error({"a.yaml", 1, 1}, "again");
    }
    Diagnostics all;
    all.append(diagnostics);
    EXPECT_EQ(all.error_count(), Diagnostics::kMaxKept + 7);
    EXPECT_EQ(all.sorted().size(), Diagnostics::kMaxKept);
    EXPECT_TRUE(all.to_text().ends_with("and 7 more\n"));
}

TEST(Diagnostics, BecomeJson) {
    Diagnostics diagnostics;
    diagnostics.error({"a \"b\".yaml", 1, 2}, "line\nbreak", "hint");
    EXPECT_EQ(diagnostics.to_json(),
              R"([{"severity":"error","file":"a \"b\".yaml","line":1,"column":2,)"
              R"("message":"line\nbreak","hint":"hint"}])");
}

}  // namespace
}  // namespace aorta::config
