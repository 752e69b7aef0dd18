// Every MSH-15 and MSH-16 with every outcome: which answers leave, through the whole of
// AnswerMaker.
#include "source/mllp/answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::plugins::mllp {
namespace {

constexpr Nanoseconds kNow{std::chrono::seconds{1'700'000'000}};

std::string header_with(std::string_view accept, std::string_view application) {
    return "MSH|^~\\&|LAB|W|EHR|H|20240101||ORU^R01|7|P|2.5.1|||" + std::string{accept} + "|" +
           std::string{application};
}

/// MSA-1 of framed answers, "CA AA" if there are two.
std::string codes(std::string_view bytes) {
    std::string found;
    for (std::size_t at = bytes.find("\rMSA|"); at != std::string_view::npos;
         at = bytes.find("\rMSA|", at + 1)) {
        found += (found.empty() ? "" : " ") + std::string{bytes.substr(at + 5, 2)};
    }
    return found;
}

/// All that is said of a message whose answer is `kind` and, if accepted, whose fate is `fate`.
std::string conversation(std::string_view header,
                         std::uint32_t kind,
                         std::uint32_t fate = AORTA_FATE_DELIVERED) {
    AnswerMaker maker(kNow);
    const FirstAnswer first = maker.first(
        header, {.kind = kind, .code = ErrorCode::InvalidData, .reason = "hl7.x"}, kNow);
    const std::string second =
        first.second ? *first.second
                     : maker.second(header, {.kind = fate, .code = ErrorCode::InvalidData}, kNow);
    const std::string before = codes(first.bytes);
    const std::string after = codes(second);
    return before + (before.empty() || after.empty() ? "" : " ") + after;
}

struct Row {
    const char* accept;
    const char* application;
    const char* on_accept;  // accepted, then delivered
    const char* on_error;
    const char* on_refuse;
};

// AL always, NE never, ER on error, SU on success; empty asks for nothing if the other is set.
constexpr Row kRows[] = {
    {"", "", "AA", "AE", "AR"},  // original mode
    {"", "AL", "AA", "AE", "AR"},      {"", "NE", "", "", ""},
    {"", "ER", "", "AE", "AR"},        {"", "SU", "AA", "", ""},
    {"AL", "", "CA", "CE", "CR"},      {"AL", "AL", "CA AA", "CE", "CR"},
    {"AL", "NE", "CA", "CE", "CR"},    {"AL", "ER", "CA", "CE", "CR"},
    {"AL", "SU", "CA AA", "CE", "CR"}, {"NE", "", "", "", ""},
    {"NE", "AL", "AA", "AE", "AR"},    {"NE", "NE", "", "", ""},
    {"NE", "ER", "", "AE", "AR"},      {"NE", "SU", "AA", "", ""},
    {"ER", "", "", "CE", "CR"},        {"ER", "AL", "AA", "CE", "CR"},
    {"ER", "NE", "", "CE", "CR"},      {"ER", "ER", "", "CE", "CR"},
    {"ER", "SU", "AA", "CE", "CR"},    {"SU", "", "CA", "", ""},
    {"SU", "AL", "CA AA", "AE", "AR"}, {"SU", "NE", "CA", "", ""},
    {"SU", "ER", "CA", "AE", "AR"},    {"SU", "SU", "CA AA", "", ""},
};

TEST(AckOriginalAndEnhanced, EveryConditionWithEveryOutcome) {
    for (const Row& row : kRows) {
        const std::string header = header_with(row.accept, row.application);
        EXPECT_EQ(conversation(header, AORTA_ACK_ACCEPT), row.on_accept) << header;
        EXPECT_EQ(conversation(header, AORTA_ACK_ERROR), row.on_error) << header;
        EXPECT_EQ(conversation(header, AORTA_ACK_REFUSE), row.on_refuse) << header;
    }
}

TEST(AckEnhanced, AFateThatIsBadIsToldAfterTheAcceptAcknowledgement) {
    const std::pair<std::string, std::string> cases[] = {
        {header_with("AL", "AL"), "CA AE"},
        {header_with("AL", "ER"), "CA AE"},
        {header_with("AL", "SU"), "CA"},
        {header_with("NE", "ER"), "AE"},
        {header_with("AL", "NE"), "CA"},
        {header_with("", ""), "AA"},  // original mode: the answer was given
    };
    for (const auto& [header, expected] : cases) {
        for (const std::uint32_t fate : {AORTA_FATE_DEAD_LETTERED, AORTA_FATE_FAILED}) {
            EXPECT_EQ(conversation(header, AORTA_ACK_ACCEPT, fate), expected) << header;
        }
    }
}

TEST(AckEnhanced, NullIsEmptyAndAnUnknownConditionAsks) {
    EXPECT_EQ(conversation(header_with("\"\"", "\"\""), AORTA_ACK_ACCEPT), "AA");
    EXPECT_EQ(conversation(header_with("AL", "\"\""), AORTA_ACK_ACCEPT), "CA");
    EXPECT_EQ(conversation(header_with("al", "x"), AORTA_ACK_ACCEPT), "CA AA");
}

TEST(AckEnhanced, OnInvalidDecidesHowAMessageThatWasSetAsideIsJudged) {
    const std::string header = header_with("NE", "AL");
    const std::pair<std::uint32_t, std::string> cases[] = {
        {AORTA_ACK_ERROR, "AE"}, {AORTA_ACK_REFUSE, "AR"}, {AORTA_ACK_ACCEPT, "AA"}};
    for (const auto& [on_invalid, expected] : cases) {
        AnswerMaker maker(kNow, {.on_invalid = on_invalid});
        const Outcome invalid{.kind = AORTA_FATE_DEAD_LETTERED, .code = ErrorCode::InvalidData};
        EXPECT_EQ(codes(maker.second(header, invalid, kNow)), expected);
        // What could not be done is not the data's fault.
        const Outcome undone{.kind = AORTA_FATE_DEAD_LETTERED, .code = ErrorCode::Unavailable};
        EXPECT_EQ(codes(maker.second(header, undone, kNow)), "AE");
    }
}

TEST(AckEnhanced, TheApplicationAcknowledgementIsAMessageOfItsOwn) {
    AnswerMaker maker(kNow);
    const std::string header = header_with("AL", "AL");
    EXPECT_EQ(maker.first(header, {AORTA_ACK_ACCEPT}, kNow).bytes,
              "\x0bMSH|^~\\&|EHR|H|LAB|W|20231114221320+0000||ACK^R01^ACK|1700000000-1|P|2.5.1\r"
              "MSA|CA|7\r\x1c\r");
    EXPECT_EQ(maker.second(header, {AORTA_FATE_FILTERED}, kNow),
              "\x0bMSH|^~\\&|EHR|H|LAB|W|20231114221320+0000||ACK^R01^ACK|1700000000-2|P|2.5.1|||"
              "NE|NE\rMSA|AA|7\r\x1c\r");
}

}  // namespace
}  // namespace aorta::plugins::mllp
