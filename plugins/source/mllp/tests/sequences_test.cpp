#include "source/mllp/sequences.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aorta::plugins::mllp {
namespace {

using Kind = Sequences::Finding::Kind;

std::string numbered(std::string_view number, std::string_view sender = "LAB") {
    return "MSH|^~\\&|" + std::string{sender} + "|W\tX|EHR|H|2024||ORU^R01|7|P|2.5|" +
           std::string{number} + "\rPID|1\r";
}

class SequencesTest : public ::testing::Test {
protected:
    ~SequencesTest() override { std::filesystem::remove(path_); }

    Sequences::Finding check(const std::string& message) {
        return sequences_.check(*hl7::Header::parse(message), message);
    }

    Kind kind(std::string_view number) { return check(numbered(number)).kind; }

    void begin(std::string_view number, std::uint64_t cookie, std::string_view sender = "LAB") {
        const std::string message = numbered(number, sender);
        sequences_.begin(*hl7::Header::parse(message), cookie);
    }

    void accept(std::string_view number) {
        begin(number, 1);
        sequences_.on_answer(1, true);
    }

    std::string path_ = ::testing::TempDir() + "mllp_sequences_test";
    Sequences sequences_ = *Sequences::open(path_);
};

TEST_F(SequencesTest, ANewSenderMayBeginAnywhereAndThenCounts) {
    EXPECT_EQ(kind("5"), Kind::Expected);
    accept("5");
    EXPECT_EQ(kind("6"), Kind::Expected);
    for (const char* wrong : {"5", "7", "1", "-2", "x", "6.5", "99999999999", "0"}) {
        EXPECT_EQ(kind(wrong), Kind::Unexpected) << wrong;
        EXPECT_EQ(check(numbered(wrong)).expected, 6) << wrong;
    }
    EXPECT_EQ(check(numbered("1", "OTHER")).kind, Kind::Expected);
}

TEST_F(SequencesTest, AMessageWithoutNumberIsNotChecked) {
    accept("5");
    EXPECT_EQ(kind(""), Kind::Unnumbered);
    EXPECT_EQ(kind("\"\""), Kind::Unnumbered);
}

TEST_F(SequencesTest, ZeroWithoutContentAsksWhatIsExpected) {
    const std::string start = "MSH|^~\\&|LAB|W\tX|EHR|H|2024||^|7|P|2.1|0\r";
    EXPECT_EQ(check(start).kind, Kind::LinkStart);
    EXPECT_EQ(check(start).expected, -1);
    accept("41");
    EXPECT_EQ(check(start).expected, 42);
    EXPECT_EQ(check(start + "\r\n").kind, Kind::LinkStart);
    EXPECT_EQ(kind("0"), Kind::Unexpected);  // content with it would be lost
}

TEST_F(SequencesTest, MinusOneBeginsAnew) {
    accept("41");
    EXPECT_EQ(kind("-1"), Kind::Expected);
    accept("-1");
    EXPECT_EQ(kind("7"), Kind::Expected);
    accept("7");
    EXPECT_EQ(kind("9"), Kind::Unexpected);
}

TEST_F(SequencesTest, WhatWasNotAcceptedIsExpectedAgain) {
    accept("5");
    begin("6", 1);
    begin("7", 2);
    EXPECT_EQ(kind("8"), Kind::Expected);
    sequences_.on_answer(1, false);
    sequences_.on_answer(2, false);
    EXPECT_EQ(kind("6"), Kind::Expected);
    EXPECT_EQ(kind("8"), Kind::Unexpected);
}

TEST_F(SequencesTest, TheFileHoldsWhatWasAcceptedAndNotWhatIsUnderWay) {
    accept("5");
    begin("6", 1);
    begin("7", 2);
    sequences_.on_answer(2, true);
    EXPECT_TRUE(sequences_.needs_saving());
    ASSERT_TRUE(sequences_.save().ok());
    EXPECT_FALSE(sequences_.needs_saving());
    const std::string message = numbered("6");
    EXPECT_EQ(Sequences::open(path_)->check(*hl7::Header::parse(message), message).expected, 6);

    sequences_.on_answer(1, true);
    ASSERT_TRUE(sequences_.save().ok());
    EXPECT_EQ(Sequences::open(path_)->check(*hl7::Header::parse(message), message).expected, 8);
}

TEST_F(SequencesTest, TheFileIsReadBack) {
    begin("5", 1, "a%b \xC4");
    sequences_.on_answer(1, true);
    EXPECT_EQ(sequences_.encode(), "aorta.mllp_sequence/1\n6\ta%25b%20%C4\tW%09X\n");
    Sequences other = *Sequences::open(path_);
    ASSERT_TRUE(other.decode(sequences_.encode()).ok());
    EXPECT_EQ(other.encode(), sequences_.encode());
    const std::string message = numbered("6", "a%b \xC4");
    EXPECT_EQ(other.check(*hl7::Header::parse(message), message).expected, 6);
}

TEST_F(SequencesTest, TwoBillionIsTheLastNumber) {
    accept("2000000000");
    EXPECT_EQ(kind("1"), Kind::Expected);
    ASSERT_TRUE(Sequences::open(path_)->decode(sequences_.encode()).ok());
}

TEST_F(SequencesTest, ADamagedFileIsRefusedWithItsLine) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "line 0"},
        {"aorta.mllp_sequence/1", "line 0"},
        {"aorta.mllp_sequence/2\n", "line 1"},
        {"aorta.mllp_sequence/1\n5\tA\n", "line 2"},
        {"aorta.mllp_sequence/1\n5\tA\tB\n0\tC\tD\n", "line 3"},
        {"aorta.mllp_sequence/1\nx\tA\tB\n", "line 2"},
        {"aorta.mllp_sequence/1\n5\tA%2\tB\n", "line 2"},
        {"aorta.mllp_sequence/1\n5\tA%zz\tB\n", "line 2"},
        {"aorta.mllp_sequence/1\n5\tA\tB\tC\n", "line 2"},
        {"aorta.mllp_sequence/1\n5\tA\tB\n6\tA\tB\n", "line 3"},
    };
    for (const auto& [text, line] : cases) {
        std::ofstream(path_, std::ios::trunc) << text;
        const Result<Sequences> opened = Sequences::open(path_);
        ASSERT_FALSE(opened.ok()) << text;
        EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
        EXPECT_EQ(opened.error().where, line) << text;
    }
}

}  // namespace
}  // namespace aorta::plugins::mllp
