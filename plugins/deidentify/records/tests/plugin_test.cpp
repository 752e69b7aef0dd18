// The plugin in a host: the record after it is a message again, with a view of its own.
#include "common/fhir/tree.hpp"
#include "common/hl7/message.hpp"

#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace aorta::testing {
namespace {

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_deidentify.so";
constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|20240615||ADT^A01|MRN77|P|2.5.1\rPID|1||77^^^H||DOE^JOHN||19800101|M\r";

TEST(Deidentify, AttachesTheIndexOfTheNewMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    ASSERT_EQ(outcome.verdict, AORTA_PASS);
    const Record& record = outcome.record;
    EXPECT_EQ(record.payload.find("DOE"), std::string::npos);
    EXPECT_EQ(record.payload.find("77"), std::string::npos);
    EXPECT_EQ(record.content_type, "hl7v2");
    ASSERT_EQ(record.view_type, hl7::kIndexView);
    const auto view = hl7::IndexView::open(record.view.data(), record.view.size(), record.payload);
    ASSERT_TRUE(view.ok());
    const hl7::Message message{record.payload, *view};
    EXPECT_EQ(message.get(*hl7::parse_path("PID-7")).raw, "1980");
    EXPECT_EQ(message.get(*hl7::parse_path("MSH-10")).raw.size(), 20U);
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, RejectsWhatIsNoSingleMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Outcome outcome = (*harness)->process(std::string{kMessage} + std::string{kMessage});
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.segment_sequence_error");
    EXPECT_EQ(outcome.where, "MSH[2]");
    EXPECT_EQ((*harness)->process("hello").reason, "hl7.no_msh");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, GivesEveryRecordAControlIdOfItsOwn) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Record record{.payload = std::string{kMessage}};
    const auto outcomes = (*harness)->process({record, record});
    const std::string& first = outcomes[0].record.payload;
    const std::string& second = outcomes[1].record.payload;
    EXPECT_NE(first, second);
    EXPECT_EQ(first.size(), second.size());
}

Record resource(std::string payload) {
    return {.payload = std::move(payload), .content_type = "fhir"};
}

TEST(Deidentify, AttachesTheTreeOfTheNewResourceAndSaysWhatItDid) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process({resource(
        R"({"resourceType":"Patient","id":"77","name":[{"family":"DOE"}],"birthDate":"1980-01-02"})")})
                                [0];
    ASSERT_EQ(outcome.verdict, AORTA_PASS) << outcome.reason;
    const Record& record = outcome.record;
    EXPECT_EQ(record.payload.find("DOE"), std::string::npos);
    EXPECT_EQ(record.payload.find("77"), std::string::npos);
    EXPECT_EQ(record.content_type, "fhir");
    ASSERT_EQ(record.view_type, fhir::kTreeView);
    const auto tree = fhir::Tree::open(record.view.data(), record.view.size(), record.payload);
    ASSERT_TRUE(tree.ok());
    EXPECT_EQ(tree->root()["birthDate"].raw(), "1980");
    const std::string report = record.attributes.at("deidentification");
    EXPECT_TRUE(report.starts_with("profile=safe_harbor policy=")) << report;
    EXPECT_TRUE(report.ends_with(" parts_removed=0 removed=1 changed=2")) << report;
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, RejectsWhatIsNoResourceWithoutShowingIt) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const auto outcomes = (*harness)->process({resource("{\"resourceType\":\"DOE\"}"),
                                               resource("{\"a\":\"DOE\",\"a\":1}"),
                                               resource("DOE")});
    EXPECT_EQ(outcomes[0].reason, "fhir.unknown_resource");
    EXPECT_EQ(outcomes[1].reason, "fhir.duplicate_name");
    EXPECT_EQ(outcomes[2].reason, "fhir.not_json");
    for (const Outcome& outcome : outcomes) {
        EXPECT_EQ(outcome.verdict, AORTA_REJECT);
        EXPECT_EQ(outcome.where.find("DOE"), std::string::npos);
    }
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(Deidentify, KeepsTheCodesOfItsVaultOverARestart) {
    const std::string path = ::testing::TempDir() + "deidentify_plugin_test.vault";
    std::filesystem::remove(path);
    const std::string options =
        "{ codes: vault, vault: { path: " + path + ", key: a key of at least thirty-two bytes } }";
    std::string first;
    for (int run = 0; run < 2; ++run) {
        auto harness = Harness::open(kPlugin, options);
        ASSERT_TRUE(harness.ok()) << harness.error().message;
        const std::string out = (*harness)->process(kMessage).record.payload;
        EXPECT_EQ(out.find("77"), std::string::npos);
        const std::string patient = out.substr(out.find("PID"), 25);
        first = run == 0 ? patient : first;
        EXPECT_EQ(patient, first);
    }
    std::filesystem::remove(path);
}

TEST(Deidentify, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ keep: [PID] }",
                                "{ keep: [PID-3.1] }",
                                "{ keep: [MSH-1] }",
                                "{ keep: [PV1-3], remove: [PV1-3] }",
                                "{ remove: [nonsense] }",
                                "{ z_segments: [PID] }",
                                "{ profile: pseudonymise }",
                                "{ profile: pseudonymise, key: short }",
                                "{ codes: vault }",
                                "{ codes: pseudonym }",
                                "{ dates: shift }",
                                "{ patient: { path: PID } }",
                                "{ scrub_patterns: ['('] }",
                                "{ rules: [{ action: remove }] }",
                                "{ rules: [{ path: PID-3, type: CX, action: remove }] }",
                                "{ rules: [{ path: PID-3, action: shred }] }",
                                "{ rules: [{ path: PID-3, action: substitute }] }",
                                "{ rules: [{ path: PID-3, action: perturb }] }",
                                "{ rules: [{ path: PID-3, action: pseudonym }] }",
                                "{ rules: [{ path: MSH-1, action: remove }] }",
                                "{ rules: [{ path: Nobody.name, action: remove }] }",
                                "{ rules: [{ type: Nobody, action: remove }] }",
                                "{ rules: [{ name: MSH, action: remove }] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    EXPECT_TRUE(Harness::open(kPlugin,
                              "{ profile: limited_data_set, codes: random, keep: [PV1-10, ZDV-2], "
                              "z_segments: [ZPI], remove: [PID-10], text: keep_codes }")
                    .ok());
    EXPECT_TRUE(
        Harness::open(kPlugin,
                      "{ profile: pseudonymise, key: a key of at least thirty-two bytes, rules: ["
                      "{ path: PID-3.1, action: format_preserving }, { path: Patient.birthDate, "
                      "action: year }, "
                      "{ type: HumanName, action: mask }, { type: XPN, action: mask }, { name: "
                      "ZPI, action: keep }, "
                      "{ name: postalCode, action: remove }] }")
            .ok());
}

}  // namespace
}  // namespace aorta::testing
