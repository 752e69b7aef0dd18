#include "common/privacy/dates.hpp"

#include <gtest/gtest.h>

namespace aorta::privacy {
namespace {

std::string shifted(std::string_view text, DateSyntax syntax, int days) {
    std::string out;
    return append_shifted(text, syntax, days, out) ? out : "-" + out;
}

TEST(Dates, MoveByWholeDaysAndKeepTheTimeOfDay) {
    EXPECT_EQ(shifted("20240228", DateSyntax::Hl7, 1), "20240229");
    EXPECT_EQ(shifted("20240228235959.123-0500", DateSyntax::Hl7, 2), "20240301235959.123-0500");
    EXPECT_EQ(shifted("202401010830", DateSyntax::Hl7, -1), "202312310830");
    EXPECT_EQ(shifted("2024-02-28", DateSyntax::Iso, 1), "2024-02-29");
    EXPECT_EQ(shifted("2024-02-28T23:59:59.123-05:00", DateSyntax::Iso, 2),
              "2024-03-01T23:59:59.123-05:00");
    EXPECT_EQ(shifted("2024-01-01T08:30:00Z", DateSyntax::Iso, -1), "2023-12-31T08:30:00Z");
}

TEST(Dates, WithoutADayDoNotMove) {
    EXPECT_EQ(shifted("2024", DateSyntax::Hl7, 1), "-");
    EXPECT_EQ(shifted("202402", DateSyntax::Hl7, 1), "-");
    EXPECT_EQ(shifted("2024-02", DateSyntax::Iso, 1), "-");
}

TEST(Dates, AreWhatTheirSyntaxSays) {
    for (const char* text : {"2024",
                             "202402",
                             "20240229",
                             "2024022908",
                             "202402290830",
                             "20240229083059",
                             "20240229083059.1",
                             "2024+0100",
                             "20240229-0500"}) {
        EXPECT_TRUE(read_date(text, DateSyntax::Hl7)) << text;
    }
    for (const char* text : {"",
                             "20",
                             "20230229",
                             "20241301",
                             "20240200",
                             "2024022925",
                             "20240229x",
                             "CANARY",
                             "17990101",
                             "22000101",
                             "2024-02-29",
                             "20240229083059.",
                             "20240229+2500"}) {
        EXPECT_FALSE(read_date(text, DateSyntax::Hl7)) << text;
    }
    for (const char* text : {"2024",
                             "2024-02",
                             "2024-02-29",
                             "2024-02-29T08:30:59Z",
                             "2024-02-29T08:30:59.123+14:00",
                             "2024-02-29T08:30Z"}) {
        EXPECT_TRUE(read_date(text, DateSyntax::Iso)) << text;
    }
    for (const char* text : {"",
                             "2023-02-29",
                             "2024-2-9",
                             "2024-02-29T",
                             "2024-02T08:30:00Z",
                             "2024-02-29T08:30:59ZCANARY",
                             "2024-02-29 08:30",
                             "20240229"}) {
        EXPECT_FALSE(read_date(text, DateSyntax::Iso)) << text;
    }
    EXPECT_EQ(read_date("1987", DateSyntax::Iso)->day_number(), 19870101);
}

TEST(DateShift, IsTheSameForAPatientAndNeverZero) {
    DateShift shift{crypto::sha256("key"), 3};
    DateShift other{crypto::sha256("other key"), 3};
    std::set<int> seen;
    int differing = 0;
    for (int i = 0; i < 500; ++i) {
        const std::string patient = "MRN" + std::to_string(i);
        const int days = shift.days_for(patient);
        EXPECT_EQ(days, shift.days_for(patient));
        EXPECT_NE(days, 0);
        seen.insert(days);
        differing += other.days_for(patient) != days ? 1 : 0;
    }
    EXPECT_EQ(seen, (std::set<int>{-3, -2, -1, 1, 2, 3}));
    EXPECT_GT(differing, 300);
}

TEST(Ages, Above89AreSeen) {
    EXPECT_FALSE(shows_age_above_89(19340616, 20240615));
    EXPECT_TRUE(shows_age_above_89(19340615, 20240615));
}

}  // namespace
}  // namespace aorta::privacy
