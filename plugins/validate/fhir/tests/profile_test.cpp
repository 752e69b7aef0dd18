#include "validate/fhir/tests/check.hpp"

namespace aorta::plugins::validate_fhir {
namespace {

using testing::findings;
using testing::observation;
using testing::patient;
using Found = std::vector<std::string>;

/// A vital sign with these members more.
std::string vital_sign(std::string_view code, std::string_view members) {
    return R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":")" +
           std::string{code} +
           R"("}]},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2024-07-02")" +
           std::string{members.empty() ? "" : ","} + std::string{members} + "}";
}

std::string quantity(std::string_view unit) {
    return R"("valueQuantity":{"value":1,"unit":"x","system":"http://unitsofmeasure.org","code":")" +
           std::string{unit} + "\"}";
}

TEST(VitalSigns, HaveTheirUnits) {
    struct Sign {
        const char* code;
        const char* unit;
    };

    const Sign signs[] = {{"8867-4", "/min"},
                          {"9279-1", "/min"},
                          {"2708-6", "%"},
                          {"8310-5", "Cel"},
                          {"8310-5", "[degF]"},
                          {"29463-7", "kg"},
                          {"8302-2", "cm"},
                          {"9843-4", "[in_i]"},
                          {"39156-5", "kg/m2"}};
    for (const Sign& sign : signs) {
        EXPECT_EQ(findings(vital_sign(sign.code, quantity(sign.unit))), Found{}) << sign.code;
        const Found found = findings(vital_sign(sign.code, quantity("furlong")));
        ASSERT_EQ(found.size(), 1U) << sign.code;
        EXPECT_TRUE(found[0] == "fhir.profile_value Observation.value.ofType(Quantity).code" ||
                    found[0] == "fhir.profile_code Observation.value.ofType(Quantity).code")
            << found[0];
    }
}

TEST(VitalSigns, NeedCategorySubjectTimeAndValue) {
    const std::string value = quantity("/min");
    EXPECT_EQ(findings(vital_sign("8867-4", "")), Found{"fhir.invariant_failed Observation"});
    EXPECT_EQ(findings(vital_sign("8867-4", R"("dataAbsentReason":{"text":"x"})")), Found{});
    EXPECT_EQ(findings(vital_sign("8867-4", R"("valueString":"fast")")),
              (Found{"fhir.profile_type Observation.value.ofType(string)",
                     "fhir.profile_slice Observation.value.ofType(string)"}));
    EXPECT_EQ(
        findings(
            R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},)" +
            value + "}"),
        (Found{"fhir.profile_cardinality Observation.category",
               "fhir.profile_slice Observation.category",
               "fhir.profile_cardinality Observation.subject",
               "fhir.profile_cardinality Observation.effective"}));
    std::string month = vital_sign("8867-4", value);
    month.replace(month.find("2024-07-02"), 10, "2024-07");
    EXPECT_EQ(findings(month),
              Found{"fhir.invariant_failed Observation.effective.ofType(dateTime)"});
}

TEST(VitalSigns, BloodPressureHasBothComponents) {
    const auto component = [](std::string_view code, std::string_view rest) {
        return R"({"code":{"coding":[{"system":"http://loinc.org","code":")" + std::string{code} +
               "\"}]}," + std::string{rest} + "}";
    };
    const auto pressure =
        [&](std::string_view first, std::string_view second, std::string_view unit) {
            return vital_sign("85354-9",
                              R"("component":[)" + component(first, quantity(unit)) + "," +
                                  component(second, quantity(unit)) + "]");
        };
    EXPECT_EQ(findings(pressure("8480-6", "8462-4", "mm[Hg]")), Found{});
    EXPECT_EQ(findings(pressure("8462-4", "8480-6", "mm[Hg]")), Found{});
    EXPECT_EQ(findings(pressure("8480-6", "8480-6", "mm[Hg]")),
              (Found{"fhir.profile_slice Observation.component",
                     "fhir.profile_slice Observation.component"}));
    EXPECT_EQ(findings(pressure("8480-6", "8462-4", "/min")),
              (Found{"fhir.profile_value Observation.component[0].value.ofType(Quantity).code",
                     "fhir.profile_value Observation.component[1].value.ofType(Quantity).code"}));
    EXPECT_THAT(findings(vital_sign("85354-9", quantity("mm[Hg]"))),
                ::testing::Contains("fhir.profile_cardinality Observation.component"));
}

TEST(VitalSigns, AreCheckedByCodeUnlessSwitchedOff) {
    ValidatorConfig config;
    config.vital_signs = false;
    const std::string json = vital_sign("8867-4", quantity("furlong"));
    EXPECT_EQ(findings(json, config), Found{});
    const std::string claimed =
        R"({"meta":{"profile":["http://hl7.org/fhir/StructureDefinition/heartrate"]},)" +
        json.substr(1);
    EXPECT_EQ(findings(claimed, config).size(), 1U);
}

/// A profile of Patient with these elements, each "id":{…}.
std::string profile(std::string_view elements) {
    return R"({"resourceType":"StructureDefinition","url":"http://a/p","type":"Patient","snapshot":{"element":[{"id":"Patient","path":"Patient"},)" +
           std::string{elements} + "]}}";
}

Found under(std::string_view elements, std::string_view members, std::string_view value_set = {}) {
    ValidatorConfig config;
    config.profile_texts = {profile(elements)};
    if (!value_set.empty()) {
        config.profile_texts.emplace_back(value_set);
    }
    config.apply = {"http://a/p"};
    return findings(patient(members), config);
}

TEST(Profiles, ConstrainCardinality) {
    const char* const element =
        R"({"id":"Patient.name","path":"Patient.name","min":1,"max":"1","base":{"min":0,"max":"*"}})";
    EXPECT_EQ(under(element, R"("name":[{"family":"A"}])"), Found{});
    EXPECT_EQ(under(element, ""), Found{"fhir.profile_cardinality Patient.name"});
    EXPECT_EQ(under(element, R"("name":[{"family":"A"},{"family":"B"}])"),
              Found{"fhir.profile_cardinality Patient.name"});
}

TEST(Profiles, FixValuesAndPatterns) {
    const char* const elements =
        R"({"id":"Patient.gender","path":"Patient.gender","fixedCode":"male"},)"
        R"({"id":"Patient.maritalStatus","path":"Patient.maritalStatus","patternCodeableConcept":{"coding":[{"code":"M"}]}},)"
        R"({"id":"Patient.birthDate","path":"Patient.birthDate","maxLength":4})";
    EXPECT_EQ(
        under(
            elements,
            R"("gender":"male","maritalStatus":{"coding":[{"system":"http://x","code":"M"}],"text":"x"},"birthDate":"1980")"),
        Found{});
    EXPECT_EQ(
        under(
            elements,
            R"("gender":"female","maritalStatus":{"coding":[{"code":"S"}]},"birthDate":"1980-01")"),
        (Found{"fhir.profile_value Patient.gender",
               "fhir.profile_value Patient.maritalStatus",
               "fhir.profile_value Patient.birthDate"}));
}

TEST(Profiles, NarrowTypesAndTargets) {
    const char* const elements =
        R"({"id":"Patient.deceased[x]","path":"Patient.deceased[x]","type":[{"code":"boolean"}]},)"
        R"({"id":"Patient.generalPractitioner","path":"Patient.generalPractitioner","type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Organization"]}]})";
    EXPECT_EQ(
        under(elements,
              R"("deceasedBoolean":true,"generalPractitioner":[{"reference":"Organization/1"}])"),
        Found{});
    EXPECT_EQ(
        under(
            elements,
            R"("deceasedDateTime":"2024","generalPractitioner":[{"reference":"Practitioner/1"}])"),
        (Found{"fhir.profile_type Patient.deceased.ofType(dateTime)",
               "fhir.profile_type Patient.generalPractitioner[0]"}));
}

TEST(Profiles, BindToValueSetsOfFiles) {
    const char* const element =
        R"({"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"required","valueSet":"http://a/vs|1"}})";
    const char* const set =
        R"({"resourceType":"ValueSet","url":"http://a/vs","compose":{"include":[{"system":"http://s","concept":[{"code":"M"}]},{"system":"http://whole"}]}})";
    EXPECT_EQ(
        under(element, R"("maritalStatus":{"coding":[{"system":"http://s","code":"M"}]})", set),
        Found{});
    EXPECT_EQ(
        under(
            element, R"("maritalStatus":{"coding":[{"system":"http://whole","code":"any"}]})", set),
        Found{});
    EXPECT_EQ(
        under(element, R"("maritalStatus":{"coding":[{"system":"http://s","code":"S"}]})", set),
        Found{"fhir.profile_code Patient.maritalStatus"});
    // A value set that nobody gave is not checked.
    EXPECT_EQ(under(element, R"("maritalStatus":{"text":"x"})"), Found{});
}

TEST(Profiles, SliceByValue) {
    const char* const elements =
        R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"closed"}},)"
        R"({"id":"Patient.identifier:mrn","path":"Patient.identifier","sliceName":"mrn","min":1,"max":"1"},)"
        R"({"id":"Patient.identifier:mrn.system","path":"Patient.identifier.system","fixedUri":"http://mrn"},)"
        R"({"id":"Patient.identifier:mrn.value","path":"Patient.identifier.value","min":1,"base":{"min":0,"max":"1"}},)"
        R"({"id":"Patient.identifier:ssn","path":"Patient.identifier","sliceName":"ssn","min":0,"max":"1"},)"
        R"({"id":"Patient.identifier:ssn.system","path":"Patient.identifier.system","fixedUri":"http://ssn"})";
    EXPECT_EQ(
        under(elements,
              R"("identifier":[{"system":"http://mrn","value":"1"},{"system":"http://ssn"}])"),
        Found{});
    EXPECT_EQ(under(elements, R"("identifier":[{"system":"http://ssn"}])"),
              Found{"fhir.profile_slice Patient.identifier"});
    EXPECT_EQ(under(elements, R"("identifier":[{"system":"http://mrn"}])"),
              Found{"fhir.profile_cardinality Patient.identifier[0].value"});
    EXPECT_EQ(
        under(elements,
              R"("identifier":[{"system":"http://mrn","value":"1"},{"system":"http://other"}])"),
        Found{"fhir.profile_slice Patient.identifier[1]"});
}

TEST(Profiles, SliceExtensionsByUrl) {
    const char* const elements =
        R"({"id":"Patient.extension","path":"Patient.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},)"
        R"({"id":"Patient.extension:race","path":"Patient.extension","sliceName":"race","min":1,"max":"1","type":[{"code":"Extension","profile":["http://a/race"]}]})";
    EXPECT_EQ(
        under(
            elements,
            R"("extension":[{"url":"http://a/race","valueCode":"x"},{"url":"http://b","valueCode":"x"}])"),
        Found{});
    EXPECT_EQ(under(elements, R"("extension":[{"url":"http://b","valueCode":"x"}])"),
              Found{"fhir.profile_slice Patient.extension"});
}

TEST(Profiles, BringInvariants) {
    const char* const element =
        R"j({"id":"Patient.contact","path":"Patient.contact","constraint":[{"key":"a-1","severity":"error","human":"x","expression":"gender.exists()"},{"key":"a-2","severity":"error","human":"x","expression":"conformsTo('x')"},{"key":"a-3","severity":"warning","human":"x","expression":"telecom.exists()"}]
})j";
    EXPECT_EQ(under(element, R"("contact":[{"name":{"family":"A"}}])"),
              (Found{"fhir.invariant_failed Patient.contact[0]",
                     "?fhir.best_practice Patient.contact[0]"}));
}

TEST(Profiles, AreClaimedByResources) {
    ValidatorConfig config;
    config.profile_texts = {profile(R"({"id":"Patient.name","path":"Patient.name","min":1})")};
    EXPECT_EQ(findings(patient(""), config), Found{});
    EXPECT_EQ(findings(patient(R"("meta":{"profile":["http://a/p|1.0"]})"), config),
              Found{"fhir.profile_cardinality Patient.name"});
    EXPECT_EQ(findings(patient(R"("meta":{"profile":["http://a/other"]})"), config),
              Found{"?fhir.unknown_profile Patient"});
    EXPECT_EQ(
        findings(
            patient(R"("meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient"]})"),
            config),
        Found{});
}

TEST(Profiles, RefusesWhatIsNone) {
    ProfileSet set;
    EXPECT_FALSE(set.add("x").ok());
    EXPECT_FALSE(set.add(patient("")).ok());
    EXPECT_FALSE(
        set.add(
               R"({"resourceType":"StructureDefinition","url":"http://a","type":"Nobody","snapshot":{"element":[]}})")
            .ok());
    EXPECT_FALSE(
        set.add(R"({"resourceType":"StructureDefinition","url":"http://a","type":"Patient"})")
            .ok());
    EXPECT_TRUE(set.add(R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":)" +
                        profile(R"({"id":"Patient.name","path":"Patient.name"})") + "}]}")
                    .ok());
    EXPECT_NE(set.find("http://a/p"), nullptr);
}

}  // namespace
}  // namespace aorta::plugins::validate_fhir
