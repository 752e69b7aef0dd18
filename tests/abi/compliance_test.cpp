// The harness finds the rule that each naughty plugin breaks, and every plugin of this build keeps
// all of them.
#include "tests/abi/compliance_plans.hpp"

#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace aorta {
namespace {

namespace fs = std::filesystem;
using testing::Finding;
using testing::Plan;

const fs::path kNaughty = fs::path(AORTA_BUILD_DIR) / "tests" / "abi" / "plugins";

std::vector<std::string> rules_of(const std::vector<Finding>& findings) {
    std::vector<std::string> rules;
    for (const Finding& finding : findings) {
        rules.push_back(finding.rule);
    }
    std::sort(rules.begin(), rules.end());
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
}

struct Naughty {
    const char* plugin;
    std::vector<std::string> rules;
};

// How the test framework shows a parameter.
void PrintTo(const Naughty& naughty, std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << naughty.plugin;
}

class FindsTheRule : public ::testing::TestWithParam<Naughty> {};

TEST_P(FindsTheRule, ThatThePluginBreaks) {
    Plan plan;
    plan.samples = {{.payload = "sample text"}};
    plan.may_refuse_samples = true;
    plan.patience = std::chrono::milliseconds{20};
    const auto findings = check_plugin(kNaughty / (std::string(GetParam().plugin) + ".so"), plan);

    EXPECT_EQ(rules_of(findings), GetParam().rules) << to_text(findings);
}

INSTANTIATE_TEST_SUITE_P(
    Compliance,
    FindsTheRule,
    ::testing::Values(Naughty{"plain_c", {}},
                      Naughty{"good_sink", {}},
                      Naughty{"good_source", {}},
                      Naughty{"no_note", {"note", "open"}},
                      Naughty{"no_symbol", {"load"}},
                      Naughty{"undefined", {"load"}},
                      Naughty{"other_major", {"load"}},
                      Naughty{"mismatch", {"note", "open"}},
                      Naughty{"throws_in_constructor", {"open"}},
                      Naughty{"no_process", {"open"}},
                      Naughty{"throws_in_process", {"exception.thrown", "sample.refused"}},
                      Naughty{"throws_across", {"exception.crossed", "verdict.missing"}},
                      Naughty{"too_few_verdicts", {"verdict.missing"}},
                      Naughty{"two_verdicts", {"exception.thrown", "verdict.doubled"}},
                      Naughty{"floods", {"emit.flood"}},
                      Naughty{"emits_nothing", {"emit.missing"}},
                      Naughty{"undeclared_reason", {"reason.undeclared"}},
                      Naughty{"leaks_data", {"data.leaked", "sample.refused"}},
                      Naughty{"leaks_buffer", {"buffer.leaked"}},
                      Naughty{"holds_for_ever", {"absorb.unresolved"}},
                      Naughty{"wrong_port", {"port.range"}},
                      Naughty{"writes_payload", {"payload.written"}},
                      Naughty{"completes_twice", {"complete.twice"}},
                      Naughty{"never_completes", {"complete.missing"}},
                      Naughty{"undeclared_sink_reason", {"reason.undeclared"}},
                      Naughty{"finishes_twice", {"finished.twice"}},
                      Naughty{"pushes_after_stop", {"finished.push", "stop.ignored"}}),
    [](const auto& test) { return std::string(test.param.plugin); });

std::vector<std::string> built_plugins() {
    std::vector<std::string> names;
    std::error_code ignored;
    const fs::path folder = fs::path(AORTA_BUILD_DIR) / "lib" / "aorta" / "plugins";
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".so") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

class Keeps : public ::testing::TestWithParam<std::string> {};

TEST_P(Keeps, EveryRule) {
    const fs::path folder = fs::path(AORTA_BUILD_DIR) / "lib" / "aorta" / "plugins";
    Plan plan = plan_of(GetParam());
    if (!plan.before.empty()) {
        plan.before = folder / plan.before;
    }
    const auto findings = check_plugin(folder / (GetParam() + ".so"), plan);

    EXPECT_TRUE(findings.empty()) << to_text(findings);
}

// Every name of the folder, so that a new plugin is tested without being named here.
INSTANTIATE_TEST_SUITE_P(BuiltPlugin,
                         Keeps,
                         ::testing::ValuesIn(built_plugins()),
                         [](const auto& test) { return test.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Keeps);

}  // namespace
}  // namespace aorta
