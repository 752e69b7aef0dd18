#include "source/mllp/duplicates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanoseconds kNow{seconds{1000}};

std::string message_of(std::string_view id,
                       std::string_view time = "2024",
                       std::string_view sender = "LAB",
                       std::string_view content = "4711") {
    return "MSH|^~\\&|" + std::string{sender} + "|W|EHR|H|" + std::string{time} + "||ORU^R01|" +
           std::string{id} + "|P|2.5\rPID|1||" + std::string{content} + "\r";
}

class DuplicatesTest : public ::testing::Test {
protected:
    Duplicates::Fingerprint print(const std::string& message) {
        return duplicates_.fingerprint(*hl7::Header::parse(message), message);
    }

    bool is_known(const std::string& message, Nanoseconds now = kNow) {
        return duplicates_.find(print(message), now) != nullptr;
    }

    void begin(const std::string& message,
               std::uint64_t cookie,
               Nanoseconds now = kNow,
               bool has_second_answer = false) {
        duplicates_.begin(print(message), cookie, has_second_answer, now);
    }

    Duplicates duplicates_{{.window = seconds{600}, .max = 100}};
};

TEST_F(DuplicatesTest, TheSameMessageIsKnownAgain) {
    EXPECT_FALSE(is_known(message_of("7")));
    begin(message_of("7"), 1);
    EXPECT_TRUE(is_known(message_of("7")));
    EXPECT_TRUE(is_known(message_of("7", "a new time stamp")));
    EXPECT_FALSE(is_known(message_of("8")));
    EXPECT_FALSE(is_known(message_of("7", "2024", "OTHER")));
    EXPECT_FALSE(is_known(message_of("7", "2024", "LAB", "other content")));
}

TEST_F(DuplicatesTest, TellsAnIdThatIsUsedAgain) {
    begin(message_of("7"), 1);
    EXPECT_TRUE(duplicates_.is_id_known(print(message_of("7", "2024", "LAB", "other"))));
    EXPECT_FALSE(duplicates_.is_id_known(print(message_of("7", "2024", "OTHER"))));
    duplicates_.on_ack(1, {AORTA_ACK_ERROR});
    EXPECT_FALSE(duplicates_.is_id_known(print(message_of("7"))));
}

TEST_F(DuplicatesTest, AMessageWithoutControlIdIsNeverADuplicate) {
    begin(message_of(""), 1);
    EXPECT_FALSE(is_known(message_of("")));
    const std::string short_header = "MSH|^~\\&|LAB";
    begin(short_header, 2);
    EXPECT_FALSE(is_known(short_header));
    EXPECT_EQ(duplicates_.size(), 0U);
}

TEST_F(DuplicatesTest, IsForgottenAfterTheWindow) {
    begin(message_of("7"), 1);
    duplicates_.on_ack(1, {AORTA_ACK_ACCEPT});
    duplicates_.on_fate(1, {AORTA_FATE_DELIVERED});
    EXPECT_TRUE(is_known(message_of("7"), kNow + seconds{599}));
    EXPECT_FALSE(is_known(message_of("7"), kNow + seconds{600}));
    EXPECT_EQ(duplicates_.size(), 0U);
}

TEST_F(DuplicatesTest, WhatIsUnderWayIsNotForgotten) {
    begin(message_of("7"), 1);
    EXPECT_TRUE(is_known(message_of("7"), kNow + seconds{6000}));
    begin(message_of("8"), 2, kNow + seconds{6000});
    EXPECT_TRUE(is_known(message_of("7"), kNow + seconds{6000}));
}

TEST_F(DuplicatesTest, TheOldestGoWhenThereAreTooMany) {
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        begin(message_of(std::to_string(i)), i);
        if (i % 2 == 0) {  // half of them stay under way
            duplicates_.on_ack(i, {AORTA_ACK_ACCEPT});
            duplicates_.on_fate(i, {AORTA_FATE_DELIVERED});
        }
        ASSERT_LE(duplicates_.size(), 100U);
    }
    EXPECT_TRUE(is_known(message_of("1000")));
    EXPECT_TRUE(is_known(message_of("901")));
    EXPECT_FALSE(is_known(message_of("1")));
}

TEST_F(DuplicatesTest, WhatOthersWaitForStaysEvenThen) {
    begin(message_of("7"), 1);
    duplicates_.find(print(message_of("7")), kNow)->waiting.push_back(99);
    for (std::uint64_t i = 100; i <= 1000; ++i) {
        begin(message_of(std::to_string(i)), i);
    }
    EXPECT_THAT(duplicates_.on_ack(1, {AORTA_ACK_ACCEPT}).cookies, ElementsAre(99));
}

TEST_F(DuplicatesTest, WhatWasNotAcceptedMayComeAgain) {
    for (const std::uint32_t kind : {AORTA_ACK_ERROR, AORTA_ACK_REFUSE}) {
        begin(message_of("7"), 1);
        duplicates_.on_ack(1, {kind});
        EXPECT_FALSE(is_known(message_of("7")));
    }
    // Accepted, and its sender told later that it failed.
    begin(message_of("7"), 2, kNow, true);
    duplicates_.on_ack(2, {AORTA_ACK_ACCEPT});
    EXPECT_TRUE(is_known(message_of("7")));
    duplicates_.on_fate(2, {AORTA_FATE_FAILED});
    EXPECT_FALSE(is_known(message_of("7")));
}

TEST_F(DuplicatesTest, ASenderThatWasToldAaIsNotTakenTwiceBecauseOfADeadLetter) {
    begin(message_of("7"), 1);
    duplicates_.on_ack(1, {AORTA_ACK_ACCEPT});
    duplicates_.on_fate(1, {AORTA_FATE_DEAD_LETTERED});
    EXPECT_TRUE(is_known(message_of("7")));
}

TEST_F(DuplicatesTest, WhatFailedAfterAllMayComeAgain) {
    begin(message_of("7"), 1);
    duplicates_.on_ack(1, {AORTA_ACK_ACCEPT});
    duplicates_.on_fate(1, {AORTA_FATE_FAILED});
    EXPECT_FALSE(is_known(message_of("7")));
}

TEST_F(DuplicatesTest, ThoseThatWaitAreToldTheSame) {
    begin(message_of("7"), 1, kNow, true);
    duplicates_.find(print(message_of("7")), kNow)->waiting = {11, 12};
    EXPECT_THAT(duplicates_.on_ack(1, {AORTA_ACK_ACCEPT}).cookies, ElementsAre(11, 12));
    const Duplicates::Echo echo = duplicates_.on_fate(1, {AORTA_FATE_DELIVERED});
    EXPECT_THAT(echo.cookies, ElementsAre(11, 12));
    EXPECT_FALSE(echo.is_first_due);
    EXPECT_THAT(duplicates_.on_fate(1, {AORTA_FATE_DELIVERED}).cookies, IsEmpty());

    begin(message_of("8"), 2);
    duplicates_.find(print(message_of("8")), kNow)->waiting = {21};
    EXPECT_THAT(duplicates_.on_ack(2, {AORTA_ACK_ERROR}).cookies, ElementsAre(21));
    EXPECT_THAT(duplicates_.on_fate(2, {AORTA_FATE_FAILED}).cookies, IsEmpty());
}

TEST_F(DuplicatesTest, AnAnswerThatWasLateIsGivenByTheFate) {
    begin(message_of("7"), 1);
    duplicates_.on_ack(1, {AORTA_ACK_NONE});
    Duplicates::Known* known = duplicates_.find(print(message_of("7")), kNow);
    ASSERT_NE(known, nullptr);
    EXPECT_FALSE(known->is_accepted);
    known->waiting = {11};
    const Duplicates::Echo echo = duplicates_.on_fate(1, {AORTA_FATE_DELIVERED});
    EXPECT_THAT(echo.cookies, ElementsAre(11));
    EXPECT_TRUE(echo.is_first_due);
    EXPECT_TRUE(duplicates_.find(print(message_of("7")), kNow)->is_accepted);
}

TEST_F(DuplicatesTest, KeepsRepliesWithinBounds) {
    const std::string reply(std::size_t{1} << 20U, 'x');
    for (std::uint64_t i = 1; i <= 40; ++i) {
        begin(message_of(std::to_string(i)), i);
        duplicates_.on_ack(i, {.kind = AORTA_ACK_ACCEPT, .reply = reply});
    }
    EXPECT_EQ(duplicates_.size(), 16U);
    EXPECT_EQ(duplicates_.find(print(message_of("1")), kNow)->reply, reply);
    EXPECT_FALSE(is_known(message_of("40")));
}

}  // namespace
}  // namespace aorta::plugins::mllp
