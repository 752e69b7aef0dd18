#include "source/mllp/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kOru =
    "MSH|^~\\&|LAB|WARD|EHR|HOSP|20240101||ORU^R01^ORU_R01|MSG00001|P|2.5.1\r"
    "PID|1||4711^^^H||DOE^JANE\r";
constexpr Nanoseconds kNow{std::chrono::seconds{1'700'000'000}};

TEST(AnswerMaker, AcceptsWithTheControlIdAndSwappedAddresses) {
    AnswerMaker maker(kNow);
    const std::string answer = maker.first(header_of(kOru), {AORTA_ACK_ACCEPT}, kNow).bytes;
    EXPECT_EQ(answer,
              "\x0bMSH|^~\\&|EHR|HOSP|LAB|WARD|20231114221320+0000||ACK^R01^ACK|1700000000-1|P|"
              "2.5.1\rMSA|AA|MSG00001\r\x1c\r");
}

TEST(AnswerMaker, SaysWhereAndWhyWithoutValues) {
    AnswerMaker maker(kNow);
    const Outcome outcome{
        AORTA_ACK_ERROR, ErrorCode::InvalidData, "hl7.required_field_missing", "PID-3"};
    const std::string answer = maker.first(header_of(kOru), outcome, kNow).bytes;
    EXPECT_THAT(answer, HasSubstr("MSA|AE|MSG00001|hl7.required_field_missing\r"));
    EXPECT_THAT(answer, HasSubstr("ERR||PID^1^3|101^Required field missing^HL70357|E\r"));
    EXPECT_THAT(answer, Not(HasSubstr("DOE")));

    const Outcome refused{AORTA_ACK_REFUSE, ErrorCode::InvalidData, "other.reason", "byte 17"};
    const std::string refusal = maker.first(header_of(kOru), refused, kNow).bytes;
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
        const std::string answer = maker.refusal(header_of(kOru), screening, kNow).bytes;
        EXPECT_THAT(answer, HasSubstr("MSA|AR|MSG00001|")) << error;
        EXPECT_THAT(answer, HasSubstr(error));
    }
    const std::string endless =
        "MSH|^~\\&|A|B|C|D|||ADT^A01|" + std::string(2000, '7') + "|P|2.5.1";
    EXPECT_THAT(maker.refusal(endless, Screening::HeaderTooLarge, kNow).bytes,
                HasSubstr("MSA|AR||mllp.header_too_large\rERR||MSH^1^10|104^Value too long^"));
    EXPECT_THAT(maker.no_header(kNow), HasSubstr("MSA|AR||hl7.no_msh\r"));
    EXPECT_THAT(maker.frame_refused({}, "mllp.message_too_large", kNow).bytes,
                HasSubstr("MSA|AR||mllp.message_too_large\r"));
}

TEST(AnswerMaker, GivesEachAnswerItsOwnControlId) {
    AnswerMaker maker(kNow);
    EXPECT_THAT(maker.no_header(kNow), HasSubstr("|1700000000-1|"));
    EXPECT_THAT(maker.no_header(kNow), HasSubstr("|1700000000-2|"));
}

TEST(AnswerMaker, TakesOtherFrameBytes) {
    AnswerMaker maker(kNow, {.frame = {'\x02', '\x03', std::nullopt}});
    const std::string answer = maker.first(kOru, {AORTA_ACK_ACCEPT}, kNow).bytes;
    EXPECT_EQ(answer.front(), '\x02');
    EXPECT_EQ(answer.back(), '\x03');
}

// MLLP release 2: the commit block says whether the bytes are safe, the answer what they are worth.
TEST(AnswerMaker, CommitsWhatWasJudgedAndNotWhatCouldNotBeDone) {
    AnswerMaker maker(kNow, {.has_commit = true});
    const std::string taken = "\x0b\x06\x1c\r";
    const Outcome invalid{AORTA_ACK_ERROR, ErrorCode::InvalidData, "hl7.x", "PID-3"};
    const Outcome undone{AORTA_ACK_ERROR, ErrorCode::Unavailable, "mllp.unreachable", {}};
    EXPECT_THAT(maker.first(kOru, {AORTA_ACK_ACCEPT}, kNow).bytes, StartsWith(taken + "\x0bMSH|"));
    EXPECT_THAT(maker.first(kOru, invalid, kNow).bytes, StartsWith(taken + "\x0bMSH|"));
    EXPECT_EQ(maker.first(kOru, undone, kNow).bytes, "\x0b\x15\x1c\r");
    EXPECT_THAT(maker.no_header(kNow), StartsWith(taken + "\x0bMSH|"));
    EXPECT_EQ(maker.taken(), taken);
    EXPECT_EQ(AnswerMaker(kNow).taken(), "");
}

TEST(AnswerMaker, NamesTheExpectedSequenceNumber) {
    AnswerMaker maker(kNow);
    const Outcome gap{AORTA_ACK_ERROR, ErrorCode::InvalidData, "mllp.sequence_number", "MSH-13"};
    EXPECT_THAT(maker.first(kOru, gap, kNow, 17).bytes,
                HasSubstr("MSA|AE|MSG00001|mllp.sequence_number|17\rERR||MSH^1^13|102^"));
    EXPECT_THAT(maker.link_start(kOru, 17, kNow), HasSubstr("MSA|AA|MSG00001||17\r"));
}

TEST(AnswerMaker, HandsAPeersReplyToTheSender) {
    AnswerMaker maker(kNow);
    const std::string_view reply =
        "MSH|^~\\&|PEER|P|AORTA|A|20240101||RSP^K22^RSP_K21|99|P|2.5.1\rMSA|AE|1\rQAK|q|NF\r";
    const std::string original =
        maker.first(kOru, {AORTA_ACK_ERROR, ErrorCode::InvalidData, "mllp.ae", {}, reply}, kNow)
            .bytes;
    EXPECT_EQ(original,
              hl7::frame("MSH|^~\\&|PEER|P|LAB|WARD|20240101||RSP^K22^RSP_K21|99|P|2.5.1\r"
                         "MSA|AE|MSG00001\rQAK|q|NF\r"));

    // In enhanced mode it is the application's word; the message itself was taken.
    const std::string enhanced = std::string{header_of(kOru)} + "|||AL|AL";
    const FirstAnswer both = maker.first(
        enhanced, {AORTA_ACK_ERROR, ErrorCode::InvalidData, "mllp.ae", {}, reply}, kNow);
    EXPECT_THAT(both.bytes, HasSubstr("MSA|CA|MSG00001\r"));
    EXPECT_THAT(both.second.value_or(""), HasSubstr("MSA|AE|MSG00001\rQAK"));
    const std::string unwanted = std::string{header_of(kOru)} + "|||AL|NE";
    EXPECT_EQ(maker.first(unwanted, {.kind = AORTA_ACK_ACCEPT, .reply = reply}, kNow).second, "");
}

TEST(AnswerMaker, AnswersItselfWhenTheReplyIsNoAnswer) {
    AnswerMaker maker(kNow);
    for (const std::string_view reply :
         {"hello", "MSH|^~\\&|P\rPID|1\r", "MSH|^~\\&|P\x1c\rMSA|AA|1\r"}) {
        const FirstAnswer answer =
            maker.first(kOru, {.kind = AORTA_ACK_ACCEPT, .reply = reply}, kNow);
        EXPECT_TRUE(answer.is_reply_unusable);
        EXPECT_THAT(answer.bytes, HasSubstr("MSA|AA|MSG00001\r"));
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp
