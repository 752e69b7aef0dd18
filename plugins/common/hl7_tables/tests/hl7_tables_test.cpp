#include "common/hl7_tables/data_types.hpp"
#include "common/hl7_tables/date_time.hpp"

#include <gtest/gtest.h>

namespace aorta::hl7_tables {
namespace {

TEST(DateTime, KeepsThePrecisionThatWasWritten) {
    const struct {
        std::string_view text;
        Precision precision;
        int day_number;
    } cases[] = {
        {"2024", Precision::Year, 20240101},
        {"202402", Precision::Month, 20240201},
        {"20240229", Precision::Day, 20240229},
        {"2024022913", Precision::Hour, 20240229},
        {"202402291359", Precision::Minute, 20240229},
        {"20240229135958", Precision::Second, 20240229},
        {"20240229135958.1234-0500", Precision::Second, 20240229},
        {"2024+0100", Precision::Year, 20240101},
    };

    for (const auto& each : cases) {
        const auto time = parse_date_time(each.text);
        ASSERT_TRUE(time) << each.text;
        EXPECT_EQ(time->precision, each.precision) << each.text;
        EXPECT_EQ(time->day_number(), each.day_number) << each.text;
    }
}

TEST(DateTime, RefusesWhatIsNoDate) {
    for (const std::string_view text : {"",
                                        "24",
                                        "0000",
                                        "20241",
                                        "202413",
                                        "202400",
                                        "20230229",
                                        "2024022924",
                                        "202402291360",
                                        "20240229135960",
                                        "20240229135958.",
                                        "20240229135958.1234567891",
                                        "20240229+1",
                                        "20240229+1500",
                                        "20240229 1200",
                                        "2024-02-29",
                                        "2024022912+0100x",
                                        "+0100"}) {
        EXPECT_FALSE(parse_date_time(text)) << text;
    }
}

TEST(DateTime, BecomesAnInstantWithTheZoneOfTheTextOrTheGivenOne) {
    EXPECT_EQ(to_epoch_ns(*parse_date_time("19700101"), 0), 0);
    EXPECT_EQ(to_epoch_ns(*parse_date_time("197001010100"), 60), 0);
    EXPECT_EQ(to_epoch_ns(*parse_date_time("196912311900-0500"), 60), 0);
    EXPECT_EQ(to_epoch_ns(*parse_date_time("19700101000001.5"), 0), 1'500'000'000);
    EXPECT_FALSE(to_epoch_ns(*parse_date_time("1500"), 0));
    EXPECT_FALSE(to_epoch_ns(*parse_date_time("9999"), 0));
    EXPECT_EQ(day_number_of(-1), 19691231);
    EXPECT_EQ(day_number_of(0), 19700101);
}

TEST(DateTime, ReadsZones) {
    EXPECT_EQ(parse_zone("UTC"), 0);
    EXPECT_EQ(parse_zone("+0100"), 60);
    EXPECT_EQ(parse_zone("-05:30"), -330);
    for (const std::string_view text : {"", "Europe/Berlin", "+1", "+01:000", "01:00", "+15:00"}) {
        EXPECT_FALSE(parse_zone(text)) << text;
    }
}

TEST(DataTypes, AreToldApartBySyntax) {
    for (const std::string_view good : {"7", "-7.25", "+.5", "5."}) {
        EXPECT_TRUE(is_number(good)) << good;
    }
    for (const std::string_view bad : {"", "<5", "1e5", ".", "1.2.3", "+"}) {
        EXPECT_FALSE(is_number(bad)) << bad;
    }
    EXPECT_TRUE(is_set_id("1"));
    EXPECT_FALSE(is_set_id("10000"));
    EXPECT_FALSE(is_set_id("-1"));
    EXPECT_FALSE(is_set_id(""));
    EXPECT_TRUE(is_date("20240229"));
    EXPECT_FALSE(is_date("2024022912"));
    EXPECT_TRUE(is_time("2359"));
    EXPECT_TRUE(is_time("235959.1+0100"));
    EXPECT_FALSE(is_time("2460"));
}

}  // namespace
}  // namespace aorta::hl7_tables
