// `retry` of a sink: what is read, what is refused and where.
#include "fake_catalog.hpp"
#include "pipeline/load.hpp"
#include "pipeline/show.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aorta::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

Loaded load_sink(std::string_view keys) {
    std::string text =
        "aorta: 1\npipeline: p\nnodes:\n  in: { source: file, with: { path: x } }\n"
        "  z: { sink: mllp, from: in, ";
    text += keys;
    return load_text(text + " }\n", "p.yaml", fake_catalog(), {});
}

TEST(LoadRetry, ReadsEverything) {
    const Loaded loaded = load_sink(
        "retry: { first: 5ms, longest: 1m, jitter: 50%, attempts: { denied: 5, timeout: forever, "
        "internal: 1 }, breaker: { after: 4, pause: 2s } }");
    ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
    EXPECT_THAT(loaded.diagnostics.to_text(), IsEmpty());
    const RetrySpec& retry = loaded.spec->find("z")->retry;
    EXPECT_EQ(retry.first, 5ms);
    EXPECT_EQ(retry.longest, 1min);
    EXPECT_EQ(retry.jitter_percent, 50U);
    EXPECT_EQ(retry.attempts,
              (std::map<ErrorCode, std::uint32_t>{{ErrorCode::Denied, 5},
                                                  {ErrorCode::Timeout, RetrySpec::kForever},
                                                  {ErrorCode::Internal, 1}}));
    EXPECT_EQ(retry.breaker_after, 4U);
    EXPECT_EQ(retry.breaker_pause, 2s);
}

TEST(LoadRetry, HasDefaultsAndNoBreaker) {
    for (const char* keys : {"lanes: 1", "retry: {}"}) {
        const Loaded loaded = load_sink(keys);
        ASSERT_TRUE(loaded.spec) << loaded.diagnostics.to_text();
        const RetrySpec& retry = loaded.spec->find("z")->retry;
        EXPECT_EQ(retry.first, 100ms);
        EXPECT_EQ(retry.longest, 30s);
        EXPECT_EQ(retry.jitter_percent, 25U);
        EXPECT_THAT(retry.attempts, IsEmpty());
        EXPECT_EQ(retry.breaker_after, 0U);
    }
}

TEST(LoadRetry, IsShownWithItsDefaultsWhenItIsGiven) {
    EXPECT_THAT(show(load_sink("lanes: 1").resolved), Not(HasSubstr("retry")));
    EXPECT_THAT(show(load_sink("retry: { first: 1s, attempts: { denied: 3 } }").resolved),
                HasSubstr("    retry:\n"
                          "      first: 1s  # p.yaml:5\n"
                          "      attempts:\n"
                          "        denied: \"3\"  # p.yaml:5\n"
                          "      longest: 30s  # default\n"
                          "      jitter: \"25%\"  # default\n"
                          "      breaker:\n"
                          "        after: 0  # default\n"
                          "        pause: 30s  # default\n"));
}

struct RetryFault {
    const char* name;
    const char* keys;
    const char* expected;
};

class LoadRetryFault : public ::testing::TestWithParam<RetryFault> {};

TEST_P(LoadRetryFault, IsRefusedWithItsPlace) {
    const Loaded loaded = load_sink(GetParam().keys);
    EXPECT_FALSE(loaded.spec);
    EXPECT_THAT(loaded.diagnostics.to_text(), StartsWith(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Faults,
    LoadRetryFault,
    ::testing::Values(
        RetryFault{"UnknownKey",
                   "retry: { fist: 1s }",
                   "p.yaml:5:39: error: unknown key `fist`\n    did you mean `first`?"},
        RetryFault{"UnknownCode",
                   "retry: { attempts: { denyed: 3 } }",
                   "p.yaml:5:51: error: unknown key `denyed`\n    did you mean `denied`?"},
        RetryFault{
            "NoAttempts",
            "retry: { attempts: { denied: 0 } }",
            "p.yaml:5:59: error: `denied` takes a number of attempts, found `0`\n    accepted: 1 "
            "to 1000, or forever"},
        RetryFault{"TooManyAttempts",
                   "retry: { attempts: { denied: 1001 } }",
                   "p.yaml:5:59: error: `denied` takes a number of attempts, found `1001`"},
        RetryFault{
            "AlmostForever",
            "retry: { attempts: { denied: for_ever } }",
            "p.yaml:5:59: error: `denied` takes a number of attempts, found `for_ever`\n    did "
            "you mean `forever`? accepted: 1 to 1000, or forever"},
        RetryFault{"JitterWithoutPercent",
                   "retry: { jitter: 25 }",
                   "p.yaml:5:47: error: `jitter` takes a share of the pause, found `25`\n    for "
                   "example: 25%"},
        RetryFault{"JitterOfTooMuch",
                   "retry: { jitter: 101% }",
                   "p.yaml:5:47: error: `jitter` takes a share of the pause, found `101%`"},
        RetryFault{
            "LongestBelowFirst",
            "retry: { first: 5s, longest: 1s }",
            "p.yaml:5:59: error: `longest` is 1s, and the first pause is 5s\n    pauses grow"},
        RetryFault{"FirstAboveTheDefault",
                   "retry: { first: 1m }",
                   "p.yaml:5:46: error: `longest` is 30s, and the first pause is 1m"},
        RetryFault{"FirstOfNothing",
                   "retry: { first: 0s }",
                   "p.yaml:5:46: error: `first` is too low: 0s\n    accepted: 1ms to 1h"},
        RetryFault{"BreakerWithoutAfter",
                   "retry: { breaker: { pause: 1s } }",
                   "p.yaml:5:48: error: `breaker` does not say when it opens\n    for example: "
                   "breaker: { after: 5 }"}),
    [](const auto& fault) { return fault.param.name; });

TEST(LoadRetry, IsForSinksOnly) {
    const Loaded loaded = load_text(
        "aorta: 1\npipeline: p\nnodes:\n"
        "  in: { source: file, retry: { first: 1s }, with: { path: x } }\n"
        "  z: { sink: stdout, from: in }\n",
        "p.yaml",
        fake_catalog(),
        {});
    EXPECT_THAT(loaded.diagnostics.to_text(),
                StartsWith("p.yaml:4:23: error: a source has no `retry`"));
}

TEST(LoadRetry, WarnsWhenItDecidesOverThePluginsOwnPolicy) {
    const std::string on = "with: { on: { AE: hold } }";
    EXPECT_THAT(
        load_sink("retry: { first: 1s, breaker: { after: 5 } }, " + on).diagnostics.to_text(),
        IsEmpty());
    EXPECT_THAT(load_sink("retry: { attempts: { timeout: 5 } }").diagnostics.to_text(), IsEmpty());
    EXPECT_THAT(load_sink("retry: { attempts: { timeout: 5 } }, " + on).diagnostics.to_text(),
                StartsWith("p.yaml:5:49: warning: `attempts` overrides what `on` of the plugin "
                           "`mllp` says is tried again\n    say it in `on`"));
    EXPECT_THAT(load_sink("on_error: hold_key, " + on).diagnostics.to_text(),
                StartsWith("p.yaml:5:40: warning: `on_error` overrides what `on` of the plugin "
                           "`mllp` says is tried again\n    leave `on_error` out"));
}

}  // namespace
}  // namespace aorta::pipeline
