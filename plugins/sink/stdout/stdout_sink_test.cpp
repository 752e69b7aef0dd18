#include "sink/stdout/stdout_sink.hpp"

#include "common/files/fd.hpp"
#include "common/testing_host/fake_host.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace aorta::plugins::stdout_sink {
namespace {

using testing_host::FakeHost;

struct Pipe {
    Pipe() {
        std::array<int, 2> ends = {};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reader = files::Fd{ends[0]};
        writer = files::Fd{ends[1]};
    }

    files::Fd reader;
    files::Fd writer;
};

TEST(StdoutSink, WritesRecordsInOrderWithSeparators) {
    const Pipe pipe;
    FakeHost host;
    StdoutSink sink{{.line_ends = files::LineEnds::Lf}, pipe.writer.get()};

    sink.consume(host.deliveries({{"MSH|1\rPID|1\r"}, {"two"}}));

    std::array<char, 64> bytes = {};
    const ssize_t count = ::read(pipe.reader.get(), bytes.data(), bytes.size());
    EXPECT_EQ(std::string(bytes.data(), static_cast<std::size_t>(count)), "MSH|1\nPID|1\ntwo\n");
    ASSERT_EQ(host.completed().size(), 2U);
    EXPECT_EQ(host.completed()[1].code, AORTA_OK);
}

TEST(StdoutSink, AClosedReaderFailsTheRecordsAndNotTheProcess) {
    Pipe pipe;
    pipe.reader = files::Fd{};
    FakeHost host;
    StdoutSink sink{{}, pipe.writer.get()};

    sink.consume(host.deliveries({{"one"}, {"two"}}));
    sink.consume(host.deliveries({{"three"}}));

    ASSERT_EQ(host.completed().size(), 3U);
    for (const auto& completed : host.completed()) {
        EXPECT_EQ(completed.code, AORTA_CANCELLED);
        EXPECT_EQ(completed.reason, kClosed);
    }
}

}  // namespace
}  // namespace aorta::plugins::stdout_sink
