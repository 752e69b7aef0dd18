#include "source/mllp/answer_queue.hpp"

#include "source/mllp/cookie.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

std::string taken(AnswerQueue& queue) {
    std::string out;
    EXPECT_TRUE(queue.take(out));
    return out;
}

TEST(AnswerQueue, LetsAnswersLeaveInArrivalOrder) {
    AnswerQueue queue;
    const auto first = queue.open("one");
    const auto second = queue.open("two");
    const auto third = queue.open("three");
    queue.settle_first(third, "3");
    queue.settle_first(second, "2");
    EXPECT_EQ(taken(queue), "");
    EXPECT_EQ(*queue.header_if_first_open(first), "one");
    EXPECT_EQ(queue.header_if_first_open(second), nullptr);
    queue.settle_first(first, "1");
    EXPECT_EQ(taken(queue), "123");
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.header_if_first_open(first), nullptr);
}

TEST(AnswerQueue, FirstAnswersDoNotWaitForSecondOnes) {
    AnswerQueue queue;
    const auto one = queue.open("one");
    const auto two = queue.open("two");
    queue.settle_first(one, "c1", std::nullopt);
    EXPECT_EQ(taken(queue), "c1");
    queue.settle_second(two, "a2");  // its fate before its answer: must wait for both
    EXPECT_EQ(taken(queue), "");
    queue.settle_first(two, "c2", std::nullopt);
    EXPECT_EQ(taken(queue), "c2");
    EXPECT_EQ(*queue.header_if_second_open(one), "one");
    EXPECT_EQ(queue.size(), 2U);
    queue.settle_second(one, "a1");
    EXPECT_EQ(taken(queue), "a1a2");
    EXPECT_EQ(queue.size(), 0U);
}

TEST(AnswerQueue, AFirstAnswerMayTakeTheSecondBack) {
    AnswerQueue queue;
    const auto ticket = queue.open("one");
    queue.settle_second(ticket, "application");
    queue.settle_first(ticket, "refused", std::string{});
    EXPECT_EQ(taken(queue), "refused");
    EXPECT_EQ(queue.size(), 0U);
}

TEST(AnswerQueue, EndsAfterTheAnswersBeforeTheEnd) {
    AnswerQueue queue;
    const auto first = queue.open("");
    const auto second = queue.open("");
    const auto third = queue.open("");
    queue.end_at(second);
    queue.settle_first(third, "3");
    EXPECT_EQ(taken(queue), "");
    EXPECT_EQ(queue.owed(), 2U);
    queue.settle_first(first, "1");
    std::string out;
    EXPECT_FALSE(queue.take(out));
    EXPECT_EQ(out, "1");
}

TEST(Cookie, KeepsItsParts) {
    for (const bool wants : {false, true}) {
        const std::uint64_t cookie = cookie_of(4'000'000'000U, AnswerQueue::kTicketMask, wants);
        EXPECT_EQ(connection_of(cookie), 4'000'000'000U);
        EXPECT_EQ(ticket_of(cookie), AnswerQueue::kTicketMask);
        EXPECT_EQ(wants_fate(cookie), wants);
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp
