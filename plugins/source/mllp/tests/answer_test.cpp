#include "source/mllp/answer.hpp"

#include "source/mllp/answer_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kOru =
    "MSH|^~\\&|LAB|WARD|EHR|HOSP|20240101||ORU^R01^ORU_R01|MSG00001|P|2.5.1\r"
    "PID|1||4711^^^H||DOE^JANE\r";
constexpr Nanoseconds kNow{std::chrono::seconds{1'700'000'000}};

std::string with_field(std::string_view type,
                       std::string_view processing,
                       std::string_view version) {
    return "MSH|^~\\&|A|B|C|D|20240101||" + std::string{type} + "|1|" + std::string{processing} +
           "|" + std::string{version} + "\r";
}

TEST(Screen, TellsMessagesApartByTheirHeader) {
    const AcceptRule rule{{"2.3", "2.5.1"}, {"ADT", "ORU^R01"}, {"P"}};
    const std::pair<std::string, Screening> cases[] = {
        {std::string{kOru}, Screening::Ordinary},
        {with_field("ADT^A08", "P", "2.3"), Screening::Ordinary},
        {with_field("ADT^A08", "P^T", "2.5.1^DEU"), Screening::Ordinary},
        {with_field("ADT^A08", "P", "2.4"), Screening::WrongVersion},
        {with_field("ORU^R30", "P", "2.3"), Screening::WrongType},
        {with_field("ORM^O01", "P", "2.3"), Screening::WrongType},
        {with_field("", "P", "2.3"), Screening::WrongType},
        {with_field("ADT^A01", "T", "2.3"), Screening::WrongProcessingId},
        {"", Screening::NoHeader},
        {"PID|1", Screening::NoHeader},
        {std::string("MSH\0", 4), Screening::NoHeader},
    };
    for (const auto& [message, expected] : cases) {
        EXPECT_EQ(screen(message, rule), expected) << message;
    }
    EXPECT_EQ(screen(with_field("ACK^A01", "P", "2.3"), {}), Screening::Acknowledgement);
    EXPECT_EQ(screen(with_field("XXX", "", ""), {}), Screening::Ordinary);
}

TEST(AnswerMaker, AcceptsWithTheControlIdAndSwappedAddresses) {
    AnswerMaker maker(kNow);
    const std::string answer = maker.of_outcome(header_of(kOru), {AORTA_ACK_ACCEPT}, kNow);
    EXPECT_EQ(answer,
              "\x0bMSH|^~\\&|EHR|HOSP|LAB|WARD|20231114221320+0000||ACK^R01^ACK|1700000000-1|P|"
              "2.5.1\rMSA|AA|MSG00001\r\x1c\r");
}

TEST(AnswerMaker, SaysWhereAndWhyWithoutValues) {
    AnswerMaker maker(kNow);
    const Outcome outcome{
        AORTA_ACK_ERROR, ErrorCode::InvalidData, "hl7.required_field_missing", "PID-3"};
    const std::string answer = maker.of_outcome(header_of(kOru), outcome, kNow);
    EXPECT_THAT(answer, HasSubstr("MSA|AE|MSG00001|hl7.required_field_missing\r"));
    EXPECT_THAT(answer, HasSubstr("ERR||PID^1^3|101^Required field missing^HL70357|E\r"));
    EXPECT_THAT(answer, Not(HasSubstr("DOE")));

    const Outcome refused{AORTA_ACK_REFUSE, ErrorCode::InvalidData, "other.reason", "byte 17"};
    const std::string refusal = maker.of_outcome(header_of(kOru), refused, kNow);
    EXPECT_THAT(refusal, HasSubstr("MSA|AR|MSG00001|other.reason\r"));
    EXPECT_THAT(refusal, HasSubstr("ERR|||207^Application internal error^HL70357|E\r"));
}

TEST(AnswerMaker, RefusesWithTheFieldAtFault) {
    AnswerMaker maker(kNow);
    const std::pair<Screening, const char*> cases[] = {
        {Screening::WrongVersion, "ERR||MSH^1^12|203^"},
        {Screening::WrongType, "ERR||MSH^1^9|200^"},
        {Screening::WrongProcessingId, "ERR||MSH^1^11|202^"}};
    for (const auto& [screening, error] : cases) {
        const std::string answer = maker.refusal(header_of(kOru), screening, kNow);
        EXPECT_THAT(answer, HasSubstr("MSA|AR|MSG00001|")) << error;
        EXPECT_THAT(answer, HasSubstr(error));
    }
    EXPECT_THAT(maker.refusal({}, Screening::NoHeader, kNow), HasSubstr("MSA|AR||hl7.no_msh\r"));
    EXPECT_THAT(maker.too_large(kNow), HasSubstr("MSA|AR||mllp.message_too_large\r"));
}

TEST(AnswerMaker, GivesEachAnswerItsOwnControlId) {
    AnswerMaker maker(kNow);
    EXPECT_THAT(maker.too_large(kNow), HasSubstr("|1700000000-1|"));
    EXPECT_THAT(maker.too_large(kNow), HasSubstr("|1700000000-2|"));
}

TEST(HeaderOf, KeepsTheFirstSegmentWithinBounds) {
    EXPECT_EQ(header_of("MSH|a\rPID|secret\r"), "MSH|a");
    EXPECT_EQ(header_of("MSH|a"), "MSH|a");
    EXPECT_EQ(header_of("\r\nMSH|a\nPID|secret"), "MSH|a");
    EXPECT_EQ(header_of("\r"), "");
    EXPECT_EQ(header_of("MSH|" + std::string(100'000, 'x')).size(), 8192U);
}

TEST(AnswerQueue, LetsAnswersLeaveInArrivalOrder) {
    AnswerQueue queue;
    const auto first = queue.open("one");
    const auto second = queue.open("two");
    const auto third = queue.open("three");
    std::string out;
    queue.settle(third, "3");
    queue.settle(second, "2");
    EXPECT_TRUE(queue.take(out));
    EXPECT_EQ(out, "");
    EXPECT_EQ(*queue.header(first), "one");
    EXPECT_EQ(queue.header(second), nullptr);
    queue.settle(first, "1");
    EXPECT_TRUE(queue.take(out));
    EXPECT_EQ(out, "123");
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.header(first), nullptr);
}

TEST(AnswerQueue, EndsAfterTheAnswersBeforeTheEnd) {
    AnswerQueue queue;
    const auto first = queue.open("");
    const auto second = queue.open("");
    const auto third = queue.open("");
    queue.settle(second, {}, true);
    queue.settle(third, "3");
    std::string out;
    EXPECT_TRUE(queue.take(out));
    queue.settle(first, "1");
    EXPECT_FALSE(queue.take(out));
    EXPECT_EQ(out, "1");
}

}  // namespace
}  // namespace aorta::plugins::mllp
