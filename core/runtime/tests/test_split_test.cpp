#include "runtime/test_split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::runtime {
namespace {

using ::testing::ElementsAre;

TEST(TestSplit, MessagesBeginAtMshWhateverEndsTheLines) {
    EXPECT_THAT(split_records(TestFormat::Hl7v2, "MSH|1\rPID|1\rMSH|2\rPID|2\r"),
                ElementsAre("MSH|1\rPID|1\r", "MSH|2\rPID|2\r"));
    EXPECT_THAT(split_records(TestFormat::Hl7v2, "MSH|1\nPID|1\n\nMSH|2\n"),
                ElementsAre("MSH|1\nPID|1\n", "MSH|2\n"));
    EXPECT_THAT(split_records(TestFormat::Hl7v2, "MSH|1\r\nPID|1"), ElementsAre("MSH|1\r\nPID|1"));
}

TEST(TestSplit, LeavesOutMarksEnvelopesAndFrames) {
    EXPECT_THAT(split_records(TestFormat::Hl7v2,
                              "\xEF\xBB\xBF"
                              "FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rBTS|1\rFTS|1\r"),
                ElementsAre("MSH|1\rPID|1\r"));
    EXPECT_THAT(split_records(TestFormat::Hl7v2, "\x0BMSH|1\rPID|1\r\x1C\r\x0BMSH|2\r\x1C\r"),
                ElementsAre("MSH|1\rPID|1\r", "MSH|2\r"));
}

TEST(TestSplit, BytesWithoutMshAreOneRecord) {
    EXPECT_THAT(split_records(TestFormat::Hl7v2, "hello\rworld"), ElementsAre("hello\rworld"));
    EXPECT_THAT(split_records(TestFormat::Hl7v2, ""), ElementsAre());
}

TEST(TestSplit, LinesAreWithoutTheirEnds) {
    EXPECT_THAT(split_records(TestFormat::Lines, "a\r\n\nb"), ElementsAre("a", "", "b"));
    EXPECT_THAT(split_records(TestFormat::Ndjson, "{}\n\n[]\n"), ElementsAre("{}", "[]"));
    EXPECT_THAT(split_records(TestFormat::Whole, "a\nb\n"), ElementsAre("a\nb\n"));
}

TEST(TestSplit, FormatIsThatOfTheSourceThenOfTheFileThenOfTheBytes) {
    EXPECT_EQ(test_format("lines", "x.ndjson", "MSH|"), TestFormat::Lines);
    EXPECT_EQ(test_format("whole", "x", "MSH|"), TestFormat::Whole);
    EXPECT_EQ(test_format("", "x.ndjson", "MSH|"), TestFormat::Ndjson);
    EXPECT_EQ(test_format("", "x", "\xEF\xBB\xBFMSH|"), TestFormat::Hl7v2);
    EXPECT_EQ(test_format("", "x.json", "{}"), TestFormat::Whole);
}

}  // namespace
}  // namespace aorta::runtime
