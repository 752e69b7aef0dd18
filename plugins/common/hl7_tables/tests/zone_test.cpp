#include "common/hl7_tables/zone.hpp"

#include <gtest/gtest.h>

namespace aorta::hl7_tables {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<std::int64_t> epoch_s(std::string_view text,
                                    std::string_view zone,
                                    Fold fold = Fold::Earliest,
                                    std::optional<int> message_zone = std::nullopt) {
    const auto found = Zone::find(zone);
    const auto time = parse_date_time(text);
    if (!found || !time) {
        return std::nullopt;
    }
    const auto epoch_ns = to_epoch_ns(*time, message_zone, {*found, fold});
    return epoch_ns ? std::optional{*epoch_ns / kSecond} : std::nullopt;
}

TEST(Zone, IsUtcAnOffsetOrAName) {
    EXPECT_EQ(epoch_s("197001010000", "UTC"), 0);
    EXPECT_EQ(epoch_s("197001010100", "+01:00"), 0);
    EXPECT_EQ(epoch_s("197001010100", "Europe/Berlin"), 0);
    EXPECT_EQ(epoch_s("196912311900", "America/New_York"), 0);
    for (const std::string_view none : {"", "Europe/Atlantis", "local", "../../etc/passwd"}) {
        EXPECT_FALSE(Zone::find(none)) << none;
    }
}

TEST(Zone, FollowsSummerTime) {
    EXPECT_EQ(epoch_s("202401151200", "Europe/Berlin"), epoch_s("202401151100", "UTC"));
    EXPECT_EQ(epoch_s("202407151200", "Europe/Berlin"), epoch_s("202407151000", "UTC"));
    EXPECT_EQ(epoch_s("202401151200", "Pacific/Auckland"), epoch_s("202401142300", "UTC"));
}

TEST(Zone, AsksTheFoldForTheDoubledHour) {
    EXPECT_EQ(epoch_s("202410270230", "Europe/Berlin"), epoch_s("202410270030", "UTC"));
    EXPECT_EQ(epoch_s("202410270230", "Europe/Berlin", Fold::Latest),
              epoch_s("202410270130", "UTC"));
    EXPECT_EQ(epoch_s("202410270330", "Europe/Berlin", Fold::Latest),
              epoch_s("202410270230", "UTC"));
}

TEST(Zone, ReadsTheSkippedHourByTheClockOfBefore) {
    for (const Fold fold : {Fold::Earliest, Fold::Latest}) {
        EXPECT_EQ(epoch_s("202403310230", "Europe/Berlin", fold), epoch_s("202403310130", "UTC"));
    }
}

TEST(Zone, OfTheTextComesFirstThenThatOfTheMessage) {
    EXPECT_EQ(epoch_s("202407151200+0300", "Europe/Berlin", Fold::Earliest, -300),
              epoch_s("202407150900", "UTC"));
    EXPECT_EQ(epoch_s("202407151200", "Europe/Berlin", Fold::Earliest, -300),
              epoch_s("202407151700", "UTC"));
}

TEST(Zone, HasNoInstantForYearsThatDoNotFit) {
    EXPECT_FALSE(epoch_s("150001010000", "Europe/Berlin"));
    EXPECT_FALSE(epoch_s("999912312359", "Europe/Berlin"));
    EXPECT_TRUE(epoch_s("167801020000", "Europe/Berlin"));
}

}  // namespace
}  // namespace aorta::hl7_tables
