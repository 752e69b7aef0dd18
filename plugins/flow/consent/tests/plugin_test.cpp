#include <aorta/testing/harness.hpp>

#include <gtest/gtest.h>

namespace aorta::testing {
namespace {

using namespace std::chrono_literals;

const std::string kPlugin =
    std::string{AORTA_BUILD_DIR} + "/lib/aorta/plugins/processor_consent.so";

std::unique_ptr<Harness> open(const std::string& more = "", std::vector<Table> tables = {}) {
    auto harness = Harness::open(kPlugin,
                                 "{ recipient: [ Organization/r ], purpose: HRESCH" + more + " }",
                                 std::move(tables));
    EXPECT_TRUE(harness.ok()) << harness.error().message;
    return std::move(*harness);
}

Outcome put(Harness& node, const std::string& json, const char* type = "fhir") {
    return node.process({Record{.payload = json, .content_type = type}}).front();
}

std::string consent(const std::string& patient, const char* type, const char* status = "active") {
    return R"({"resourceType":"Consent","id":"c)" + patient +
           R"(","scope":{"coding":[{"code":"patient-privacy"}]},"status":")" + status +
           R"(","patient":{"reference":"Patient/)" + patient + R"("},"provision":{"type":")" +
           type + R"("}})";
}

std::string observation(const std::string& patient) {
    return R"({"resourceType":"Observation","subject":{"reference":"Patient/)" + patient + R"("}})";
}

const std::string kMessage = "MSH|^~\\&|A|B|||2024||ORU^R01|1|P|2.5.1\rPID|1||7^^^H&1.2&ISO\r";

TEST(Consent, NothingPassesWithoutOne) {
    const auto node = open();
    const Outcome outcome = put(*node, observation("1"));
    EXPECT_EQ(outcome.verdict, AORTA_DROP);
    EXPECT_EQ(outcome.reason, "consent.denied");
    EXPECT_EQ(to_text(node->close()), "");
}

TEST(Consent, OneThatPermitsLetsPassUntilItIsWithdrawn) {
    const auto node = open();
    EXPECT_EQ(put(*node, consent("1", "permit")).verdict, AORTA_PASS);
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_PASS);
    EXPECT_EQ(put(*node, observation("2")).verdict, AORTA_DROP);
    put(*node, consent("1", "permit", "inactive"));
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_DROP);
}

TEST(Consent, OneThatDeniesOutweighs) {
    const auto node = open(", without_consent: all-normal");
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_PASS);
    put(*node, consent("1", "permit"));
    std::string deny = consent("1", "deny");
    deny.replace(deny.find("\"c1\""), 4, "\"other\"");
    put(*node, deny);
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_DROP);
}

TEST(Consent, AnOlderVersionBringsNothingBack) {
    const auto version = [](const char* status, const char* time) {
        std::string json = consent("1", "permit", status);
        return json.insert(json.rfind('}'),
                           std::string{R"(,"meta":{"lastUpdated":")"} + time + "\"}");
    };
    const auto node = open();
    put(*node, version("active", "2024-01-01T00:00:00Z"));
    put(*node, version("inactive", "2024-02-01T00:00:00Z"));
    put(*node, version("active", "2024-01-01T00:00:00Z"));
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_DROP);
    put(*node, version("active", "2024-03-01T00:00:00Z"));
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_PASS);
    put(*node,
        R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Consent/c1"}}]})");
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_DROP);
}

TEST(Consent, OfATransactionHoldsForThePatientByEveryName) {
    const auto node = open();
    put(*node,
        R"({"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","identifier":[{"system":"s","value":"5"}]}},
        {"resource":{"resourceType":"Consent","id":"c","scope":{"coding":[{"code":"patient-privacy"}]},"status":"active",
         "patient":{"reference":"urn:uuid:1"},"provision":{"type":"permit"}}}]})");
    EXPECT_EQ(
        put(*node,
            R"({"resourceType":"Observation","subject":{"identifier":{"system":"s","value":"5"}}})")
            .verdict,
        AORTA_PASS);
}

TEST(Consent, ConsentsThatAreNotLearnedAreData) {
    const auto node = open(", learn: false");
    EXPECT_EQ(put(*node, consent("1", "permit")).verdict, AORTA_DROP);
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_DROP);
}

TEST(Consent, OfABundleThoseEntriesPassThatMay) {
    const auto node = open();
    put(*node, consent("1", "permit"));
    const std::string head =
        R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Organization"}},)";
    const std::string first = R"({"resource":)" + observation("1") + "}";
    const std::string second = R"({"resource":)" + observation("2") + "}";
    const Outcome outcome = put(*node, head + first + "," + second + "]}");
    EXPECT_EQ(outcome.verdict, AORTA_PASS);
    EXPECT_EQ(outcome.record.payload, head + first + "]}");
    EXPECT_EQ(outcome.emitted.size(), 2U);
    EXPECT_EQ(put(*node, head + second + "]}").verdict, AORTA_DROP);
    const Outcome whole = put(*node, head + first + "]}");
    EXPECT_EQ(whole.record.payload, head + first + "]}");
}

TEST(Consent, EveryDecisionIsAnAuditEvent) {
    const auto node = open();
    put(*node, consent("1", "permit"));
    const Outcome outcome = put(*node, observation("1"));
    ASSERT_EQ(outcome.emitted.size(), 1U);
    EXPECT_EQ(outcome.emitted[0].port, "audit");
    const std::string& event = outcome.emitted[0].payload;
    for (const char* part : {R"("resourceType":"AuditEvent")",
                             R"("code":"AuthZ-Consent")",
                             R"("outcomeDesc":"permit")",
                             R"("reference":"Consent/c1")",
                             R"("reference":"Patient/1")",
                             R"("reference":"Organization/r")",
                             R"("code":"HRESCH")"}) {
        EXPECT_NE(event.find(part), std::string::npos) << part;
    }
    EXPECT_NE(put(*node, observation("2")).emitted.at(0).payload.find(R"("outcomeDesc":"deny")"),
              std::string::npos);
}

TEST(Consent, HoldsForMessagesToo) {
    const auto node = open(", identifier_system: 'urn:mrn'");
    EXPECT_EQ(put(*node, kMessage, "hl7v2").verdict, AORTA_DROP);
    for (const char* system : {"urn:oid:1.2"}) {
        const std::string by_identifier =
            R"({"resourceType":"Consent","id":"c","scope":{"coding":[{"code":"patient-privacy"}]},"status":"active","patient":{"identifier":{"system":")" +
            std::string{system} + R"(","value":"7"}},"provision":{"type":"permit"}})";
        put(*node, by_identifier);
        EXPECT_EQ(put(*node, kMessage, "hl7v2").verdict, AORTA_PASS) << system;
    }
}

TEST(Consent, ATableDecidesBesideConsents) {
    const auto node = open(", table: consents",
                           {{.name = "consents",
                             .columns = {"patient", "purpose", "decision"},
                             .rows = {{"Patient/1", "HRESCH", "permit"},
                                      {"Patient/2", "TREAT", "permit"},
                                      {"Patient/3", "HRESCH", "deny"},
                                      {"Patient/4", "HRESCH", "maybe"}},
                             .key = {"patient", "purpose"}}});
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_PASS);
    EXPECT_EQ(put(*node, observation("2")).verdict, AORTA_DROP);
    put(*node, consent("3", "permit"));
    EXPECT_EQ(put(*node, observation("3")).verdict, AORTA_DROP);
    EXPECT_EQ(put(*node, observation("4")).verdict, AORTA_DROP);
}

TEST(Consent, DataAboutNobodyIsDeniedUnlessItMayPass) {
    const char* organization = R"({"resourceType":"Organization","id":"o"})";
    EXPECT_EQ(put(*open(), organization).verdict, AORTA_DROP);
    EXPECT_EQ(put(*open(", without_patient: pass"), organization).verdict, AORTA_PASS);
}

TEST(Consent, RefusesWhatItCannotRead) {
    const auto node = open(", on_deny: reject, max: 1");
    EXPECT_EQ(put(*node, "{").reason, "fhir.not_json");
    EXPECT_EQ(put(*node, "PID|", "hl7v2").reason, "hl7.no_msh");
    EXPECT_EQ(put(*node, R"({"resourceType":"Consent","status":"active"})").reason,
              "consent.unreadable");
    EXPECT_EQ(put(*node, observation("1")).verdict, AORTA_REJECT);
    put(*node, consent("1", "deny"));
    EXPECT_EQ(put(*node, consent("2", "deny")).reason, "consent.full");
}

TEST(Consent, RefusesOptionsThatMeanNothing) {
    for (const char* options : {"{ recipient: [], purpose: TREAT }",
                                "{ recipient: [ a ], purpose: treatment }",
                                "{ recipient: [ a ], purpose: TREAT, table: none }"}) {
        EXPECT_FALSE(Harness::open(kPlugin, options).ok()) << options;
    }
    const std::string asks = "{ recipient: [ a ], purpose: TREAT, table: t }";
    EXPECT_FALSE(
        Harness::open(kPlugin, asks, {{.name = "t", .columns = {"patient", "says"}}}).ok());
    EXPECT_FALSE(Harness::open(kPlugin, asks, {{.name = "t", .columns = {"id", "decision"}}}).ok());
}

TEST(Consent, KnowsThemInAnotherInstance) {
    const auto then = open();
    put(*then, consent("1", "permit"));
    std::string limited = consent("2", "permit");
    limited.replace(
        limited.find("\"type\":\"permit\""),
        15,
        R"("type":"deny","provision":[{"type":"permit","purpose":[{"code":"HRESCH"}],"period":{"end":"2100"}}])");
    put(*then, limited);
    const auto saved = then->save();
    ASSERT_TRUE(saved.ok());
    const auto now = open();
    ASSERT_TRUE(now->load(*saved).ok());
    EXPECT_EQ(put(*now, observation("1")).verdict, AORTA_PASS);
    EXPECT_EQ(put(*now, observation("2")).verdict, AORTA_PASS);
    put(*now, consent("1", "permit", "inactive"));
    EXPECT_EQ(put(*now, observation("1")).verdict, AORTA_DROP);
    EXPECT_FALSE(open()->load(saved->substr(0, saved->size() - 1)).ok());
}

}  // namespace
}  // namespace aorta::testing
