// The fine points of dates and versions that naive engines get wrong.
#include "common/hl7_tables/zone.hpp"

#include <gtest/gtest.h>

namespace aorta::hl7_tables {
namespace {

TEST(FinePoints, DatesKeepPrecisionAndZone) {
    const auto day = parse_date_time("20240229");
    ASSERT_TRUE(day);
    EXPECT_EQ(day->precision, Precision::Day);  // no midnight
    EXPECT_FALSE(day->zone_minutes);
    const auto second = parse_date_time("20240229135958.1234-0500");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->precision, Precision::Second);
    EXPECT_EQ(second->nanosecond, 123'400'000);
    EXPECT_EQ(second->fraction_digits, 4);
    EXPECT_EQ(second->zone_minutes, -300);
}

TEST(FinePoints, DatesTakeTheZoneOfTheMessageThenTheConfiguredOneNeverTheHosts) {
    const DateTime noon = *parse_date_time("202407151200");
    const ZoneRule berlin{*Zone::find("Europe/Berlin")};
    const std::int64_t hour = 3'600'000'000'000;
    const std::int64_t utc = *to_epoch_ns(noon, 0);
    EXPECT_EQ(to_epoch_ns(noon, -300, berlin), utc + 5 * hour);
    EXPECT_EQ(to_epoch_ns(noon, std::nullopt, berlin), utc - 2 * hour);
    EXPECT_EQ(to_epoch_ns(noon, std::nullopt, ZoneRule{}), utc);
    EXPECT_EQ(to_epoch_ns(*parse_date_time("202407151200+0000"), -300, berlin), utc);
}

TEST(FinePoints, DatesInTheDoubledHour) {
    const DateTime twice = *parse_date_time("202410270230");
    const Zone berlin = *Zone::find("Europe/Berlin");
    EXPECT_EQ(*to_epoch_ns(twice, std::nullopt, {berlin, Fold::Latest}) -
                  *to_epoch_ns(twice, std::nullopt, {berlin, Fold::Earliest}),
              3'600'000'000'000);
}

}  // namespace
}  // namespace aorta::hl7_tables
