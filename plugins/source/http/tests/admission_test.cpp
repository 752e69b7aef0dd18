#include "source/http/admission.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::http_source {
namespace {

using Kind = FhirCall::Kind;

TEST(FhirCalls, ByMethodAndPlace) {
    EXPECT_EQ(fhir_call("POST", "", "").kind, Kind::Bundle);
    EXPECT_EQ(fhir_call("POST", "/", "").kind, Kind::Bundle);
    EXPECT_EQ(fhir_call("GET", "", "").allow, "POST");
    EXPECT_EQ(fhir_call("HEAD", "/metadata", "").kind, Kind::Metadata);
    EXPECT_EQ(fhir_call("POST", "/$process-message", "").kind, Kind::ProcessMessage);
    EXPECT_EQ(fhir_call("POST", "/Patient/", "").kind, Kind::Create);
    const FhirCall update = fhir_call("PUT", "/Patient/a-1.b", "");
    EXPECT_EQ(update.kind, Kind::Update);
    EXPECT_EQ(update.type, "Patient");
    EXPECT_EQ(update.id, "a-1.b");
    EXPECT_EQ(fhir_call("PUT", "/Patient", "identifier=1").kind, Kind::ConditionalUpdate);
    EXPECT_EQ(fhir_call("PUT", "/Patient", "").kind, Kind::Other);
    for (const char* place : {"/patient",
                              "/Patient/a_b",
                              "/Patient/1/_history",
                              "/$export",
                              "/Patient//1",
                              "/_history"}) {
        EXPECT_EQ(fhir_call("POST", place, "").kind, Kind::Unknown) << place;
    }
    EXPECT_EQ(fhir_call("PUT", "/Patient/" + std::string(65, '1'), "").kind, Kind::Unknown);
}

TEST(Admission, TheLongestPathThatFitsCounts) {
    SourceConfig config;
    config.paths = {{.path = "/a", .is_prefix = true, .methods = {"POST"}},
                    {.path = "/a/fhir", .kind = PathKind::Fhir},
                    {.path = "/b", .methods = {"PUT"}}};
    const auto admitted = [&](std::string method, std::string target) {
        return admit({.method = std::move(method), .target = std::move(target)}, config, {});
    };
    EXPECT_FALSE(admitted("POST", "/a").answer);
    EXPECT_FALSE(admitted("POST", "/a/x/y").answer);
    EXPECT_EQ(admitted("POST", "/ab").answer->status, 404U);
    EXPECT_TRUE(admitted("POST", "/a/fhir/Patient").asked.is_fhir);
    EXPECT_FALSE(admitted("POST", "/a/fhirs").asked.is_fhir);
    EXPECT_EQ(admitted("POST", "/b").answer->status, 405U);
    EXPECT_FALSE(admitted("PUT", "/b/").answer);
    EXPECT_EQ(admitted("PUT", "/b/c").answer->status, 404U);
    EXPECT_TRUE(is_fhir_target("http://h/a/fhir?x", config));
    EXPECT_FALSE(is_fhir_target("%", config));
}

TEST(Admission, AWholeServerMayBeOneFhirBase) {
    SourceConfig config;
    config.paths = {{.path = "", .kind = PathKind::Fhir}};
    const Admission admission =
        admit({.method = "POST", .target = "/Patient", .fields = {{"content-type", "text/json"}}},
              config,
              {});
    EXPECT_FALSE(admission.answer);
    EXPECT_EQ(admission.call.type, "Patient");
}

TEST(FhirBodies, CanBeReadInOneWayOnly) {
    const FhirCall call{Kind::Update, "Patient", "7"};
    const std::string body = R"({"resourceType":"Patient","id":"7"})";
    EXPECT_EQ(trouble_with_body(call, body), "");
    EXPECT_EQ(trouble_with_body(call, "\xEF\xBB\xBF" + body + "\n"), "");
    EXPECT_NE(trouble_with_body(call, body + "x"), "");
    EXPECT_NE(trouble_with_body(call, body + body), "");
    for (const char* twice : {R"({"resourceType":"Group","resourceType":"Patient","id":"7"})",
                              R"({"resourceType":"Patient","id":"8","id":"7"})"}) {
        EXPECT_NE(trouble_with_body(call, twice), "") << twice;
    }
}

TEST(Outcomes, PlacesThatAreNoFhirPathsAreDiagnostics) {
    const auto outcome = [](std::string_view where) {
        return operation_outcome("error", "processing", "x", where);
    };
    EXPECT_NE(outcome("Patient.name[0]").find(R"("expression":["Patient.name[0]"])"),
              std::string::npos);
    for (const char* place : {"PID-3", "byte 17", "value Patient.birthDate"}) {
        EXPECT_NE(outcome(place).find(R"("diagnostics":")" + std::string{place} + '"'),
                  std::string::npos);
    }
}

TEST(Outcomes, AreEscaped) {
    EXPECT_EQ(operation_outcome("error", "invalid", "a\"b"),
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"error",)"
              R"("code":"invalid","details":{"text":"a\"b"}}]})");
}

}  // namespace
}  // namespace aorta::plugins::http_source
