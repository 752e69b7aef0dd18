#include "common/fhir/date_time.hpp"

#include <gtest/gtest.h>

namespace aorta::fhir {
namespace {

std::optional<std::int64_t> epoch(std::string_view text) {
    const auto time = parse_date_time(text);
    return time ? to_epoch_ns(*time) : std::nullopt;
}

TEST(DateTime, ReadsWhatFhirWrites) {
    EXPECT_EQ(epoch("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(epoch("1970-01-01T01:00:00+01:00"), 0);
    EXPECT_EQ(epoch("1969-12-31T19:00:00.5-05:00"), 500'000'000);
    EXPECT_EQ(epoch("2000-02-29T12:34:56.123456789123Z"), 951'827'696'123'456'789);
    EXPECT_EQ(parse_date_time("1987")->precision, Precision::Year);
    EXPECT_EQ(parse_date_time("1987-06")->precision, Precision::Month);
    EXPECT_EQ(parse_date_time("1987-06-05")->precision, Precision::Day);
    EXPECT_EQ(parse_date_time("1987-06-05T04:03Z")->precision, Precision::Minute);
}

TEST(DateTime, HasNoInstantWithoutAnHourAndAZone) {
    for (const std::string_view text : {"1987",
                                        "1987-06",
                                        "1987-06-05",
                                        "1987-06-05T04:03:02",
                                        "1677-01-01T00:00:00Z",
                                        "2262-01-01T00:00:00Z"}) {
        EXPECT_TRUE(parse_date_time(text)) << text;
        EXPECT_FALSE(epoch(text)) << text;
    }
}

TEST(DateTime, RefusesWhatIsNone) {
    for (const std::string_view text : {"",
                                        "87",
                                        "0000",
                                        "1987-",
                                        "1987-13",
                                        "1987-00",
                                        "1987-02-29",
                                        "1987-06-31",
                                        "1987-6-5",
                                        "1987-06-05T",
                                        "1987-06-05T04",
                                        "1987-06-05T24:00:00Z",
                                        "1987-06-05T23:59:60Z",
                                        "1987-06-05T04:03:02.Z",
                                        "1987-06-05T04:03:02+15:00",
                                        "1987-06-05T04:03:02Zx",
                                        "1987-06-05 04:03:02Z",
                                        "19870605",
                                        "1987-06-05Z"}) {
        EXPECT_FALSE(parse_date_time(text)) << text;
    }
}

}  // namespace
}  // namespace aorta::fhir
