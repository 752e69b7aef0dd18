// The plugin in a host: what goes out of which port.
#include <aorta/testing/harness.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_map_hl7v2_to_fhir.so";
constexpr std::string_view kMessage =
    "MSH|^~\\&|A|B|C|D|20240229113000||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1||77||Doe\rZZZ|secret\r";

TEST(MapHl7v2ToFhir, MakesABundleOfAMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_THAT(outcome.record.payload, StartsWith(R"({"resourceType":"Bundle","type":"message")"));
    EXPECT_EQ(outcome.record.content_type, "fhir");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(MapHl7v2ToFhir, ReportsInAnAttribute) {
    auto harness = Harness::open(kPlugin, "{ report: attribute }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    EXPECT_THAT(outcome.record.attributes.at("unmapped"),
                HasSubstr(R"({"path":"ZZZ[1]-1[1].1.1","reason":"site"})"));
    EXPECT_THAT(outcome.record.attributes.at("unmapped"), Not(HasSubstr("secret")));
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(MapHl7v2ToFhir, ReportsAtAPort) {
    auto harness = Harness::open(kPlugin, "{ report: port }");
    ASSERT_TRUE(harness.ok()) << harness.error().message;
    const Outcome outcome = (*harness)->process(kMessage);
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    ASSERT_EQ(outcome.emitted.size(), 1U);
    EXPECT_EQ(outcome.emitted[0].port, "unmapped");
    EXPECT_THAT(outcome.emitted[0].payload, HasSubstr(R"("reason":"site")"));
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(MapHl7v2ToFhir, RejectsWhatIsNoMessage) {
    auto harness = Harness::open(kPlugin);
    ASSERT_TRUE(harness.ok());
    const Outcome outcome = (*harness)->process("hello");
    EXPECT_EQ(outcome.verdict, AORTA_REJECT);
    EXPECT_EQ(outcome.reason, "hl7.no_msh");
    EXPECT_EQ(to_text((*harness)->close()), "");
}

TEST(MapHl7v2ToFhir, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ zone: Europe/Atlantis }",
                                "{ systems: [ { name: MPI } ] }",
                                "{ systems: [ { name: MPI, uri: a }, { name: MPI, uri: b } ] }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    EXPECT_TRUE(
        Harness::open(kPlugin,
                      "{ bundle: transaction, provenance: true, identifier_system: universal_id, "
                      "systems: [ { name: MPI, uri: 'urn:oid:1.2.3' } ], local_systems: '', "
                      "zone: Europe/Berlin, fold: latest, report: none }")
            .ok());
}

}  // namespace
}  // namespace aorta::testing
