#include "flow/consent/rules.hpp"

#include "flow/consent/purpose.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::consent {
namespace {

using namespace std::chrono_literals;

Use use_for(std::string purpose, std::vector<std::string> labels = {}) {
    return {.recipient = {"Organization/r"},
            .purpose = std::move(purpose),
            .now = 1000h,
            .labels = std::move(labels)};
}

Consent consent_of(Provision base, std::vector<Provision> exceptions = {}) {
    return {.ids = {"Consent/1"},
            .patients = {"Patient/1"},
            .base = std::move(base),
            .exceptions = std::move(exceptions)};
}

TEST(Purpose, IsPartOfWiderOnes) {
    EXPECT_TRUE(is_part_of("TREAT", "TREAT"));
    EXPECT_TRUE(is_part_of("COC", "TREAT"));
    EXPECT_TRUE(is_part_of("ERTREAT", "TREAT"));
    EXPECT_TRUE(is_part_of("ELIGVER", "HPAYMT"));
    EXPECT_FALSE(is_part_of("TREAT", "COC"));
    EXPECT_FALSE(is_part_of("HRESCH", "TREAT"));
    EXPECT_TRUE(is_purpose("PUBHLTH"));
    EXPECT_FALSE(is_purpose("treat"));
    EXPECT_FALSE(is_purpose(""));
}

TEST(Rules, ABaseWithoutLimitsHoldsForEverything) {
    EXPECT_EQ(permits(consent_of({.is_deny = false}), use_for("HRESCH")), true);
    EXPECT_EQ(permits(consent_of({.is_deny = true}), use_for("HRESCH")), false);
}

TEST(Rules, AConsentSaysNothingOfWhatItDoesNotSpeakOf) {
    const Use use = use_for("HRESCH");
    EXPECT_EQ(permits(consent_of({.purposes = {"TREAT"}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.actors = {"Organization/other"}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.period = {.begin = 1001h}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.period = {.end = 1000h}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.purposes = {"HRESCH"}}), use), true);
    EXPECT_EQ(permits(consent_of({.actors = {"Organization/r"}}), use), true);
}

TEST(Rules, AnExceptionOutweighsTheBase) {
    const auto permit_but =
        consent_of({.is_deny = false}, {{.is_deny = true, .purposes = {"HRESCH"}}});
    EXPECT_EQ(permits(permit_but, use_for("HRESCH")), false);
    EXPECT_EQ(permits(permit_but, use_for("BIORCH")), false);
    EXPECT_EQ(permits(permit_but, use_for("TREAT")), true);
    const auto deny_but =
        consent_of({.is_deny = true}, {{.is_deny = false, .purposes = {"TREAT"}}});
    EXPECT_EQ(permits(deny_but, use_for("TREAT")), true);
    EXPECT_EQ(permits(deny_but, use_for("HRESCH")), false);
}

TEST(Rules, OfTwoExceptionsTheOneThatDeniesOutweighs) {
    const auto both = consent_of({.is_deny = false},
                                 {{.is_deny = false, .purposes = {"HRESCH"}},
                                  {.is_deny = true, .actors = {"Organization/r"}}});
    EXPECT_EQ(permits(both, use_for("HRESCH")), false);
}

TEST(Rules, ExceptionsEndWithTheConsent) {
    const auto over = consent_of({.is_deny = true, .period = {.end = 999h}},
                                 {{.is_deny = false, .purposes = {"TREAT"}}});
    EXPECT_EQ(permits(over, use_for("TREAT")), std::nullopt);
}

TEST(Rules, WhoPermitsTreatmentHasNotPermittedToBreakTheGlass) {
    EXPECT_EQ(permits(consent_of({.purposes = {"TREAT"}}), use_for("BTG")), std::nullopt);
    EXPECT_EQ(permits(consent_of({.is_deny = false}), use_for("BTG")), std::nullopt);
    EXPECT_EQ(permits(consent_of({.purposes = {"BTG"}}), use_for("BTG")), true);
    EXPECT_EQ(permits(consent_of({.is_deny = true, .purposes = {"TREAT"}}), use_for("BTG")), false);
}

TEST(Rules, ConfidentialityHasAnOrder) {
    const auto up_to_r = consent_of({.labels = {"R"}});
    EXPECT_EQ(permits(up_to_r, use_for("TREAT")), true);
    EXPECT_EQ(permits(up_to_r, use_for("TREAT", {"R"})), true);
    EXPECT_EQ(permits(up_to_r, use_for("TREAT", {"V"})), std::nullopt);
    const auto not_r = consent_of({.is_deny = false}, {{.is_deny = true, .labels = {"R"}}});
    EXPECT_EQ(permits(not_r, use_for("TREAT", {"N"})), true);
    EXPECT_EQ(permits(not_r, use_for("TREAT", {"R"})), false);
    EXPECT_EQ(permits(not_r, use_for("TREAT", {"L", "V"})), false);
}

TEST(Rules, APermissionWithALevelAndASensitivityNeedsBoth) {
    const auto both = consent_of({.labels = {"R", "HIV"}});
    EXPECT_EQ(permits(both, use_for("TREAT", {"R", "HIV"})), true);
    EXPECT_EQ(permits(both, use_for("TREAT", {"V", "HIV"})), std::nullopt);
    EXPECT_EQ(permits(both, use_for("TREAT", {"R"})), std::nullopt);
}

TEST(Rules, ADenialReachesWhatLastsIntoItsTime) {
    Use use = use_for("TREAT");
    use.time = Period{10h, 20h};
    EXPECT_EQ(permits(consent_of({.is_deny = true, .data_period = {.begin = 15h}}), use), false);
    EXPECT_EQ(permits(consent_of({.data_period = {.begin = 15h}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.data_period = {.begin = 5h, .end = 20h}}), use), true);
}

TEST(Rules, SensitivityIsOneOfTheLabels) {
    const auto not_psy =
        consent_of({.is_deny = false}, {{.is_deny = true, .labels = {"PSY", "HIV"}}});
    EXPECT_EQ(permits(not_psy, use_for("TREAT", {"R", "HIV"})), false);
    EXPECT_EQ(permits(not_psy, use_for("TREAT", {"ETH"})), true);
}

TEST(Rules, WhatIsNotKnownPermitsNothingAndIsNoWayAroundADenial) {
    const Use use = use_for("TREAT");
    for (const bool is_deny : {false, true}) {
        const std::optional<bool> expected = is_deny ? std::optional{false} : std::nullopt;
        EXPECT_EQ(permits(consent_of({.is_deny = is_deny, .data_period = {.end = 5h}}), use),
                  expected);
        EXPECT_EQ(permits(consent_of({.is_deny = is_deny, .types = {"Observation"}}), use),
                  expected);
        EXPECT_EQ(permits(consent_of({.is_deny = is_deny, .instances = {"Observation/1"}}), use),
                  expected);
        EXPECT_EQ(permits(consent_of({.is_deny = is_deny, .has_more = true}), use), expected);
    }
}

TEST(Rules, DataIsLimitedByTimeTypeAndInstance) {
    Use use = use_for("TREAT");
    use.time = Period{10h, 10h + 1min};
    use.type = "Observation";
    use.instance = "Observation/1";
    EXPECT_EQ(permits(consent_of({.data_period = {.begin = 10h, .end = 11h}}), use), true);
    EXPECT_EQ(permits(consent_of({.data_period = {.begin = 11h}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.types = {"Condition", "Observation"}}), use), true);
    EXPECT_EQ(permits(consent_of({.types = {"Condition"}}), use), std::nullopt);
    EXPECT_EQ(permits(consent_of({.instances = {"Observation/1"}}), use), true);
    EXPECT_EQ(permits(consent_of({.is_deny = true, .instances = {"Observation/2"}}), use),
              std::nullopt);
}

struct ImplicitCase {
    const char* policy;
    const char* purpose;
    std::vector<std::string> labels;
    bool is_permitted;
};

TEST(Rules, WithoutConsentOnePolicyHolds) {
    const ImplicitCase cases[] = {
        {"deny", "TREAT", {}, false},
        {"deny", "BTG", {}, false},
        {"break-glass-only", "BTG", {"V"}, true},
        {"break-glass-only", "TREAT", {}, false},
        {"basic-normal", "TREAT", {}, true},
        {"basic-normal", "COC", {"N"}, true},
        {"basic-normal", "HPAYMT", {}, true},
        {"basic-normal", "HQUALIMP", {}, true},
        {"basic-normal", "HRESCH", {}, false},
        {"basic-normal", "BTG", {}, false},
        {"basic-normal", "TREAT", {"R"}, false},
        {"all-normal", "HRESCH", {}, true},
        {"all-normal", "HRESCH", {"R"}, false},
        {"all-normal", "BTG", {}, false},
    };
    for (const ImplicitCase& one : cases) {
        const auto policy = read_policy(one.policy);
        ASSERT_TRUE(policy);
        EXPECT_EQ(permits(*policy, use_for(one.purpose, one.labels)), one.is_permitted)
            << one.policy << ' ' << one.purpose;
    }
    EXPECT_EQ(read_policy("allow"), std::nullopt);
}

}  // namespace
}  // namespace aorta::plugins::consent
