#include "source/mllp/reply.hpp"

#include "common/hl7/reason.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

std::string relayed(std::string_view reply, std::string_view senders_message) {
    const Result<hl7::Header> sender = hl7::Header::parse(senders_message);
    const Result<std::string> answer = relay(reply, *sender);
    return answer.ok() ? *answer : std::string{hl7::reason_id(answer.error())};
}

constexpr std::string_view kQuery = "MSH|^~\\&|ASK^1.2^ISO|WARD|EHR|H|||QBP^Q22|Q\\T\\1|P|2.5\r";

TEST(Relay, RewritesWhomItAnswersAndNothingElse) {
    EXPECT_EQ(relayed("MSH|^~\\&|PEER|P|AORTA|A|2024||RSP^K22|99|P|2.5||||||8859/1\r"
                      "MSA|AA|ours|text\rERR|\rPID|1||M\xFCller\r",
                      kQuery),
              "MSH|^~\\&|PEER|P|ASK^1.2^ISO|WARD|2024||RSP^K22|99|P|2.5||||||8859/1\r"
              "MSA|AA|Q\\T\\1|text\rERR|\rPID|1||M\xFCller\r");
}

TEST(Relay, AddsFieldsThatAreNotThere) {
    EXPECT_EQ(relayed("MSH|^~\\&|PEER\rMSA|AE\r", kQuery),
              "MSH|^~\\&|PEER||ASK^1.2^ISO|WARD\rMSA|AE|Q\\T\\1\r");
}

// MSH special: the answer may use other delimiters than the request.
TEST(Relay, WritesTheSendersValuesInTheRepliesDelimiters) {
    EXPECT_EQ(relayed("MSH$%?!*$PEER$P$X$Y$$$ACK$9$P$2.5\rMSA$AA$1\r", kQuery),
              "MSH$%?!*$PEER$P$ASK%1.2%ISO$WARD$$$ACK$9$P$2.5\rMSA$AA$Q&1\r");
    EXPECT_EQ(relayed("MSH|^~\\&|PEER|P|X|Y\rMSA|AA|1\r", "MSH!@%*:!A|B@c!W!!!!!ADT@A01!^7!P!2.3"),
              "MSH|^~\\&|PEER|P|A\\F\\B^c|W\rMSA|AA|\\S\\7\r");
}

TEST(Relay, FailsWhenTheReplyCannotHoldTheSendersValues) {
    // No escape character, and a value that needs one; no subcomponents, and a value that has some.
    EXPECT_EQ(relayed("MSH$^$PEER$P$X$Y\rMSA$AA$1\r", "MSH|^~\\&|A$B|W|||||ADT|7|P|2.3"),
              hl7::kNotEncodable);
    EXPECT_EQ(relayed("MSH|^|PEER|P|X|Y\rMSA|AA|1\r", "MSH|^~\\&|A&B~C|W|||||ADT|7|P|2.3"),
              hl7::kNotEncodable);
}

TEST(Relay, TurnsAcceptCodesIntoApplicationCodes) {
    for (const auto& [before, after] :
         {std::pair{"CA", "AA"}, {"CE", "AE"}, {"CR", "AR"}, {"AA", "AA"}, {"AR", "AR"}}) {
        EXPECT_EQ(
            relayed("MSH|^~\\&|P\rMSA|" + std::string{before} + "|1\r", "MSH|^~\\&||||||||7|P|2.3"),
            "MSH|^~\\&|P|||\rMSA|" + std::string{after} + "|7\r");
    }
}

TEST(Relay, RefusesWhatIsNoAnswer) {
    EXPECT_EQ(relayed("", kQuery), hl7::kNoMsh);
    EXPECT_EQ(relayed("hello", kQuery), hl7::kNoMsh);
    EXPECT_EQ(relayed("MSH|^~\\&|P\rPID|1\r", kQuery), hl7::kNoMsa);
    EXPECT_EQ(relayed("FHS|^~\\&|P\rMSA|AA|1\r", kQuery), hl7::kNoMsh);
}

TEST(Relay, BoundsWhatItEchoes) {
    const std::string huge = "MSH|^~\\&|A|B|C|D|||ADT|" + std::string(100'000, '7') + "|P|2.6\r";
    EXPECT_LT(relayed("MSH|^~\\&|P\rMSA|AA|1\r", huge).size(), 1200U);
}

}  // namespace
}  // namespace aorta::plugins::mllp
