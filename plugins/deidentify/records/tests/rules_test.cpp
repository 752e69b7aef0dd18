// The rules of a pipeline on HL7 v2 messages, and what the profile `pseudonymise` does.
#include "deidentify/records/tests/harness.hpp"

namespace aorta::plugins::deidentify {
namespace {

using privacy::Action;
using privacy::Rule;
using testing::segment_of;

constexpr std::string_view kSecret = "a secret of at least thirty-two bytes";

testing::Made with_rules(std::vector<Rule> rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        rules[i].index = i;
    }
    return {.policy = {.rules = std::move(rules)}, .secret = kSecret};
}

std::string done(Action action, std::string_view path, std::string_view segment) {
    return segment_of(
        segment,
        with_rules(
            {{Rule::Selector::Path,
              std::string{path},
              {.action = action, .with = action == Action::Substitute ? "A|B" : "", .span = 2}}}));
}

TEST(Hl7Rules, DoWhatTheirActionsSay) {
    EXPECT_EQ(done(Action::Keep, "PID-5", "PID|1||||DOE^JOHN"), "PID|1||||DOE^JOHN");
    EXPECT_EQ(done(Action::Remove, "PID-8", "PID|1|||||||M"), "PID|1|||||||");
    EXPECT_EQ(done(Action::Mask, "PID-5", "PID|1||||DOE^JOHN~ROE"), "PID|1||||***^****~***");
    EXPECT_EQ(done(Action::Substitute, "PID-5", "PID|1||||DOE^JOHN"), "PID|1||||A\\F\\B");
    EXPECT_EQ(done(Action::Year, "NTE-3", "NTE|||20240310"), "NTE|||2024");
    EXPECT_EQ(done(Action::Generalise, "PID-11", "PID|1||||||||||1 Oak^^Chicago^IL^60601"),
              "PID|1||||||||||^^^IL^606");
    EXPECT_EQ(done(Action::Generalise, "PID-11.5", "PID|1||||||||||1 Oak^^Chicago^IL^60601"),
              "PID|1||||||||||^^^IL^606");
    EXPECT_EQ(done(Action::Scrub, "NTE-3", "NTE|||John Doe has pulse 72\\T\\73"),
              "NTE|||[NAME] has pulse 72\\T\\73");
    EXPECT_EQ(done(Action::Pseudonym, "PID-3", "PID|1||77^^^H^MR").size(),
              std::string_view{"PID|1||^^^^MR"}.size() + 32);
    EXPECT_EQ(done(Action::Token, "PID-3.1", "PID|1||77^^^H^MR").size(),
              std::string_view{"PID|1||"}.size() + 16);
    const std::string sealed = done(Action::FormatPreserving, "PID-3", "PID|1||123-4567^^^H^MR");
    EXPECT_EQ(sealed.substr(0, 7), "PID|1||");
    EXPECT_EQ(sealed.size(), std::string_view{"PID|1||123-4567^^^^MR"}.size());
    EXPECT_EQ(sealed.find("123-4567"), std::string::npos);
    const std::string noisy = done(Action::Perturb, "OBX-5", "OBX|1|NM|A||72.50|/min");
    EXPECT_NEAR(std::stod(noisy.substr(12)), 72.5, 1.01);
    EXPECT_EQ(done(Action::Keep, "PID-11.3", "PID|1||||||||||1 Oak^^Chicago^IL^60601"),
              "PID|1||||||||||^^Chicago^IL^606");
}

TEST(Hl7Rules, ShiftDatesByTheDaysOfThePatient) {
    const testing::Made made =
        with_rules({{Rule::Selector::Type, "TS", {.action = Action::ShiftDate}}});
    const int days = *testing::protector(made)->shift_for("77");
    std::string expected;
    ASSERT_TRUE(
        privacy::append_shifted("20240310083000", privacy::DateSyntax::Hl7, days, expected));
    EXPECT_EQ(segment_of("PID|1||77||||20240310083000~202403", made),
              "PID|1||||||" + expected + "~2024");
    // Nobody's dates keep their years.
    EXPECT_EQ(segment_of("PID|1||||||20240310083000", made), "PID|1||||||2024");
}

TEST(Hl7Rules, TheFirstThatFitsWins) {
    const testing::Made made =
        with_rules({{Rule::Selector::Path, "PID-5.2", {.action = Action::Keep}},
                    {Rule::Selector::Path, "PID-5", {.action = Action::Mask}},
                    {Rule::Selector::Type, "XPN", {.action = Action::Keep}},
                    {Rule::Selector::Name, "ZPI", {.action = Action::Keep}},
                    {Rule::Selector::Name, "NTE", {.action = Action::Remove}},
                    {Rule::Selector::Name, "ZSC", {.action = Action::Scrub}}});
    EXPECT_EQ(segment_of("PID|1||||DOE^JOHN||||ALIAS^X", made), "PID|1||||***^JOHN||||ALIAS^X");
    EXPECT_EQ(segment_of("ZPI|any|thing", made), "ZPI|any|thing");
    EXPECT_EQ(segment_of("ZSC|call 413-555-0182", made), "ZSC|call [CONTACT]");
    EXPECT_EQ(segment_of("NTE|1|L|text", made), "NTE|||");
    const testing::Made whole_first =
        with_rules({{Rule::Selector::Path, "PID-5", {.action = Action::Mask}},
                    {Rule::Selector::Path, "PID-5.2", {.action = Action::Keep}}});
    EXPECT_EQ(segment_of("PID|1||||DOE^JOHN", whole_first), "PID|1||||***^****");
}

TEST(Hl7Rules, OfATypeGoBeforeALaterOneThatKeepsTheSegment) {
    const auto both = [](std::string_view segment) {
        return with_rules({{Rule::Selector::Type, "XPN", {.action = Action::Remove}},
                           {Rule::Selector::Name, std::string{segment}, {.action = Action::Keep}}});
    };
    EXPECT_EQ(segment_of("NK1|1|DOE^JOHN|SPO", both("NK1")), "NK1|1||SPO");
    EXPECT_EQ(segment_of("OBX|1|XPN|A||DOE^JOHN|x", both("OBX")), "OBX|1|XPN|A|||x");
    EXPECT_EQ(segment_of("OBX|1|ST|A||DOE^JOHN|x", both("OBX")), "OBX|1|ST|A||DOE^JOHN|x");
}

TEST(Hl7Rules, WithoutAKeyRemove) {
    testing::Made made =
        with_rules({{Rule::Selector::Path, "PID-3", {.action = Action::Pseudonym}}});
    made.secret = "";
    EXPECT_EQ(segment_of("PID|1||77^^^H^MR", made), "PID|1||");
}

TEST(Pseudonymise, GivesCodesShiftsDatesAndScrubsText) {
    const testing::Made made{.policy = {.profile = privacy::Profile::Pseudonymise,
                                        .dates = DateMode::Shift,
                                        .text = TextMode::Scrub},
                             .codes = privacy::CodeMode::Pseudonym,
                             .secret = kSecret};
    Deidentifier deidentifier = testing::deidentifier(made);
    const std::string out = testing::run(deidentifier,
                                         "MSH|^~\\&|LAB|HOSP|||20240310||ORU^R01|1|P|2.5\r"
                                         "PID|1||77^^^H^MR||XYLANDER^QIRIN||19800102|M\r"
                                         "OBX|1|TX|A^Note^L||qirin is well, call 413-555-0182\r"
                                         "OBX|2|NM|8867-4^Rate^LN||72|/min\r"
                                         "NTE|1||Seen by Dr. Brown\r"
                                         "ZPI|77\r");
    EXPECT_EQ(out.find("77^"), std::string::npos);
    EXPECT_EQ(out.find("XYLANDER"), std::string::npos);
    EXPECT_EQ(out.find("20240310"), std::string::npos);
    EXPECT_EQ(out.find("19800102"), std::string::npos);
    EXPECT_NE(out.find("|[NAME] is well, call [CONTACT]\r"), std::string::npos) << out;
    EXPECT_NE(out.find("||72|/min\r"), std::string::npos);
    EXPECT_NE(out.find("Seen by Dr. [NAME]\r"), std::string::npos);
    EXPECT_EQ(out.find("ZPI"), std::string::npos);
}

}  // namespace
}  // namespace aorta::plugins::deidentify
