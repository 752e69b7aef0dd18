#include "source/stdin/stdin_source.hpp"

#include "common/files/fd.hpp"
#include "common/files/text.hpp"
#include "common/testing_host/fake_host.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace aorta::plugins::stdin_source {
namespace {

using testing_host::FakeHost;

class StdinSourceTest : public ::testing::Test {
protected:
    StdinSourceTest() {
        std::array<int, 2> ends = {};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reader_ = files::Fd{ends[0]};
        writer_ = files::Fd{ends[1]};
    }

    void write(std::string_view bytes) const { files::write_all(writer_.get(), bytes); }

    FakeHost host_;
    files::Fd reader_;
    files::Fd writer_;
};

TEST_F(StdinSourceTest, ReadsMessagesToTheEndAndFinishes) {
    StdinSource source{{}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write("FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rMSH|2\rBTS|3\rFTS|1\r");
    writer_ = files::Fd{};
    EXPECT_TRUE(host_.wait_until([&] { return host_.is_finished(); }));
    source.stop();
    const auto pushed = host_.pushed();
    ASSERT_EQ(pushed.size(), 2U);
    EXPECT_EQ(pushed[0].payload, "MSH|1\rPID|1\r");
    EXPECT_EQ(pushed[0].content_type, "bytes");
    EXPECT_EQ(pushed[1].payload, "MSH|2\r");
    EXPECT_EQ(pushed[1].position, 30U);
    EXPECT_EQ(host_.logged("batch_count_mismatch"), 1U);
    EXPECT_EQ(host_.counted("batch_mismatches"), 1U);
}

TEST_F(StdinSourceTest, NamesTheBatchThatAMessageIsIn) {
    StdinSource source{{}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write("MSH|0\rBHS|^~\\&|||||||||B7\rMSH|1\rBTS|1\r");
    writer_ = files::Fd{};
    EXPECT_TRUE(host_.wait_until([&] { return host_.is_finished(); }));
    ASSERT_EQ(host_.pushed().size(), 2U);
    EXPECT_EQ(host_.pushed()[0].attributes.count("batch"), 0U);
    EXPECT_EQ(host_.pushed()[1].attributes.at("batch"), "B7");
}

TEST_F(StdinSourceTest, SendsALineAsSoonAsItIsThere) {
    StdinSource source{{.format = reading::Format::Lines}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write("first\nsec");
    EXPECT_TRUE(host_.wait_for_pushed(1));
    write("ond\n");
    EXPECT_TRUE(host_.wait_for_pushed(2));
    EXPECT_EQ(host_.pushed()[1].payload, "second");
    EXPECT_EQ(host_.pushed()[1].content_type, "text");
    source.stop();
    EXPECT_FALSE(host_.is_finished());
}

TEST_F(StdinSourceTest, StopsWhileTheBudgetIsUsedUp) {
    host_.set_budget(3);
    StdinSource source{{.format = reading::Format::Lines}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write("one\ntwo\nthree\n");
    EXPECT_TRUE(host_.wait_until([&] { return host_.refusals() != 0; }));
    source.stop();
    ASSERT_EQ(host_.pushed().size(), 1U);
    EXPECT_FALSE(host_.is_finished());
}

TEST_F(StdinSourceTest, AFrameWithAnEndByteInsideIsRefused) {
    StdinSource source{{}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write(
        "\x0bMSH|^~\\&|a\x1c"
        "b\r\x1c\r\x0bMSH|^~\\&|c\r\x1c\r");
    writer_ = files::Fd{};
    EXPECT_TRUE(host_.wait_until([&] { return host_.is_finished(); }));
    ASSERT_EQ(host_.pushed().size(), 1U);
    ASSERT_EQ(host_.refused().size(), 1U);
    EXPECT_EQ(host_.refused()[0].code, AORTA_INVALID_DATA);
    EXPECT_EQ(host_.refused()[0].reason, "stdin.end_inside_frame");
}

TEST_F(StdinSourceTest, ARecordAboveTheLimitIsRefusedAndPassedOver) {
    StdinSource source{
        {.format = reading::Format::Lines, .max_record_bytes = 4}, reader_.get(), host_.host()};
    ASSERT_TRUE(source.start().ok());
    write("12345\n1234\n");
    writer_ = files::Fd{};
    EXPECT_TRUE(host_.wait_until([&] { return host_.is_finished(); }));
    ASSERT_EQ(host_.pushed().size(), 1U);
    ASSERT_EQ(host_.refused().size(), 1U);
    EXPECT_EQ(host_.refused()[0].code, AORTA_RESOURCE_EXHAUSTED);
    EXPECT_EQ(host_.refused()[0].reason, "stdin.record_too_large");
    EXPECT_EQ(host_.refused()[0].where, "byte 0");
    EXPECT_EQ(host_.logged("record_too_large"), 1U);
    EXPECT_EQ(host_.counted("too_large"), 1U);
}

}  // namespace
}  // namespace aorta::plugins::stdin_source
