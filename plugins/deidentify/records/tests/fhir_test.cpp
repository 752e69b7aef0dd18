#include "common/fhir/reason.hpp"
#include "deidentify/records/tests/fhir_harness.hpp"

namespace aorta::plugins::deidentify {
namespace {

using privacy::Action;
using privacy::CodeMode;
using privacy::Rule;
using testing::limited_data_set;
using testing::members;
using testing::pseudonymise;
using testing::run;

TEST(FhirSafeHarbor, LeavesOfAPatientWhatIdentifiesNobody) {
    EXPECT_EQ(
        run(R"({"resourceType":"Patient","identifier":[{"system":"urn:s","value":"77"}],
        "name":[{"family":"Doe","given":["John"]}],"telecom":[{"system":"phone","value":"555"}],
        "gender":"male","birthDate":"1980-01-02","address":[{"use":"home","line":["1 Oak"],
        "city":"Chicago","state":"IL","postalCode":"60601","country":"US"}],
        "maritalStatus":{"coding":[{"system":"urn:m","code":"M","display":"Married"}],"text":"wed"},
        "photo":[{"contentType":"image/png","data":"AAAA"}],"active":true})"),
        R"({"resourceType":"Patient","meta":{"security":[)"
        R"({"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED"},)"
        R"({"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"ABSTRED"}]},)"
        R"("gender":"male","birthDate":"1980","address":[{"use":"home","state":"IL","postalCode":"606","country":"US"}],)"
        R"("maritalStatus":{"coding":[{"system":"urn:m","code":"M","display":"Married"}]},"active":true})");
}

TEST(FhirSafeHarbor, RemovesNarrativeExtensionsAndWhatFhirDoesNotKnow) {
    EXPECT_EQ(
        members(R"({"resourceType":"Patient","text":{"status":"generated","div":"<div>Doe</div>"},
        "extension":[{"url":"urn:x","valueString":"Doe"}],"_birthDate":{"extension":[{"url":"urn:t","valueDateTime":"1980-01-02T03:04:05Z"}]},
        "modifierExtension":[{"url":"urn:x","valueString":"Doe"}],"nickname":"Jo","gender":{"a":"Doe"},"active":"Doe"})"),
        "");
}

TEST(FhirSafeHarbor, KeepsExtensionsThatAreAllowed) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Patient","extension":[{"url":"urn:a","valueCode":"F"},{"url":"urn:b","valueString":"Doe"}]})",
            {.extensions = {"urn:a"}}),
        R"(,"extension":[{"url":"urn:a","valueCode":"F"}])");
}

TEST(FhirSafeHarbor, DropsYearsThatShowAnAgeAboveEightyNine) {
    EXPECT_EQ(members(R"({"resourceType":"Patient","birthDate":"1934-06-16"})"),
              R"(,"birthDate":"1934")");
    EXPECT_EQ(members(R"({"resourceType":"Patient","birthDate":"1934-06-15"})"), "");
    EXPECT_EQ(members(R"({"resourceType":"Patient","birthDate":"1934-06"})"), "");
    EXPECT_EQ(members(R"({"resourceType":"Patient","birthDate":"June"})"), "");
    EXPECT_EQ(members(R"({"resourceType":"Observation","issued":"2020-02-03T04:05:06+01:00"})"),
              R"(,"issued":"2020-01-01T00:00:00Z")");
}

TEST(FhirSafeHarbor, BoundsAges) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Condition","onsetAge":{"value":93.5,"unit":"years","code":"a"}})"),
        R"(,"onsetAge":{"value":90,"unit":"years","code":"a"})");
    EXPECT_EQ(members(R"({"resourceType":"Condition","onsetAge":{"value":47.50,"code":"a"}})"),
              R"(,"onsetAge":{"value":47.50,"code":"a"})");
    const std::string head =
        R"({"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":")";
    EXPECT_NE(run(head + R"(30525-0"}]},"valueQuantity":{"value":104,"code":"a"}})")
                  .find(R"("value":90)"),
              std::string::npos);
    EXPECT_NE(run(head + R"(8867-4"}]},"valueQuantity":{"value":104,"code":"/min"}})")
                  .find(R"("value":104)"),
              std::string::npos);
}

TEST(FhirSafeHarbor, BoundsAgesOfComponentsAndOfEscapedCodes) {
    for (const std::string_view code : {"30525-0", "30525\\u002d0"}) {
        const std::string coded = R"("code":{"coding":[{"code":")" + std::string{code} + R"("}]})";
        const std::string value = R"("valueQuantity":{"value":97,"code":"a"})";
        EXPECT_NE(run(R"({"resourceType":"Observation",)" + coded + "," + value + "}")
                      .find(R"("value":90)"),
                  std::string::npos);
        EXPECT_NE(
            run(R"({"resourceType":"Observation","component":[{)" + coded + "," + value + "}]}")
                .find(R"("value":90)"),
            std::string::npos);
    }
}

TEST(FhirSafeHarbor, KeepsTypesOfReferencesAndUnitsButNoOtherWords) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Observation","code":{"coding":[{"display":"Smith"}]},"subject":{"type":"Patient"},"valueQuantity":{"value":1,"unit":"mL"}})"),
        R"(,"subject":{"type":"Patient"},"valueQuantity":{"value":1,"unit":"mL"})");
    EXPECT_EQ(members(R"({"resourceType":"Observation","subject":{"type":"Mary Smith"}})"), "");
}

TEST(FhirSafeHarbor, LabelsTheResourceNotWhatItContains) {
    const std::string out = run(
        R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","meta":{"security":[{"code":"R"}]},"gender":"male"}],"meta":{"tag":[{"code":"t"}]}})");
    EXPECT_NE(out.find(R"("meta":{"security":[{"code":"R"}]},"gender")"), std::string::npos) << out;
    EXPECT_NE(out.find(R"("meta":{"tag":[{"code":"t"}],"security":[{"system")"), std::string::npos)
        << out;
}

TEST(FhirSafeHarbor, KeepsTextsOnlyBesideTheirCodes) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Observation","code":{"coding":[{"display":"John Doe was here"},{"code":"1","display":"Rate"}],"text":"seen by Doe"},"valueString":"Doe"})"),
        R"(,"code":{"coding":[{"code":"1","display":"Rate"}]})");
}

TEST(FhirSafeHarbor, TreatsContainedResourcesAsResources) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","name":[{"family":"Doe"}],"gender":"male"},{"resourceType":"Nobody","x":1},"Doe"],
        "subject":{"reference":"#p","display":"Doe"}})"),
        R"(,"contained":[{"resourceType":"Patient","id":")" + privacy::fresh_id(1, 2, 1) +
            R"(","gender":"male"}],"subject":{"reference":"#)" + privacy::fresh_id(1, 2, 1) +
            R"("})");
}

TEST(FhirSafeHarbor, LabelsWhatItDid) {
    const std::string out = run(
        R"({"resourceType":"Patient","meta":{"lastUpdated":"2020-02-03T04:05:06Z","source":"urn:hospital",
        "security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED"}],"tag":[{"code":"t"}]}})");
    EXPECT_EQ(out.find("REDACTED"), out.rfind("REDACTED"));
    EXPECT_NE(out.find(R"("code":"ABSTRED"}],"tag":[{"code":"t"}])"), std::string::npos) << out;
    EXPECT_EQ(out.find("hospital"), std::string::npos);
}

constexpr std::string_view kBundle =
    R"({"resourceType":"Bundle","type":"transaction","link":[{"relation":"self","url":"http://h/fhir?name=Doe"}],"entry":[
    {"fullUrl":"http://hospital/fhir/Patient/77","resource":{"resourceType":"Patient","id":"77","identifier":[{"system":"urn:mrn","value":"M-1"}]},
     "request":{"method":"PUT","url":"Patient/77"}},
    {"fullUrl":"urn:uuid:0b2b7f4e-4f9a-4f7c-8f0f-3f2b6a1c9d11","resource":{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/77"},
     "effectiveDateTime":"2024-03-10T08:30:00-05:00"},"request":{"method":"POST","url":"Observation","ifNoneExist":"identifier=urn:o|9"}},
    {"resource":{"resourceType":"Provenance","target":[{"reference":"urn:uuid:0b2b7f4e-4f9a-4f7c-8f0f-3f2b6a1c9d11"},{"reference":"http://hospital/fhir/Patient/77/_history/2"},
     {"reference":"Patient?identifier=urn:mrn%7CM-1"},{"reference":"Doe"}],"recorded":"2024-03-10T08:30:00Z"}}]})";

std::string behind(const std::string& text, std::string_view what, std::size_t size) {
    const std::size_t at = text.find(what);
    return at == std::string::npos ? "" : text.substr(at + what.size(), size);
}

TEST(FhirReferences, StillResolveWithinABundle) {
    for (const CodeMode codes : {CodeMode::Remove, CodeMode::Random, CodeMode::Pseudonym}) {
        const std::string out = run(kBundle, {}, codes);
        const std::size_t size = codes == CodeMode::Remove   ? 20
                                 : codes == CodeMode::Random ? 16
                                                             : 32;
        const std::string id = behind(out, R"("id":")", size);
        EXPECT_EQ(out.find("hospital"), std::string::npos);
        EXPECT_EQ(out.find("\"77"), std::string::npos);
        EXPECT_EQ(out.find("/77"), std::string::npos);
        EXPECT_EQ(behind(out, R"("fullUrl":"https://deidentified.invalid/Patient/)", size), id);
        EXPECT_EQ(behind(out, R"("subject":{"reference":"Patient/)", size), id);
        EXPECT_EQ(behind(out, R"({"reference":"https://deidentified.invalid/Patient/)", size), id);
        EXPECT_EQ(behind(out, R"("method":"PUT","url":"Patient/)", size), id);
        const std::string uuid = behind(out, R"("fullUrl":"urn:uuid:)", 36);
        EXPECT_EQ(behind(out, R"("target":[{"reference":"urn:uuid:)", 36), uuid);
        EXPECT_EQ(out.find("Doe"), std::string::npos);
    }
}

TEST(FhirReferences, KeepConditionsWhenIdentifiersHaveCodes) {
    EXPECT_EQ(run(kBundle).find("identifier="), std::string::npos);
    const std::string out = run(kBundle, pseudonymise(), CodeMode::Pseudonym);
    const std::string id = behind(out, R"("value":")", 32);
    EXPECT_EQ(behind(out, R"(Patient?identifier=urn:mrn|)", 32), id);
    EXPECT_NE(out.find(R"("ifNoneExist":"identifier=urn:o|)"), std::string::npos);
}

TEST(FhirPseudonymise, MovesTheDatesOfAPatientAlike) {
    const auto protector = testing::fhir_protector(CodeMode::Pseudonym);
    const int days = *protector->shift_for("M-1");
    std::string expected;
    ASSERT_TRUE(privacy::append_shifted(
        "2024-03-10T08:30:00-05:00", privacy::DateSyntax::Iso, days, expected));
    const std::string out = run(kBundle, pseudonymise(), CodeMode::Pseudonym);
    EXPECT_EQ(behind(out, R"("effectiveDateTime":")", expected.size()), expected);
    // The same day of a resource that belongs to nobody moves with the only patient of the Bundle.
    EXPECT_EQ(behind(out, R"("recorded":")", 10), expected.substr(0, 10));
    // Whose dates nobody knows keep their years.
    EXPECT_EQ(members(R"({"resourceType":"Observation","effectiveDateTime":"2024-03-10"})",
                      pseudonymise(),
                      CodeMode::Pseudonym),
              R"(,"effectiveDateTime":"2024")");
}

TEST(FhirPseudonymise, ScrubsTextAlsoOfTheNamesInTheRecord) {
    const std::string out = run(R"({"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","name":[{"family":"Xylander","given":["Qirin"]}]}},
        {"resource":{"resourceType":"Observation","note":[{"text":"xylander called from (413) 555-0182, pulse 72"}]}}]})",
                                pseudonymise(),
                                CodeMode::Pseudonym);
    EXPECT_NE(out.find(R"("text":"[NAME] called from [CONTACT], pulse 72")"), std::string::npos)
        << out;
}

TEST(FhirLimitedDataSet, KeepsDatesCitiesAndOtherNumbers) {
    const std::string out =
        run(R"({"resourceType":"Patient","identifier":[{"value":"77"}],"birthDate":"1930-01-02",
        "address":[{"line":["1 Oak"],"city":"Chicago","state":"IL","postalCode":"60601-1234"}]})",
            limited_data_set());
    EXPECT_NE(
        out.find(
            R"("birthDate":"1930-01-02","address":[{"city":"Chicago","state":"IL","postalCode":"60601-1234"}])"),
        std::string::npos)
        << out;
    EXPECT_EQ(out.find("77"), std::string::npos);
    EXPECT_EQ(
        members(
            R"({"resourceType":"Specimen","identifier":[{"system":"urn:s","value":"S-1"},{"type":{"coding":[{"code":"MR"}]},"value":"77"}]})",
            limited_data_set()),
        R"(,"identifier":[{"system":"urn:s","value":"S-1"}])");
    EXPECT_EQ(
        run(R"({"resourceType":"Specimen","identifier":[{"type":{"coding":[{"code":"M\u0052"}]},"value":"77"}]})",
            limited_data_set())
            .find("77"),
        std::string::npos);
}

ResourceConfig with_rules(std::vector<Rule> rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        rules[i].index = i;
    }
    ResourceConfig config = pseudonymise();
    config.rules = std::move(rules);
    return config;
}

TEST(FhirRules, GoBeforeTheProfileAndTheFirstWins) {
    const ResourceConfig config = with_rules({
        {Rule::Selector::Path,
         "Patient.name.given",
         {.action = Action::Substitute, .with = "X\"Y"}},
        {Rule::Selector::Path, "Patient.name", {.action = Action::Mask}},
        {Rule::Selector::Type, "HumanName", {.action = Action::Keep}},
        {Rule::Selector::Name, "gender", {.action = Action::Remove}},
        {Rule::Selector::Path, "Address.city", {.action = Action::Keep}},
        {Rule::Selector::Path, "Observation.value", {.action = Action::Perturb, .span = 2}},
    });
    EXPECT_EQ(
        members(
            R"({"resourceType":"Patient","name":[{"use":"official","family":"Doe","given":["John"]}],"contact":[{"name":{"family":"Roe"}}],"gender":"male","address":[{"city":"Chicago","line":["1"]}]})",
            config),
        R"(,"name":[{"use":"official","family":"***","given":["X\"Y"]}],"contact":[{"name":{"family":"Roe"}}],"address":[{"city":"Chicago"}])");
    const std::string out = members(
        R"({"resourceType":"Observation","valueQuantity":{"value":72.5,"unit":"/min","code":"/min"}})",
        config);
    const double value = std::stod(behind(out, R"("value":)", 8));
    EXPECT_NEAR(value, 72.5, 1.05);
    EXPECT_NE(out.find(R"("code":"/min")"), std::string::npos);
}

TEST(FhirRules, OfMembersGoBeforeALaterOneThatKeepsTheWhole) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Patient","name":[{"use":"official","family":"Doe","given":["John"]}]})",
            with_rules({{Rule::Selector::Path, "HumanName.family", {.action = Action::Remove}},
                        {Rule::Selector::Path, "Patient.name", {.action = Action::Keep}}})),
        R"(,"name":[{"use":"official","given":["John"]}])");
}

TEST(FhirRules, DoWhatTheirActionsSay) {
    const auto done = [](Action action, std::string_view json, std::string_view path) {
        return members(json,
                       with_rules({{Rule::Selector::Path, std::string{path}, {.action = action}}}));
    };
    const std::string_view patient =
        R"({"resourceType":"Patient","birthDate":"1980-01-02","identifier":[{"system":"urn:s","value":"1234567"}]})";
    EXPECT_NE(done(Action::Keep, patient, "Patient.birthDate").find("1980-01-02"),
              std::string::npos);
    EXPECT_NE(done(Action::Year, patient, "Patient.birthDate").find(R"("1980")"),
              std::string::npos);
    EXPECT_EQ(done(Action::Mask, patient, "Patient.birthDate").find("birthDate"),
              std::string::npos);
    EXPECT_EQ(
        behind(done(Action::Pseudonym, patient, "Patient.identifier"), R"("value":")", 33).back(),
        '"');
    const std::string sealed = done(Action::FormatPreserving, patient, "Identifier.value");
    EXPECT_EQ(sealed.find("1234567"), std::string::npos);
    EXPECT_EQ(behind(sealed, R"("value":")", 8).back(), '"');
}

TEST(FhirDeidentifier, RefusesWhatIsNoResource) {
    for (const std::string_view json : {R"({"a":1})",
                                        R"([1])",
                                        R"("x")",
                                        R"({"resourceType":"Nobody"})",
                                        R"({"resourceType":"Resource"})",
                                        R"({"resourceType":{"x":1}})"}) {
        fhir::TreeBuilder builder;
        ASSERT_TRUE(builder.build(json).ok());
        ResourceDeidentifier made = testing::fhir_deidentifier();
        std::string out;
        const auto done = made.run(builder.tree(), {1, 2}, 20240615, out);
        ASSERT_FALSE(done.ok()) << json;
        EXPECT_EQ(fhir::reason_id(done.error()), kUnknownResource);
    }
}

TEST(FhirDeidentifier, RemovesWhatIsNotWrittenAsFhirWritesIt) {
    EXPECT_EQ(
        members(
            R"({"resourceType":"Patient","meta":[{"tag":[{"code":"t"}]}],"gender":["male"],"address":{"state":"IL"}})"),
        "");
    EXPECT_EQ(run(R"({"resourceType":"Basic","meta":{"security":{"code":"R"}}})").find("\"R\""),
              std::string::npos);
}

TEST(FhirDeidentifier, CountsWhatItDid) {
    ResourceDeidentifier made = testing::fhir_deidentifier(
        with_rules({{Rule::Selector::Name, "gender", {.action = Action::Remove}}}));
    privacy::Report report;
    run(made,
        R"({"resourceType":"Patient","gender":"male","name":[{"family":"Doe"}],"birthDate":"1980-01-02","active":true})",
        &report);
    EXPECT_EQ(report.values_removed, 2U);
    EXPECT_EQ(report.values_changed, 1U);
    EXPECT_EQ(report.by_rule, std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace aorta::plugins::deidentify
