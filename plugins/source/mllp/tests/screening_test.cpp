#include "source/mllp/screening.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::mllp {
namespace {

std::string with_field(std::string_view type,
                       std::string_view processing,
                       std::string_view version) {
    return "MSH|^~\\&|A|B|C|D|20240101||" + std::string{type} + "|1|" + std::string{processing} +
           "|" + std::string{version} + "\r";
}

Screening screen_text(std::string_view message, const AcceptRule& rule) {
    const Result<hl7::Header> header = hl7::Header::parse(message);
    return screen(header.ok() ? &*header : nullptr, rule);
}

TEST(Screen, TellsMessagesApartByTheirHeader) {
    const AcceptRule rule{{"2.3", "2.5.1"}, {"ADT", "ORU^R01"}, {"P"}};
    const std::pair<std::string, Screening> cases[] = {
        {with_field("ADT^A08", "P", "2.3"), Screening::Ordinary},
        {with_field("ADT^A08", "P^T", "2.5.1^DEU"), Screening::Ordinary},
        {with_field("ORU^R01^ORU_R01", "P", "2.5.1"), Screening::Ordinary},
        {with_field("ADT^A08", "P", "2.4"), Screening::WrongVersion},
        {with_field("ADT^A08", "P", "2.3.1"), Screening::WrongVersion},
        {with_field("ORU^R30", "P", "2.3"), Screening::WrongType},
        {with_field("ORM^O01", "P", "2.3"), Screening::WrongType},
        {with_field("", "P", "2.3"), Screening::WrongType},
        {with_field("ADT^A01", "T", "2.3"), Screening::WrongProcessingId},
        {with_field("ADT^A01", "", "2.3"), Screening::WrongProcessingId},
        {"MSH!@%*:!A!B!C!D!!!ORU@R01!7!P!2.3\r", Screening::Ordinary},
        {"", Screening::NoHeader},
        {"PID|1", Screening::NoHeader},
        {std::string("MSH\0", 4), Screening::NoHeader},
    };
    for (const auto& [message, expected] : cases) {
        EXPECT_EQ(screen_text(message, rule), expected) << message;
    }
}

TEST(Screen, KnowsAcknowledgements) {
    EXPECT_EQ(screen_text(with_field("ACK^A01", "P", "2.3"), {}), Screening::Acknowledgement);
    EXPECT_EQ(screen_text(with_field("MCF", "P", "2.3"), {}), Screening::Acknowledgement);
    EXPECT_EQ(screen_text(with_field("ACK", "T", "2.3"), {{"2.5"}, {"ADT"}, {"P"}}),
              Screening::Acknowledgement);
    EXPECT_EQ(screen_text(with_field("XXX", "", ""), {}), Screening::Ordinary);
}

TEST(Screen, RefusesAHeaderThatNoAnswerCouldName) {
    const auto with = [](std::size_t address, std::size_t id) {
        return "MSH|^~\\&|" + std::string(address, 'A') + "|B|C|D|||ADT^A01|" +
               std::string(id, '7') + "|P|2.5|||AL|NE\rPID|1\r";
    };
    EXPECT_EQ(screen_text(with(1, 1000), {}), Screening::Ordinary);
    EXPECT_EQ(screen_text(with(1, 1001), {}), Screening::HeaderTooLarge);
    EXPECT_EQ(screen_text(with(8140, 1), {}), Screening::Ordinary);
    EXPECT_EQ(screen_text(with(8155, 1), {}), Screening::HeaderTooLarge) << "MSH-16 is cut off";
    EXPECT_EQ(screen_text(with(9000, 1), {}), Screening::HeaderTooLarge);
    EXPECT_EQ(screen_text("MSH|^~\\&|||||||ADT|1|P|2.5" + std::string(9000, '|') + "\r", {}),
              Screening::Ordinary)
        << "what follows is not asked for";
}

TEST(Screen, TakesAStarForAnything) {
    struct Case {
        AcceptRule rule;
        std::string message;
        Screening expected;
    };

    const Case cases[] = {
        {{{"2.5*"}, {}, {}}, with_field("ADT^A01", "P", "2.5.1"), Screening::Ordinary},
        {{{"2.5*"}, {}, {}}, with_field("ADT^A01", "P", "2.4"), Screening::WrongVersion},
        {{{"*"}, {}, {}}, with_field("ADT^A01", "P", ""), Screening::Ordinary},
        {{{}, {"ADT^*"}, {}}, with_field("ADT", "P", "2.5"), Screening::Ordinary},
        {{{}, {"ADT^A0*"}, {}}, with_field("ADT^A08", "P", "2.5"), Screening::Ordinary},
        {{{}, {"ADT^A0*"}, {}}, with_field("ADT^A11", "P", "2.5"), Screening::WrongType},
        {{{}, {"*^A08"}, {}}, with_field("XYZ^A08", "P", "2.5"), Screening::Ordinary},
        {{{}, {"ORU^R01^ORU_R01"}, {}}, with_field("ORU^R01", "P", "2.5"), Screening::WrongType},
        {{{}, {}, {"*"}}, with_field("ORU^R01", "", "2.5"), Screening::Ordinary},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(screen_text(one.message, one.rule), one.expected) << one.message;
    }
}

TEST(BehindEnvelope, FindsTheFirstMessageOrLeavesAllAsItIs) {
    EXPECT_EQ(behind_envelope("FHS|x\rBHS|x\n\rMSH|a\r"), "MSH|a\r");
    EXPECT_EQ(behind_envelope("\xEF\xBB\xBF\rBHS|x\rMSH|a\r"), "MSH|a\r");
    for (const char* whole :
         {"", "BHS|x", "BHS|x\r", "BHS|x\rPID|1\r", "PID|1\rMSH|a\r", "MSH|a\r"}) {
        EXPECT_EQ(behind_envelope(whole), whole);
    }
}

TEST(HeaderOf, KeepsTheFirstSegmentWithinBounds) {
    EXPECT_EQ(header_of("MSH|a\rPID|secret\r"), "MSH|a");
    EXPECT_EQ(header_of("MSH|a"), "MSH|a");
    EXPECT_EQ(header_of("\r\nMSH|a\nPID|secret"), "MSH|a");
    EXPECT_EQ(header_of("\r"), "");
    const std::string large = "MSH|^~\\&|A|" + std::string(8181, 'x');
    EXPECT_EQ(header_of(large), large) << "8 KiB";
    EXPECT_EQ(header_of(large + "y"), "MSH|^~\\&|A") << "no field is cut";
    EXPECT_EQ(header_of("MSH|" + std::string(100'000, 'x')), "MSH");
}

}  // namespace
}  // namespace aorta::plugins::mllp
