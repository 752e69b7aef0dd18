// Runs the tests inside a pipeline file: offline, on a virtual clock, on one thread, with the real
// processors between stubbed sources and sinks.
#pragma once

#include "base/log.hpp"
#include "config/value.hpp"
#include "pipeline/spec.hpp"
#include "runtime/test_coverage.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace aorta::runtime {

/// What was expected and what came. Several lines; shows test data.
struct TestFailure {
    config::Position at;
    std::string message;
};

struct TestResult {
    std::string name;
    config::Position at;
    std::vector<TestFailure> failures;
    /// What became of records that were not delivered: a help when something failed.
    std::vector<std::string> notes;
    std::vector<std::string> written;  // goldens that were written or rewritten

    bool passed() const { return failures.empty(); }
};

/// One thread.
class Tester {
public:
    /// `rewrites_goldens`: what comes is what is expected from now on.
    Tester(pipeline::PipelineSpec spec, base::Log& log, bool rewrites_goldens);
    Tester(const Tester&) = delete;
    Tester& operator=(const Tester&) = delete;
    ~Tester();

    TestResult run(const pipeline::TestSpec& test);

    const pipeline::PipelineSpec& spec() const { return spec_; }

    /// Of all tests that were run.
    const TestCoverage& coverage() const { return coverage_; }

private:
    const pipeline::PipelineSpec spec_;
    base::Log& log_;
    const bool rewrites_goldens_;
    TestCoverage coverage_;
};

}  // namespace aorta::runtime
