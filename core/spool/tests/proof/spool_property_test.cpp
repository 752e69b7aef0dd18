// Random sequences of calls, losses of power and starts, compared with the model. A run has a seed:
// set AORTA_SEED to a number to repeat one, or to `random`. AORTA_SEQUENCES: how many. AORTA_STEPS:
// one counterexample, as it was printed, to be run AORTA_SEQUENCES times (threads make it differ).
#include "spool/tests/proof/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <utility>

namespace aorta::spool::proof {
namespace {

std::uint64_t seed_of_run() {
    const char* const given = std::getenv("AORTA_SEED");
    if (given == nullptr) {
        return 9;
    }
    return std::string_view{given} == "random" ? std::random_device{}() : std::stoull(given);
}

int sequences_of_run() {
    const char* const given = std::getenv("AORTA_SEQUENCES");
    return given == nullptr ? 10'000 : std::stoi(given);
}

struct Tally {
    std::uint64_t sequences = 0;
    std::uint64_t steps = 0;
    std::uint64_t power_losses = 0;
    std::string first_violation = {};
};

/// Throws Violation.
void run(const std::vector<std::uint64_t>& steps, Rules rules, Tally& tally) {
    if (!steps.empty()) {
        rules.segment_bytes = 4096ULL << (steps.front() % 3);
        rules.is_sealed = steps.front() / 3 % 4 == 0;
        rules.is_calm = steps.front() / 12 % 4 != 0;
        if (steps.front() / 11520 % 3 == 0) {
            rules.max_bytes = rules.segment_bytes * (12 + steps.front() / 34560 % 6);
        }
        rules.power_loss_at = steps.front() / 48 % 4 != 0 ? 0 : 1 + steps.front() / 192 % 60;
    }
    World world{rules};
    for (const std::uint64_t step : steps) {
        world.step(step);
    }
    world.finish_run();
    ++tally.sequences;
    tally.steps += steps.size();
    tally.power_losses += world.power_losses();
}

rc::detail::TestResult check(const Rules& rules, int sequences, std::uint64_t seed, Tally& tally) {
    const auto property = [&](const std::vector<std::uint64_t>& steps) {
        try {
            run(steps, rules, tally);
        } catch (const Violation& violation) {
            if (tally.first_violation.empty()) {
                tally.first_violation = violation.what();
                std::cout << "after " << tally.sequences << " sequences: " << violation.what()
                          << std::endl;
            }
            RC_FAIL(violation.what());
        }
    };
    rc::detail::TestParams params;
    params.seed = seed;
    params.maxSuccess = sequences;
    params.maxSize = 60;
    params.disableShrinking = rules.sync_lies;
    return rc::detail::checkTestable(property, rc::detail::TestMetadata{"spool", "spool"}, params);
}

std::string text(const rc::detail::TestResult& result) {
    std::ostringstream out;
    rc::detail::printResultMessage(result, out);
    return out.str();
}

/// "1, 2, 3"
std::vector<std::uint64_t> steps_of_run() {
    const char* const given = std::getenv("AORTA_STEPS");
    std::vector<std::uint64_t> steps;
    std::istringstream in{given == nullptr ? "" : given};
    for (std::string step; std::getline(in, step, ',');) {
        steps.push_back(std::stoull(step));
    }
    return steps;
}

TEST(SpoolUnderPowerLoss, OneCounterexample) {
    const std::vector<std::uint64_t> steps = steps_of_run();
    if (steps.empty()) {
        GTEST_SKIP() << "AORTA_STEPS names none";
    }
    Tally tally;
    for (int i = 0; i < sequences_of_run(); ++i) {
        ASSERT_NO_THROW(run(steps, {}, tally)) << "in run " << i;
    }
}

TEST(SpoolUnderPowerLoss, KeepsWhatItPromised) {
    const std::uint64_t seed = seed_of_run();
    Tally tally;
    std::cout << "seed " << seed << '\n';
    const auto result = check({}, sequences_of_run(), seed, tally);
    EXPECT_TRUE(result.is<rc::detail::SuccessResult>())
        << text(result) << "\nfirst: " << tally.first_violation;
    std::cout << tally.sequences << " sequences, " << tally.steps << " steps, "
              << tally.power_losses << " losses of power\n";
}

/// The negative control: a disk whose sync does nothing must be found out, or the test above proves
/// nothing.
TEST(SpoolUnderPowerLoss, FindsOutADiskThatLies) {
    Tally tally;
    const auto result = check({.sync_lies = true}, 200, seed_of_run(), tally);
    EXPECT_TRUE(result.is<rc::detail::FailureResult>());
    std::cout << "found out after " << tally.sequences << " sequences\n" << text(result) << '\n';
}

}  // namespace
}  // namespace aorta::spool::proof
