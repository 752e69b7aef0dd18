// Pipelines of stubs only: what the tester itself does. Real processors: tests/cli,
// tests/pipelines.
#include "runtime/tester.hpp"

#include "pipeline/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace aorta::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

config::Catalog catalog() {
    config::Catalog all;
    const std::vector<config::OutputPort> out = {{"out", "bytes"}};
    EXPECT_TRUE(all.add("s", {.id = "peer", .kind = config::Kind::Source, .outputs = out}).ok());
    EXPECT_TRUE(
        all.add("t", {.id = "peer", .kind = config::Kind::Sink, .inputs = {"*"}, .replies = true})
            .ok());
    EXPECT_TRUE(
        all.add("d", {.id = "dead_letter", .kind = config::Kind::Sink, .inputs = {"*"}}).ok());
    return all;
}

/// Runs the tests of a pipeline intake → store, other, and returns what went wrong in each.
class TesterTest : public ::testing::Test {
protected:
    TesterTest() { std::filesystem::create_directories(folder_); }

    ~TesterTest() override { std::filesystem::remove_all(folder_); }

    std::vector<std::string> failures(const std::string& test) {
        const pipeline::Loaded loaded = pipeline::load_text(
            "aorta: 1\npipeline: p\nnodes:\n"
            "  intake: { source: peer, ack: " +
                ack_ +
                " }\n"
                "  store: { sink: peer, from: intake }\n"
                "  bad: { sink: dead_letter, from: intake, required: false }\n"
                "tests:\n  - name: t\n" +
                test,
            (folder_ / "p.yaml").native(),
            catalog());
        EXPECT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        tester_.emplace(*loaded.spec, log_, false);
        std::vector<std::string> messages;
        for (const TestFailure& failure : tester_->run(tester_->spec().tests.front()).failures) {
            messages.push_back(failure.message);
        }
        return messages;
    }

    std::string ack_ = "{ level: delivered, timeout: 30s }";
    const std::filesystem::path folder_ =
        std::filesystem::path{::testing::TempDir()} / ("tester_" + std::to_string(::getpid()));
    base::SystemClock clock_;
    base::Log log_{clock_, base::LogLevel::Error};
    std::optional<Tester> tester_;
};

TEST_F(TesterTest, GivesEachRecordToEverySink) {
    EXPECT_THAT(failures(R"(    inject: [ { at: intake, text: "one" }, { at: intake, text: "two" } ]
    expect:
      - { ack: AA }
      - { at: store, count: 2, contains: [ one, two ], absent: three }
      - { at: dead_letters, count: 2, contains: dead_letter.sent_here }
)"),
                IsEmpty());
}

TEST_F(TesterTest, SaysWhatCameInstead) {
    const auto all = failures(R"(    inject: [ { at: intake, text: "one" } ]
    expect: [ { ack: AR }, { at: store, count: 2, contains: two, absent: one } ]
)");
    EXPECT_THAT(all,
                ElementsAre(HasSubstr("expected the answer AR to record 1, came AA"),
                            HasSubstr("expected 2 records at `store`, 1 came"),
                            HasSubstr("`one` must be absent"),
                            HasSubstr("no record at `store` holds `two`")));
}

TEST_F(TesterTest, RetriesAPeerThatFailsAsTimeGoesBy) {
    const std::string inject = R"(    stub: { store: [ fail, timeout, ok ] }
    inject: [ { at: intake, text: "one" }, { advance: TIME } ]
    expect: [ { ack: AA }, { at: store, count: 1 } ]
)";
    const auto with = [&](const std::string& time) {
        std::string text = inject;
        return text.replace(text.find("TIME"), 4, time);
    };
    EXPECT_THAT(failures(with("1s")), IsEmpty());
    EXPECT_THAT(failures(with("1ms")), ::testing::Not(IsEmpty()));
}

TEST_F(TesterTest, SendersAreTiredOfWaitingBeforeALaterRetry) {
    // By the 12th attempt the 30 s that the sender waits are over.
    EXPECT_THAT(
        failures(
            R"(    stub: { store: [ fail, fail, fail, fail, fail, fail, fail, fail, fail, fail, fail, ok ] }
    inject: [ { at: intake, text: "one" }, { advance: 10m } ]
    expect: [ { ack: none }, { at: store, count: 1 } ]
)"),
        IsEmpty());
}

TEST_F(TesterTest, TellsTheSenderWhatAPeerRefused) {
    EXPECT_THAT(failures(R"(    stub: { store: refuse }
    inject: [ { at: intake, text: "one" } ]
    expect: [ { ack: AE }, { at: store, count: 0 } ]
)"),
                IsEmpty());
}

TEST_F(TesterTest, RepliesWithWhatAStubbedPeerSays) {
    const std::string test = R"(    stub: { store: { reply: answer.txt } }
    inject: [ { at: intake, text: "one" } ]
    expect: [ { ack: AA, contains: MSA, absent: QAK } ]
)";
    ack_ = "{ reply: store }";
    EXPECT_THAT(failures(test),
                ElementsAre(HasSubstr("answer.txt: the file cannot be read"),
                            HasSubstr("answered without a reply")));
    std::ofstream{folder_ / "answer.txt"} << "MSH|\rMSA|AA|1\r";
    EXPECT_THAT(failures(test), IsEmpty());
    std::ofstream{folder_ / "answer.txt"} << "MSH|\rQAK|1\r";
    EXPECT_THAT(
        failures(test),
        ElementsAre(HasSubstr("the reply to record 1 does not hold `MSA`"),
                    HasSubstr("`QAK` must be absent from the reply to record 1:\n  QAK|1")));
}

TEST_F(TesterTest, HeldRecordsFailATest) {
    EXPECT_THAT(failures(R"(    stub: { store: fail }
    inject: [ { at: intake, text: "one" } ]
    expect: [ { at: store, count: 0 } ]
)"),
                ElementsAre(HasSubstr("1 of 1 records are still held at the end of the test, 1 at "
                                      "`store` (stub.fail)")));
}

TEST_F(TesterTest, SeveralExpectedAnswersAreTheAnswersInOrder) {
    const std::string inject = R"(    stub: { store: [ ok, refuse ] }
    inject: [ { at: intake, text: "one" }, { at: intake, text: "two" } ]
)";
    EXPECT_THAT(failures(inject + "    expect: [ { ack: AA }, { ack: AE } ]\n"), IsEmpty());
    EXPECT_THAT(failures(inject + "    expect: [ { ack: AE }, { ack: AA } ]\n"),
                ElementsAre(HasSubstr("expected the answer AE to record 1, came AA")));
    EXPECT_THAT(failures(inject + "    expect: [ { ack: AA }, { ack: AE }, { ack: AA } ]\n"),
                ElementsAre(HasSubstr("expected 3 answers, 2 came")));
}

TEST_F(TesterTest, NamesAFileThatIsMissing) {
    EXPECT_THAT(failures(R"(    inject: [ { at: intake, file: none.hl7 } ]
    expect: [ { at: store, golden: none.txt } ]
)"),
                ElementsAre(HasSubstr("none.hl7: the file cannot be read"),
                            HasSubstr("none.txt: it cannot be read")));
}

TEST_F(TesterTest, CoverageIsWhatTestsReached) {
    failures("    inject: [ { advance: 1s } ]\n    expect: [ { at: store, count: 0 } ]\n");
    EXPECT_THAT(tester_->coverage().unreached(),
                ElementsAre("node intake", "port intake.out", "node store", "node bad"));
    failures("    inject: [ { at: intake, text: x } ]\n    expect: [ { at: store, count: 1 } ]\n");
    EXPECT_THAT(tester_->coverage().unreached(), IsEmpty());
}

}  // namespace
}  // namespace aorta::runtime
