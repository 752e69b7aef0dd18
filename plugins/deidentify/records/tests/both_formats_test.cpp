// One policy for HL7 v2 and FHIR: the same codes, the same days.
#include "deidentify/records/tests/fhir_harness.hpp"
#include "deidentify/records/tests/harness.hpp"

namespace aorta::plugins::deidentify {
namespace {

struct Outputs {
    std::string message;
    std::string resource;
};

Outputs outputs(const std::string& hl7_mrn,
                const std::string& mrn,
                const std::string& hl7_date,
                const std::string& iso_date) {
    Deidentifier messages =
        testing::deidentifier({.policy = {.profile = privacy::Profile::Pseudonymise,
                                          .dates = DateMode::Shift,
                                          .text = TextMode::Scrub},
                               .codes = privacy::CodeMode::Pseudonym,
                               .secret = testing::kSecret});
    Outputs made;
    made.message = testing::run(messages,
                                "MSH|^~\\&|||||" + hl7_date + "||ADT^A01|1|P|2.5\rPID|1||" +
                                    hl7_mrn + "^^^H^MR||||" + hl7_date.substr(0, 8) + "\r");
    made.resource = testing::run(R"({"resourceType":"Patient","identifier":[{"value":")" + mrn +
                                     R"("}],"birthDate":")" + iso_date.substr(0, 10) +
                                     R"(","deceasedDateTime":")" + iso_date + "\"}",
                                 testing::pseudonymise(),
                                 privacy::CodeMode::Pseudonym);
    return made;
}

TEST(BothFormats, MoveTheDatesOfAPatientByTheSameDays) {
    for (int i = 0; i < 50; ++i) {
        const std::string mrn = "M" + std::to_string(1000 + i);
        const Outputs made = outputs(mrn, mrn, "20240310083000-0500", "2024-03-10T08:30:00-05:00");
        const std::size_t msh = made.message.find("|||||") + 5;
        const std::string day = made.message.substr(msh, 8);
        EXPECT_NE(day, "20240310");
        EXPECT_EQ(made.message.substr(msh + 8, 11), "083000-0500");
        const std::string iso = day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6, 2);
        EXPECT_NE(made.message.find("||||" + day + "\r"), std::string::npos) << made.message;
        EXPECT_NE(made.resource.find(R"("birthDate":")" + iso + "\""), std::string::npos)
            << made.resource;
        EXPECT_NE(made.resource.find(iso + "T08:30:00-05:00"), std::string::npos);
    }
}

TEST(BothFormats, GiveAnIdentifierTheSamePseudonym) {
    const Outputs made = outputs("M\\T\\77", "M&77", "20240310", "2024-03-10");
    privacy::Pseudonyms pseudonyms{privacy::Keys{testing::kSecret}.of("pseudonym")};
    const std::string code = pseudonyms("M&77");
    EXPECT_NE(made.resource.find(code), std::string::npos);
    EXPECT_NE(made.message.find("||" + code + "^^^^MR|"), std::string::npos) << made.message;
}

}  // namespace
}  // namespace aorta::plugins::deidentify
