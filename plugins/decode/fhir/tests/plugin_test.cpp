// The plugin in a host: what a record carries after it.
#include "common/fhir/tree.hpp"

#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_decode_fhir.so";

std::unique_ptr<Harness> open(std::string_view options = "{}") {
    auto harness = Harness::open(kPlugin, options);
    EXPECT_TRUE(harness.ok()) << harness.error().message;
    return std::move(*harness);
}

TEST(DecodeFhir, SetsWhatTheEngineWants) {
    const auto node = open();
    const std::string json =
        R"({"resourceType":"Observation","subject":{"reference":"Patient/77"},"issued":"1970-01-01T00:00:01Z"})";
    const Outcome outcome = node->process(json);
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload, json);
    EXPECT_EQ(outcome.record.content_type, "fhir");
    EXPECT_EQ(outcome.record.identifier, "77");
    EXPECT_EQ(outcome.record.event_time_ns, 1'000'000'000);
    EXPECT_EQ(outcome.record.attributes.at("type"), "Observation");
    EXPECT_EQ(outcome.record.view_type, fhir::kTreeView);
    const auto tree =
        fhir::Tree::open(outcome.record.view.data(), outcome.record.view.size(), json);
    ASSERT_TRUE(tree.ok());
    EXPECT_EQ(tree->root()["issued"].raw(), "1970-01-01T00:00:01Z");
    EXPECT_EQ(to_text(node->close()), "");
}

TEST(DecodeFhir, EmitsTheResourcesOfABundle) {
    const auto node = open("{ bundle: split }");
    const Outcome outcome = node->process(
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{},
            {"resource":{"resourceType":"Patient","id":"2","meta":{"lastUpdated":"1970-01-01T00:00:01Z"}}}]})");
    EXPECT_EQ(outcome.verdict, AORTA_EMITTED);
    ASSERT_EQ(outcome.emitted.size(), 2U);
    EXPECT_EQ(outcome.emitted[0].payload, R"({"resourceType":"Patient","id":"1"})");
    EXPECT_EQ(outcome.emitted[0].content_type, "fhir");
    EXPECT_EQ(outcome.emitted[0].attributes.at("type"), "Patient");
    EXPECT_EQ(outcome.emitted[1].attributes.at("part"), "2");
    EXPECT_EQ(outcome.emitted[1].attributes.at("parts"), "2");
    EXPECT_EQ(outcome.emitted[1].event_time_ns, 1'000'000'000);
    EXPECT_EQ(to_text(node->close()), "");
}

TEST(DecodeFhir, AnswersEveryRecord) {
    const struct {
        const char* options;
        std::string payload;
        std::uint32_t verdict;
        const char* reason;
        const char* where;
    } cases[] = {
        {"{}", "hello", AORTA_REJECT, "fhir.not_json", "byte 0"},
        {"{}", R"({"a":1,"a":2})", AORTA_REJECT, "fhir.duplicate_name", "byte 8"},
        {"{}", R"({"":1})", AORTA_REJECT, "fhir.bad_name", "byte 2"},
        {"{}", R"({"a":1})", AORTA_REJECT, "fhir.no_resource", "byte 0"},
        {"{ max_depth: 8 }", std::string(9, '['), AORTA_REJECT, "fhir.too_deep", "byte 8"},
        {"{ max_elements: 16 }",
         "[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6]",
         AORTA_REJECT,
         "fhir.too_many_elements",
         "byte 31"},
        {"{ max_resource: 1KiB }",
         std::string(1025, ' '),
         AORTA_REJECT,
         "fhir.too_large",
         "byte 1024"},
        {"{ ndjson: true, max_parts: 1 }",
         "{\"resourceType\":\"A\"}\n{\"resourceType\":\"B\"}\n",
         AORTA_REJECT,
         "fhir.too_many_parts",
         "line 2, byte 0"},
        {"{ ndjson: true }", "\n", AORTA_DROP, "fhir.empty_bundle", ""},
        {"{ bundle: split }",
         R"({"resourceType":"Bundle","entry":7})",
         AORTA_DROP,
         "fhir.empty_bundle",
         ""},
        {"{ bundle: split }", R"({"resourceType":"Patient"})", AORTA_PASS, "", ""},
    };

    for (const auto& each : cases) {
        const auto node = open(each.options);
        const Outcome outcome = node->process(each.payload);
        EXPECT_EQ(outcome.verdict, each.verdict) << each.options << each.payload;
        EXPECT_EQ(outcome.reason, each.reason) << each.options << each.payload;
        EXPECT_EQ(outcome.where, each.where) << each.options << each.payload;
        EXPECT_EQ(to_text(node->close()), "");
    }
}

TEST(DecodeFhir, RefusesOptionsThatMeanNothing) {
    EXPECT_FALSE(Harness::open(kPlugin, "{ key: { system: a } }").ok());
    EXPECT_TRUE(Harness::open(kPlugin, "{ key: { by: identifier, system: a } }").ok());
}

}  // namespace
}  // namespace aorta::testing
