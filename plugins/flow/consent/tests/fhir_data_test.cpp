#include "flow/consent/fhir_data.hpp"

#include "common/fhir/tree_builder.hpp"
#include "common/hl7/index.hpp"
#include "flow/consent/hl7_data.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::consent {
namespace {

using Names = std::vector<std::string>;

class Parsed {
public:
    explicit Parsed(std::string json) : json_(std::move(json)) {
        EXPECT_TRUE(builder_.build(json_).ok()) << json_;
    }

    fhir::Element root() const { return builder_.tree().root(); }

private:
    std::string json_;
    fhir::TreeBuilder builder_;
};

TEST(FhirData, EveryReferenceToAPatientCounts) {
    const Parsed parsed{
        R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/1"},
        "performer":[{"reference":"Practitioner/2"}],
        "extension":[{"url":"http://a.example","valueReference":{"reference":"Patient/3"}}],
        "contained":[{"resourceType":"Patient","id":"p","identifier":[{"value":"77"}]}]})"};
    const auto units = units_of(parsed.root());
    ASSERT_EQ(units.size(), 1U);
    EXPECT_EQ(units[0].type, "Observation");
    EXPECT_EQ(units[0].instance, "Observation/o");
    EXPECT_EQ(units[0].patients, (std::vector<Patient>{{"Patient/1"}, {"Patient/3"}, {"77"}}));
}

TEST(FhirData, AReferenceByIdentifierCounts) {
    const Parsed parsed{
        R"({"resourceType":"Observation","subject":{"identifier":{"system":"urn:oid:1.2","value":"5"}}})"};
    EXPECT_EQ(units_of(parsed.root())[0].patients, (std::vector<Patient>{{"urn:oid:1.2|5"}}));
}

TEST(FhirData, APatientInABundleIsKnownByAllItsNames) {
    const Parsed parsed{R"({"resourceType":"Bundle","type":"message","entry":[
        {"fullUrl":"urn:uuid:0","resource":{"resourceType":"MessageHeader"}},
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p","identifier":[{"system":"s","value":"5"}]}},
        {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:1"},
            "effectiveDateTime":"2024-05-01","meta":{"security":[{"code":"R"},{"code":"HIV"}]}}}]})"};
    const auto units = units_of(parsed.root());
    ASSERT_EQ(units.size(), 4U);  // the first is what stands beside the entries
    const Patient all{"Patient/p", "s|5", "urn:uuid:1"};
    EXPECT_TRUE(units[1].patients.empty());
    EXPECT_EQ(units[2].patients, std::vector<Patient>{all});
    EXPECT_EQ(units[3].patients, std::vector<Patient>{all});
    EXPECT_EQ(units[3].labels, (Names{"R", "HIV"}));
    EXPECT_TRUE(units[3].time.has_value());
}

TEST(FhirData, ARequestWithoutAResourceIsAboutSomebody) {
    const Parsed parsed{R"({"resourceType":"Bundle","type":"transaction","entry":[
        {"request":{"method":"DELETE","url":"Patient/9"}},{"request":{"method":"GET","url":"Observation?code=1"}}]})"};
    const auto units = units_of(parsed.root());
    EXPECT_EQ(units[1].patients, std::vector<Patient>{{"Patient/9"}});
    EXPECT_EQ(units[2].patients.size(), 1U);
}

TEST(FhirData, APatientOfWhomNothingIsKnownIsSomebody) {
    const Parsed parsed{R"({"resourceType":"Patient","gender":"male"})"};
    EXPECT_EQ(units_of(parsed.root())[0].patients, std::vector<Patient>{{""}});
}

struct Hidden {
    const char* entry;
    std::vector<Patient> patients;
};

TEST(FhirData, NothingOfAnEntryIsOverlooked) {
    const Hidden cases[] = {
        {R"({"resource":{"resourceType":"Binary","data":"AA=="}})", {{""}}},
        {R"({"resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:not-here"}}})",
         {{""}}},
        {R"({"resource":{"resourceType":"Observation","subject":{"reference":"Patient?identifier=a|7"}}})",
         {{""}}},
        {R"({"resource":{"resourceType":"Observation","subject":{"display":"Jane"}}})", {{""}}},
        {R"({"resource":{"resourceType":"Coverage","beneficiary":{"identifier":{"value":"7"}}}})",
         {{"7"}}},
        {R"({"resource":{"resourceType":"Task","for":{"identifier":{"value":"7"}}}})", {{"7"}}},
        {R"({"resource":{"resourceType":"Account","subject":[{"identifier":{"value":"7"}}]}})",
         {{"7"}}},
        {R"({"resource":{"resourceType":"Organization"},"response":{"outcome":{"resourceType":"Patient","identifier":[{"value":"7"}]}}})",
         {{"7"}}},
        {R"({"resource":{"resourceType":"Organization","\u0073ubject":{}}})", {{""}}},
        {R"({"resource":{"resourceType":"Organization"}})", {}},
        {R"({"resource":{"resourceType":"Practitioner","id":"1"}})", {}},
    };
    for (const Hidden& one : cases) {
        const Parsed parsed{R"({"resourceType":"Bundle","type":"batch","entry":[)" +
                            std::string{one.entry} + "]}"};
        EXPECT_EQ(units_of(parsed.root()).at(1).patients, one.patients) << one.entry;
    }
}

TEST(FhirData, TwoPatientsWithOneIdentifierAreTwo) {
    const Parsed parsed{R"({"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","id":"1","identifier":[{"value":"f"}]}},
        {"resource":{"resourceType":"Patient","id":"2","identifier":[{"value":"f"}]}},
        {"resource":{"resourceType":"Observation","subject":{"identifier":{"value":"f"}}}}]})"};
    EXPECT_EQ(units_of(parsed.root()).at(3).patients,
              (std::vector<Patient>{{"Patient/1", "f"}, {"Patient/2", "f"}}));
}

TEST(FhirData, WhatHoldsOthersIsJudgedByTheirLabels) {
    const Parsed parsed{
        R"({"resourceType":"Parameters","parameter":[{"resource":{"resourceType":"Observation",
        "meta":{"security":[{"code":"HIV"}]},"subject":{"reference":"Patient/1"}}}]})"};
    const auto units = units_of(parsed.root());
    EXPECT_EQ(units[0].labels, Names{"HIV"});
    EXPECT_EQ(units[0].type, "");
}

TEST(FhirData, ABundleWithAHiddenNameKeepsNothingBack) {
    const Parsed parsed{R"({"resourceType":"Bundle","\u0065ntry":[{"a":1},{"b":2}]})"};
    std::vector<fhir::Element> entries;
    for (const fhir::Element entry : parsed.root()["entry"].children()) {
        entries.push_back(entry);
    }
    EXPECT_EQ(without_entries(parsed.root(), {entries[1]}),
              R"({"resourceType":"Bundle","\u0065ntry":[{"a":1}]})");
}

TEST(FhirData, EntriesAreTakenOutAndTheRestStays) {
    const Parsed parsed{
        R"({ "resourceType" : "Bundle", "total": 3, "entry": [ {"a":1.50}, {"b": "x\"y"}, {"c":[ ]} ], "type":"searchset" })"};
    std::vector<fhir::Element> entries;
    for (const fhir::Element entry : parsed.root()["entry"].children()) {
        entries.push_back(entry);
    }
    EXPECT_EQ(without_entries(parsed.root(), {entries[1]}),
              R"({"resourceType":"Bundle","entry":[{"a":1.50},{"c":[ ]}],"type":"searchset"})");
    EXPECT_EQ(without_entries(parsed.root(), {entries[0], entries[2]}),
              R"({"resourceType":"Bundle","entry":[{"b": "x\"y"}],"type":"searchset"})");
}

TEST(Hl7Data, APatientForEachPid) {
    const std::string text =
        "MSH|^~\\&|A|B|||2024||ADT^A40|1|P|2.5.1\r"
        "PID|1|9|5^^^HOSP&1.2.3&ISO^MR~6^^^X||\r"
        "MRG|4^^^HOSP&1.2.3&ISO\r"
        "PID|2||\r";
    hl7::IndexBuilder index;
    ASSERT_TRUE(index.build(text).ok());
    const Unit unit = unit_of(hl7::Message{text, index.view()}, "sys");
    EXPECT_EQ(unit.patients,
              (std::vector<Patient>{
                  {"5", "urn:oid:1.2.3|5", "6", "9", "sys|9", "4", "urn:oid:1.2.3|4"}, {""}}));
}

}  // namespace
}  // namespace aorta::plugins::consent
