#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace aorta::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class KeptLog final : public Log {
public:
    using Log::Log;
    std::vector<std::string> lines;

private:
    void emit(std::string_view line) override { lines.emplace_back(line); }
};

TEST(Log, WritesOneJsonObjectALine) {
    const VirtualClock clock{0s};
    KeptLog log{clock};

    log.warn("retry_scheduled", {{"node", "store"}, {"attempt", 3}});

    EXPECT_THAT(log.lines,
                ElementsAre(R"({"ts":"1970-01-01T00:00:00.000000000Z","level":"warn",)"
                            R"("event":"retry_scheduled","node":"store","attempt":3})"
                            "\n"));
}

TEST(Log, EscapesWhatWouldBreakALine) {
    const VirtualClock clock{0s};
    KeptLog log{clock};

    log.info("said", {{"text", "a\"b\\c\nd\x01"}});

    EXPECT_THAT(log.lines.at(0), HasSubstr(R"("text":"a\"b\\c\u000ad\u0001"})"));
}

TEST(Log, WritesReadableLinesForPeople) {
    const VirtualClock clock{0s};
    KeptLog log{clock, LogLevel::Debug, LogFormat::Text};

    log.error("sink_down", {{"node", "store"}, {"waiting", -1}});

    EXPECT_THAT(log.lines, ElementsAre("error sink_down node=store waiting=-1\n"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    const VirtualClock clock{0s};
    KeptLog log{clock, LogLevel::Warn};

    log.info("quiet");
    log.write(LogLevel::Debug, "quieter");
    log.error("loud");

    EXPECT_EQ(log.lines.size(), 1U);
}

TEST(Log, CountsRepetitionsWithinASecondAndTellsThemWithTheNext) {
    VirtualClock clock{0s};
    KeptLog log{clock};
    for (int i = 0; i < 25; ++i) {
        log.info("again");
    }
    log.info("other");
    EXPECT_EQ(log.lines.size(), 11U) << "ten of the one and one of the other";

    clock.advance(1s);
    log.info("again");
    log.info("again");

    EXPECT_THAT(log.lines.at(11), HasSubstr(R"("suppressed":15)"));
    EXPECT_THAT(log.lines.at(12), testing::Not(HasSubstr("suppressed")));
}

TEST(Log, KeepsLinesWholeWhenManyThreadsWrite) {
    const VirtualClock clock{0s};
    KeptLog log{clock};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log, t] {
                for (int i = 0; i < 500; ++i) {
                    log.info("event_" + std::to_string(t) + "_" + std::to_string(i));
                }
            });
        }
    }
    EXPECT_EQ(log.lines.size(), 2000U);
    for (const std::string& line : log.lines) {
        EXPECT_EQ(line.front(), '{');
        EXPECT_THAT(line, testing::EndsWith("}\n"));
    }
}

}  // namespace
}  // namespace aorta::base
