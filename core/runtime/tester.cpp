#include "runtime/tester.hpp"

#include "runtime/test_run.hpp"

#include <utility>

namespace aorta::runtime {

Tester::Tester(pipeline::PipelineSpec spec, base::Log& log, bool rewrites_goldens)
    : spec_(std::move(spec)), log_(log), rewrites_goldens_(rewrites_goldens), coverage_(spec_) {}

Tester::~Tester() = default;

TestResult Tester::run(const pipeline::TestSpec& test) {
    TestRun run{spec_, test, log_, coverage_};
    run.run();
    run.check(rewrites_goldens_);
    return run.take_result();
}

}  // namespace aorta::runtime
