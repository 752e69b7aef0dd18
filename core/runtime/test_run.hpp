// One pipeline test on its way. Used by tester.cpp.
#pragma once

#include "base/clock.hpp"
#include "message/interner.hpp"
#include "runtime/pipeline.hpp"
#include "runtime/test_stubs.hpp"
#include "runtime/tester.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aorta::runtime {

/// Holds all that the pipeline of one test runs in. One use: `run`, then `check`.
class TestRun {
public:
    TestRun(const pipeline::PipelineSpec& spec,
            const pipeline::TestSpec& test,
            base::Log& log,
            TestCoverage& coverage);
    TestRun(const TestRun&) = delete;
    TestRun& operator=(const TestRun&) = delete;
    ~TestRun();

    /// Builds the pipeline, injects, lets time pass, ends it.
    void run();
    /// Compares what came with what was expected.
    void check(bool rewrites_goldens);

    TestResult take_result();

private:
    Surroundings surroundings();
    bool build();
    void inject(const pipeline::TestInject& step);
    void advance(base::Nanoseconds time);
    void settle();
    void end();

    void check_answers();
    void check_reply(const pipeline::TestExpect& expect,
                     const std::string& reply,
                     std::size_t record);
    std::vector<StubStep> script_of(const std::string& node);
    void check_records(const pipeline::TestExpect& expect, bool rewrites_goldens);
    void check_golden(const pipeline::TestExpect& expect,
                      const std::vector<std::string>& payloads,
                      bool rewrites_goldens);
    void write_golden(const pipeline::TestExpect& expect,
                      const std::filesystem::path& file,
                      const std::string& text);
    std::vector<std::string> payloads_at(const std::string& node) const;
    void fail(const config::Position& at, std::string message);
    void note_fates();

    const pipeline::PipelineSpec& spec_;
    const pipeline::TestSpec& test_;
    base::Log& log_;
    TestCoverage& coverage_;
    TestResult result_;

    base::VirtualClock clock_;
    metrics::Registry metrics_;
    message::Interner names_;
    base::BusyCount active_;
    SerialRunner runner_;
    MemoryDeadLetters dead_letters_;
    std::vector<TestAnswer> answers_;
    std::map<std::string, std::vector<std::string>, std::less<>> payloads_;  // by sink
    std::map<std::string, std::size_t> stubbed_;  // steps of its script that are taken, by sink
    std::map<std::string, std::size_t> fates_;    // what became of records, as a sentence
    std::unique_ptr<Pipeline> pipeline_;
    std::uint64_t injected_ = 0;
};

}  // namespace aorta::runtime
