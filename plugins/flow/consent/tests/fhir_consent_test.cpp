#include "flow/consent/fhir_consent.hpp"

#include "common/fhir/tree_builder.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::consent {
namespace {

using namespace std::chrono_literals;

Result<Statement> read(const std::string& json) {
    fhir::TreeBuilder builder;
    const auto built = builder.build(json);
    EXPECT_TRUE(built.ok()) << json;
    return read_consent(builder.tree().root());
}

std::string consent_json(const std::string& more, const std::string& status = "active") {
    return R"({"resourceType":"Consent","id":"c1","scope":{"coding":[{"code":"patient-privacy"}]},"status":")" +
           status + R"(","patient":{"reference":"Patient/1"})" + more + "}";
}

TEST(FhirConsent, NamesItselfAndItsPatient) {
    const auto statement = read(
        R"({"resourceType":"Consent","id":"c1","status":"active","patient":{"reference":"http://a.example/fhir/Patient/1/_history/3","identifier":{"system":"urn:oid:1.2","value":"77"}}})");
    ASSERT_TRUE(statement.ok());
    EXPECT_TRUE(statement->is_active);
    EXPECT_EQ(statement->consent.ids, std::vector<std::string>{"Consent/c1"});
    EXPECT_EQ(statement->consent.patients,
              (std::vector<std::string>{"Patient/1", "urn:oid:1.2|77"}));
}

TEST(FhirConsent, ThatCannotBeAssignedIsRefused) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"status":"active","patient":{"reference":"Patient/1"}})", "Consent.id"},
        {R"({"id":"c","status":"active"})", "Consent.patient"},
        {R"({"id":"c","status":"active","patient":{"display":"J"}})", "Consent.patient"},
        {R"({"id":"c","patient":{"reference":"Patient/1"}})", "Consent.status"},
    };
    for (const auto& [json, where] : cases) {
        const auto statement = read(json);
        ASSERT_FALSE(statement.ok()) << json;
        EXPECT_EQ(statement.error().where, where);
    }
}

TEST(FhirConsent, IsInForceOnlyWhileItIsActive) {
    for (const char* status : {"draft", "proposed", "rejected", "inactive", "entered-in-error"}) {
        EXPECT_FALSE(read(consent_json("", status))->is_active) << status;
    }
}

TEST(FhirConsent, ReadsWhatItLimits) {
    const auto statement = read(consent_json(R"(,"provision":{
        "type":"permit","period":{"start":"2024","end":"2024-06-30"},
        "actor":[{"role":{},"reference":{"reference":"Organization/r"}}],
        "purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}],
        "securityLabel":[{"code":"R"}],
        "class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}],
        "dataPeriod":{"start":"2023-01-01T00:00:00+01:00"},
        "data":[{"meaning":"instance","reference":{"reference":"Observation/9"}}],
        "provision":[{"type":"deny","purpose":[{"code":"HRESCH"}]}]})"));
    ASSERT_TRUE(statement.ok());
    const Provision& base = *statement->consent.base;
    EXPECT_FALSE(base.is_deny);
    EXPECT_FALSE(base.has_more);
    EXPECT_EQ(base.period.begin, begin_of("2024-01-01"));
    EXPECT_EQ(base.period.end, begin_of("2024-07-01"));
    EXPECT_EQ(base.data_period.begin, begin_of("2022-12-31T23:00:00Z"));
    EXPECT_EQ(base.actors, std::vector<std::string>{"Organization/r"});
    EXPECT_EQ(base.purposes, std::vector<std::string>{"TREAT"});
    EXPECT_EQ(base.labels, std::vector<std::string>{"R"});
    EXPECT_EQ(base.types, std::vector<std::string>{"Observation"});
    EXPECT_EQ(base.instances, std::vector<std::string>{"Observation/9"});
    ASSERT_EQ(statement->consent.exceptions.size(), 1U);
    EXPECT_TRUE(statement->consent.exceptions[0].is_deny);
}

TEST(FhirConsent, WhatIsNotUnderstoodIsNoted) {
    for (const char* limit :
         {R"("action":[{"text":"collect"}])",
          R"("code":[{"text":"x"}])",
          R"("data":[{"meaning":"related","reference":{"reference":"Observation/9"}}])",
          R"("actor":[{"role":{},"reference":{"display":"somebody"}}])",
          R"("purpose":[{"display":"research"}])",
          R"("period":{"start":"soon"})",
          R"("extension":[{"url":"http://a.example"}])"}) {
        const auto statement =
            read(consent_json(R"(,"provision":{"type":"permit",)" + std::string{limit} + "}"));
        ASSERT_TRUE(statement.ok());
        EXPECT_TRUE(statement->consent.base->has_more) << limit;
    }
}

TEST(FhirConsent, ABaseWithoutTypeGoesByThePolicyRule) {
    const auto base = [](const std::string& more) {
        return *read(consent_json(more))->consent.base;
    };
    EXPECT_TRUE(base("").is_deny);
    EXPECT_TRUE(base(R"(,"provision":{})").is_deny);
    EXPECT_TRUE(base(R"(,"policyRule":{"coding":[{"code":"OPTOUT"}]})").is_deny);
    EXPECT_FALSE(base(R"(,"policyRule":{"coding":[{"code":"OPTIN"}]})").is_deny);
    EXPECT_FALSE(base(R"(,"policyRule":{"coding":[{"code":"OPTINR"}]},"provision":{})").is_deny);
}

TEST(FhirConsent, ThatIsNotAboutPrivacyPermitsNothing) {
    for (const char* scope :
         {"",
          R"("scope":{"coding":[{"code":"treatment"}]},)",
          R"("scope":{"coding":[{"code":"patient-privacy"}]},"modifierExtension":[{}],)"}) {
        const auto statement = read(
            R"({"resourceType":"Consent","id":"c",)" + std::string{scope} +
            R"("status":"active","patient":{"reference":"Patient/1"},"provision":{"type":"permit"}})");
        ASSERT_TRUE(statement.ok());
        EXPECT_TRUE(statement->consent.base->has_more) << scope;
    }
}

TEST(FhirConsent, ADenialThatCannotBeReadWholeDeniesMore) {
    const auto statement = read(consent_json(
        R"(,"provision":{"type":"deny","purpose":[{"code":"HRESCH"},{"display":"marketing"}]})"));
    EXPECT_TRUE(statement->consent.base->purposes.empty());
}

TEST(FhirConsent, KnowsAContainedPatientByItsIdentifiers) {
    const auto statement = read(
        R"({"resourceType":"Consent","id":"c","status":"active","patient":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p","identifier":[{"system":"s","value":"5"}]}]})");
    ASSERT_TRUE(statement.ok());
    EXPECT_EQ(statement->consent.patients, std::vector<std::string>{"s|5"});
}

TEST(FhirConsent, ExceptionsOfExceptionsOnlyDeny) {
    const auto statement = read(consent_json(R"(,"provision":{"type":"permit","provision":[
        {"type":"deny","purpose":[{"code":"HRESCH"}],"provision":[{"type":"permit"},{"type":"deny","class":[{"code":"Media"}]}]}]})"));
    ASSERT_EQ(statement->consent.exceptions.size(), 2U);
    EXPECT_TRUE(statement->consent.exceptions[0].is_deny);
    EXPECT_EQ(statement->consent.exceptions[1].types, std::vector<std::string>{"Media"});
}

TEST(FhirConsent, TimesCoverWhatTheirPrecisionSays) {
    EXPECT_EQ(*end_of("2024") - *begin_of("2024"), 24h * 366);
    EXPECT_EQ(*end_of("2023-12") - *begin_of("2023-12"), 24h * 31);
    EXPECT_EQ(*end_of("2024-02-29") - *begin_of("2024-02-29"), 24h);
    EXPECT_EQ(*end_of("2024-02-29T10:00:00Z") - *begin_of("2024-02-29T10:00:00Z"), 1s);
    EXPECT_EQ(begin_of("2024-05-01T12:00:00.5+02:00"), *begin_of("2024-05-01T10:00:00Z") + 500ms);
    EXPECT_EQ(begin_of("2024-05-01T12:00:00-05:00"), begin_of("2024-05-01T17:00:00Z"));
    EXPECT_EQ(end_of("9999-12-31"), Instant::max());
    for (const char* wrong : {"", "x", "2023-02-29", "24", "2024-13"}) {
        EXPECT_EQ(begin_of(wrong), std::nullopt) << wrong;
    }
}

TEST(FhirConsent, ReferencesHaveOneName) {
    EXPECT_EQ(reference_name("Patient/1"), "Patient/1");
    EXPECT_EQ(reference_name("https://a.example/fhir/Patient/1"), "Patient/1");
    EXPECT_EQ(reference_name("Patient/1/_history/2"), "Patient/1");
    EXPECT_EQ(reference_name("urn:uuid:5f1c"), "urn:uuid:5f1c");
    EXPECT_EQ(reference_name("#p"), "#p");
    EXPECT_EQ(reference_name(""), "");
}

}  // namespace
}  // namespace aorta::plugins::consent
