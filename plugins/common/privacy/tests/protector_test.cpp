#include "common/privacy/protector.hpp"

#include "common/privacy/places.hpp"

#include <gtest/gtest.h>

namespace aorta::privacy {
namespace {

Protector protector(std::string_view secret = "a secret", CodeMode codes = CodeMode::Remove) {
    static const auto kScrubber = std::make_shared<const Scrubber>(std::move(*Scrubber::make({})));
    return {{.secret = secret, .codes = codes}, Tokens{100}, kScrubber};
}

std::string applied(const Treatment& treatment,
                    std::string_view text,
                    std::string_view secret = "a secret") {
    Protector made = protector(secret);
    std::string out;
    return made.apply(treatment, text, "patient", out) ? out : "(removed)";
}

TEST(Protector, DoesWhatTheActionsSay) {
    EXPECT_EQ(applied({.action = Action::Keep}, "A b"), "A b");
    EXPECT_EQ(applied({.action = Action::Remove}, "A b"), "(removed)");
    EXPECT_EQ(applied({.action = Action::Mask}, "Zoë 1-2"), "*** *-*");
    EXPECT_EQ(applied({.action = Action::Substitute, .with = "UNKNOWN"}, "A"), "UNKNOWN");
    EXPECT_EQ(applied({.action = Action::Pseudonym}, "A").size(), 32U);
    EXPECT_EQ(applied({.action = Action::Token}, "A").size(), 16U);
    EXPECT_EQ(applied({.action = Action::Scrub}, "call (413) 555-0182"), "call [CONTACT]");
}

TEST(Protector, RemovesWithoutAKeyWhatNeedsOne) {
    for (const Action action :
         {Action::Pseudonym, Action::FormatPreserving, Action::Encrypt, Action::Perturb}) {
        EXPECT_TRUE(needs_key(action));
        EXPECT_EQ(applied({.action = action, .span = 1}, "1234567", ""), "(removed)");
    }
    EXPECT_FALSE(protector("").shift_for("patient"));
    EXPECT_FALSE(protector().shift_for(""));
}

TEST(Protector, EncryptsDigitsInTheirPlaces) {
    const std::string out = applied({.action = Action::FormatPreserving}, "(413) 123-4567");
    EXPECT_EQ(out.size(), 14U);
    EXPECT_EQ(out[0], '(');
    EXPECT_EQ(out.substr(4, 2), ") ");
    EXPECT_EQ(out[9], '-');
    EXPECT_NE(out, "(413) 123-4567");
    EXPECT_EQ(out, applied({.action = Action::FormatPreserving}, "(413) 123-4567"));
    // What is neither encrypted nor a separator would stay readable.
    EXPECT_EQ(applied({.action = Action::FormatPreserving}, "Mary Smith 1234567"), "(removed)");
    // Too few digits for a domain of a million.
    EXPECT_EQ(applied({.action = Action::FormatPreserving}, "12345"), "(removed)");
    EXPECT_EQ(applied({.action = Action::FormatPreserving, .has_letters = true}, "ab12").size(),
              4U);
}

TEST(Protector, PerturbsNumbersWithinTheirSpan) {
    const Treatment fixed{.action = Action::Perturb, .span = 4};
    const Treatment share{.action = Action::Perturb, .span = 0.2, .is_proportional = true};
    std::set<std::string> seen;
    for (int i = 100; i < 200; ++i) {
        const std::string number = std::to_string(i) + ".5";
        const std::string out = applied(fixed, number);
        EXPECT_EQ(out, applied(fixed, number));
        EXPECT_NEAR(std::stod(out), std::stod(number), 2.05) << number;
        EXPECT_EQ(out.size() - out.find('.'), 2U);
        EXPECT_NEAR(
            std::stod(applied(share, number)), std::stod(number), std::stod(number) * 0.1 + 0.05);
        seen.insert(std::to_string(std::stod(out) - std::stod(number)));
    }
    EXPECT_GT(seen.size(), 20U);
    EXPECT_EQ(applied(fixed, "about 5"), "(removed)");
    EXPECT_EQ(applied(fixed, "."), "(removed)");
}

TEST(Protector, SealsSoThatOnlyTheKeyOpens) {
    const std::string out = applied({.action = Action::Encrypt}, "MRN 12345");
    EXPECT_EQ(out.find("12345"), std::string::npos);
    EXPECT_NE(out, applied({.action = Action::Encrypt}, "MRN 12345"));
}

TEST(Protector, GivesCodesAsTheModeSays) {
    EXPECT_EQ(protector("a secret", CodeMode::Remove).code_for("A"), "");
    EXPECT_EQ(protector("a secret", CodeMode::Random).code_for("A").size(), 16U);
    EXPECT_EQ(protector("a secret", CodeMode::Pseudonym).code_for("A"),
              applied({.action = Action::Pseudonym}, "A"));
    EXPECT_EQ(protector("", CodeMode::Pseudonym).code_for("A"), "");
}

TEST(Ages, AreBoundedAt90Years) {
    EXPECT_EQ(bounded_age("89.5", "a"), "89.5");
    EXPECT_EQ(bounded_age("90", "a"), "90");
    EXPECT_EQ(bounded_age("101", "yr"), "90");
    EXPECT_EQ(bounded_age(">80", ""), "90");
    EXPECT_EQ(bounded_age("1200", "mo"), "1080");
    EXPECT_EQ(bounded_age("35000", "d"), "32872");
    EXPECT_EQ(bounded_age("50", "furlong"), "");
}

TEST(Places, KeepThreeDigitsWhereEnoughPeopleLive) {
    EXPECT_EQ(zip3_of("60601-1234"), "606");
    EXPECT_EQ(zip3_of("05901"), "000");
    EXPECT_EQ(zip3_of("20301"), "000");
    EXPECT_EQ(zip3_of("6060"), "");
    EXPECT_TRUE(is_us_state("il"));
    EXPECT_TRUE(is_us_state("Illinois"));
    EXPECT_FALSE(is_us_state("Chicago"));
}

}  // namespace
}  // namespace aorta::privacy
