#include "base/units.hpp"

#include <gtest/gtest.h>

namespace aorta::base {
namespace {

TEST(Duration, ReadsNumbersWithUnits) {
    struct Case {
        std::string_view text;
        std::int64_t ns;
    };

    for (const Case& c : {Case{"0", 0},
                          {"5s", 5'000'000'000},
                          {"1.5s", 1'500'000'000},
                          {"250ms", 250'000'000},
                          {"7us", 7'000},
                          {"9ns", 9},
                          {"1h30m", 5'400'000'000'000},
                          {"30d", 30LL * 86'400'000'000'000},
                          {"1d2h3m4s5ms6us7ns", 93'784'005'006'007}}) {
        const auto result = parse_duration(c.text);
        ASSERT_TRUE(result.ok()) << c.text;
        EXPECT_EQ(result->count(), c.ns) << c.text;
    }
}

TEST(Duration, RefusesWhatIsNoDuration) {
    for (const std::string_view text : {"",
                                        "5",
                                        "s",
                                        "5x",
                                        "5 s",
                                        "-5s",
                                        "1.s",
                                        ".5s",
                                        "5s1h",
                                        "5s5s",
                                        "1e3s",
                                        "0.5ns",
                                        "200000d",
                                        "99999999999999999999s",
                                        "99999999999999999999ns",
                                        "1.0000000000s",
                                        "5s "}) {
        EXPECT_FALSE(parse_duration(text).ok()) << text;
    }
}

TEST(Duration, FormatsSoThatItReadsBack) {
    for (const std::int64_t ns :
         {1LL, 1'000LL, 1'500'000'000LL, 5'400'000'000'000LL, 86'400'000'000'001LL}) {
        const std::string text = format_duration(std::chrono::nanoseconds{ns});
        EXPECT_EQ(parse_duration(text)->count(), ns) << text;
    }
    EXPECT_EQ(format_duration(std::chrono::minutes{90}), "1h30m");
    EXPECT_EQ(format_duration(std::chrono::nanoseconds{0}), "0s");
    EXPECT_EQ(format_duration(std::chrono::seconds{-1}), "-1s");
    EXPECT_EQ(format_duration(std::chrono::nanoseconds::min()).front(), '-');
}

TEST(Size, ReadsNumbersWithUnits) {
    struct Case {
        std::string_view text;
        std::int64_t bytes;
    };

    for (const Case& c : {Case{"0", 0},
                          {"17", 17},
                          {"64KiB", 65'536},
                          {"1.5KiB", 1'536},
                          {"64kB", 64'000},
                          {"2MiB", 2'097'152},
                          {"1TB", 1'000'000'000'000},
                          {"12B", 12}}) {
        const auto result = parse_size(c.text);
        ASSERT_TRUE(result.ok()) << c.text;
        EXPECT_EQ(*result, c.bytes) << c.text;
    }
}

TEST(Size, RefusesWhatIsNoSize) {
    for (const std::string_view text : {"",
                                        "KiB",
                                        "64KB",
                                        "64 KiB",
                                        "-1",
                                        "1.5",
                                        "0.3B",
                                        "9999999TiB",

                                        "99999999999999999999"}) {
        EXPECT_FALSE(parse_size(text).ok()) << text;
    }
}

TEST(Size, FormatsWithTheLargestExactUnit) {
    EXPECT_EQ(format_size(65'536), "64KiB");
    EXPECT_EQ(format_size(1'000), "1000B");
    EXPECT_EQ(format_size(0), "0B");
    EXPECT_EQ(format_size(1LL << 40), "1TiB");
}

}  // namespace
}  // namespace aorta::base
