#include "decode/fhir/decoder.hpp"

#include "common/fhir/date_time.hpp"
#include "common/fhir/reason.hpp"
#include "common/fhir/tests/fixtures.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::decode_fhir {
namespace {

std::optional<std::int64_t> epoch(std::string_view text) {
    return fhir::to_epoch_ns(*fhir::parse_date_time(text));
}

Resource only_resource(std::string_view json, DecoderConfig config = {}) {
    Decoder decoder(std::move(config));
    const Result<void> decoded = decoder.decode(json);
    EXPECT_TRUE(decoded.ok()) << json << decoded.error().message;
    EXPECT_EQ(decoder.resources().size(), 1U);
    EXPECT_FALSE(decoder.is_split());
    Resource found = decoder.resources().front();
    EXPECT_EQ(found.json, decoder.tree().tree().root().raw());
    return found;
}

DecoderConfig by_identifier(std::string system = {}) {
    DecoderConfig config;
    config.key = {KeyKind::Identifier, std::move(system)};
    return config;
}

TEST(Decoder, ReadsTypeKeyAndEventTime) {
    const Resource found = only_resource(
        R"( {"resourceType":"Observation","subject":{"reference":"Patient/p1"},
             "effectiveDateTime":"2024-01-02T03:04:05+01:00","issued":"2025-01-01T00:00:00Z"} )");
    EXPECT_EQ(found.type, "Observation");
    EXPECT_EQ(found.key, "p1");
    EXPECT_EQ(found.event_time_ns, epoch("2024-01-02T02:04:05Z"));
}

TEST(Decoder, FindsThePatientOfEveryFormOfReference) {
    const struct {
        std::string json;
        std::string key;
    } cases[] = {
        {R"({"resourceType":"Patient","id":"p1"})", "p1"},
        {R"({"resourceType":"Patient"})", ""},
        {R"({"resourceType":"X","subject":{"reference":"Patient/p1"}})", "p1"},
        {R"({"resourceType":"X","patient":{"reference":"Patient/p1/_history/3"}})", "p1"},
        {R"({"resourceType":"X","for":{"reference":"https://a.example/r4/Patient/p1"}})", "p1"},
        {R"({"resourceType":"X","beneficiary":{"reference":"urn:uuid:p1"}})", "p1"},
        {R"({"resourceType":"X","subject":{"reference":"Device\/p1"}})", "Device/p1"},
        {R"({"resourceType":"X","subject":[{"reference":"Patient/p1"}]})", "p1"},
        {R"({"resourceType":"X","subject":[{"reference":"Patient/1"},{"reference":"Patient/2"}]})",
         ""},
        {R"({"resourceType":"X","subject":{"reference":"#p1"}})", ""},
        {R"({"resourceType":"X","subject":{"reference":"Patient/"}})", ""},
        {R"({"resourceType":"X","subject":{"reference":"/"}})", ""},
        {R"({"resourceType":"X","subject":{"reference":7},"patient":[]})", ""},
        {R"({"resourceType":"X","subject":{"display":"someone"},"patient":{"reference":"Patient/2"}})",
         "2"},
        {R"({"resourceType":"Organization","id":"o"})", ""},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(only_resource(each.json).key, each.key) << each.json;
    }
}

TEST(Decoder, TakesAnIdentifierWhenAsked) {
    const std::string patient =
        R"({"resourceType":"Patient","id":"p1","identifier":[{"system":"a"},{"system":"a","value":"1"},{"system":"b","value":"2"}]})";
    EXPECT_EQ(only_resource(patient, by_identifier()).key, "1");
    EXPECT_EQ(only_resource(patient, by_identifier("b")).key, "2");
    EXPECT_EQ(only_resource(patient, by_identifier("c")).key, "");
    const std::string logical =
        R"({"resourceType":"X","subject":{"reference":"Patient/1","identifier":{"system":"b","value":"2"}}})";
    EXPECT_EQ(only_resource(logical, by_identifier("b")).key, "2");
    EXPECT_EQ(only_resource(logical, by_identifier("a")).key, "");
    DecoderConfig none;
    none.key.kind = KeyKind::None;
    EXPECT_EQ(only_resource(patient, none).key, "");
}

constexpr std::string_view kBundle =
    R"({"resourceType":"Bundle","timestamp":"2024-01-01T00:00:00Z","entry":[
        {"fullUrl":"urn:uuid:77","resource":{"resourceType":"Patient","id":"p1","identifier":[{"value":"MRN1"}]}},
        {"request":{"method":"DELETE","url":"Patient/9"}},
        {"resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:77"},"issued":"2024-05-05T00:00:00Z"}},
        {"resource":{"resourceType":"Encounter","subject":{"reference":"http://x/Patient/p1"}}},
        {"resource":{"resourceType":"Organization"}}]})";

TEST(Decoder, GivesABundleTheKeyOfItsOnePatient) {
    const Resource whole = only_resource(kBundle);
    EXPECT_EQ(whole.type, "Bundle");
    EXPECT_EQ(whole.key, "p1");
    EXPECT_EQ(whole.event_time_ns, epoch("2024-01-01T00:00:00Z"));
    EXPECT_EQ(only_resource(kBundle, by_identifier()).key, "MRN1");
    const std::string_view two =
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1"}},
            {"resource":{"resourceType":"Patient","id":"2"}}]})";
    EXPECT_EQ(only_resource(two).key, "");
}

TEST(Decoder, SplitsABundle) {
    DecoderConfig config = by_identifier();
    config.splits_bundles = true;
    Decoder decoder(config);
    ASSERT_TRUE(decoder.decode(kBundle).ok());
    ASSERT_TRUE(decoder.is_split());
    EXPECT_EQ(decoder.empty_entries(), 1U);
    const auto found = decoder.resources();
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].type, "Patient");
    EXPECT_EQ(found[0].key, "MRN1");
    EXPECT_EQ(found[0].event_time_ns, epoch("2024-01-01T00:00:00Z"));
    EXPECT_EQ(found[1].key, "MRN1");
    EXPECT_EQ(found[1].event_time_ns, epoch("2024-05-05T00:00:00Z"));
    EXPECT_EQ(found[2].json,
              R"({"resourceType":"Encounter","subject":{"reference":"http://x/Patient/p1"}})");
    EXPECT_EQ(found[2].key, "MRN1");
    EXPECT_EQ(found[3].key, "");

    ASSERT_TRUE(decoder.decode(R"({"resourceType":"Patient"})").ok());
    EXPECT_FALSE(decoder.is_split());
}

TEST(Decoder, ReadsLines) {
    DecoderConfig config;
    config.splits_lines = true;
    Decoder decoder(config);
    ASSERT_TRUE(decoder
                    .decode("{\"resourceType\":\"Patient\",\"id\":\"1\"}\r\n \n"
                            "{\"resourceType\":\"Bundle\",\"entry\":[]}")
                    .ok());
    EXPECT_TRUE(decoder.is_split());
    ASSERT_EQ(decoder.resources().size(), 2U);
    EXPECT_EQ(decoder.resources()[0].key, "1");
    EXPECT_EQ(decoder.resources()[1].type, "Bundle");

    const Result<void> bad = decoder.decode("{\"resourceType\":\"Patient\"}\n\n{\"a\":}\n");
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().where, "line 3, byte 5");
    ASSERT_TRUE(decoder.decode("\n").ok());
    EXPECT_TRUE(decoder.resources().empty());
}

TEST(Decoder, ReadsTheEventTimeByType) {
    const struct {
        std::string json;
        std::optional<std::int64_t> time;
    } cases[] = {
        {R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-01T00:00:00Z"}})",
         epoch("2024-01-01T00:00:00Z")},
        {R"({"resourceType":"Encounter","period":{"start":"2024-01-01T00:00:00Z"}})",
         epoch("2024-01-01T00:00:00Z")},
        {R"({"resourceType":"Specimen","collection":{"collectedDateTime":"2024-01-01T00:00:00Z"}})",
         epoch("2024-01-01T00:00:00Z")},
        {R"({"resourceType":"Patient","meta":{"lastUpdated":"2024-01-01T00:00:00Z"}})",
         epoch("2024-01-01T00:00:00Z")},
        {R"({"resourceType":"Observation","effectiveDateTime":"2024-01-01","issued":"2024-01-01T00:00:00Z"})",
         std::nullopt},
        {R"({"resourceType":"Observation","effectiveDateTime":"soon"})", std::nullopt},
        {R"({"resourceType":"Encounter","period":7})", std::nullopt},
        {R"({"resourceType":"Task","lastModified":[]})", std::nullopt},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(only_resource(each.json).event_time_ns, each.time) << each.json;
    }
    DecoderConfig none;
    none.reads_event_time = false;
    EXPECT_FALSE(only_resource(cases[0].json, none).event_time_ns);
}

TEST(Decoder, RefusesWithAReasonAndAPlace) {
    DecoderConfig config;
    config.splits_bundles = true;
    config.max_parts = 2;
    const std::string patient = R"({"resource":{"resourceType":"Patient"}})";

    const struct {
        std::string json;
        std::string_view reason;
        std::string_view where;
    } cases[] = {
        {"", fhir::kNotJson, "byte 0"},
        {"MSH|^~\\&|", fhir::kNotJson, "byte 0"},
        {" []", kNoResource, "byte 1"},
        {"{}", kNoResource, "byte 0"},
        {"7", kNoResource, "byte 0"},
        {R"({"resourceType":7})", kNoResource, "byte 0"},
        {R"({"resourceType":""})", kNoResource, "byte 0"},
        {R"({"resourceType":"Pat ient"})", kNoResource, "byte 0"},
        {R"({"resourceType":")" + std::string(65, 'x') + R"("})", kNoResource, "byte 0"},
        {R"({"resourceType":"Bundle","entry":[{"resource":[]}]})", kNoResource, "byte 46"},
        {R"({"resourceType":"Bundle","entry":[)" + patient + "," + patient + "," + patient + "]}",
         kTooManyParts,
         "byte 126"},
    };

    for (const auto& each : cases) {
        Decoder decoder(config);
        const Result<void> decoded = decoder.decode(each.json);
        ASSERT_FALSE(decoded.ok()) << each.json;
        EXPECT_EQ(fhir::reason_id(decoded.error()), each.reason) << each.json;
        EXPECT_EQ(decoded.error().where, each.where) << each.json;
    }
}

TEST(Decoder, TellsThatAllResourcesOfSyntheaAreOfOnePatient) {
    const auto files = fhir::testing::json_files(fhir::testing::fixtures() / "fhir" / "synthea");
    if (files.empty()) {
        GTEST_SKIP() << "fixtures are absent: set AORTA_FIXTURES";
    }
    for (const auto& file : files) {
        DecoderConfig config;
        config.splits_bundles = true;
        config.max_parts = 50000;
        config.limits.max_elements = 1U << 24U;
        Decoder decoder(config);
        ASSERT_TRUE(decoder.decode(fhir::testing::read_file(file)).ok()) << file;
        std::string patient;
        std::size_t with_key = 0;
        for (const Resource& resource : decoder.resources()) {
            if (!resource.key.empty()) {
                patient = patient.empty() ? resource.key : patient;
                EXPECT_EQ(resource.key, patient);
                ++with_key;
            }
        }
        EXPECT_GT(with_key, decoder.resources().size() / 2) << file;
    }
}

}  // namespace
}  // namespace aorta::plugins::decode_fhir
