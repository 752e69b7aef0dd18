// Requests of the FHIR client, and what it makes of the answers.
#include "sink/http/outcome.hpp"
#include "sink/http/reasons.hpp"
#include "sink/http/tests/client_rig.hpp"

namespace aorta::plugins::http_sink::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kKnown =
    R"({"resourceType":"Patient","identifier":[{"use":"old"},{"system":"http://h/mrn","value":"a|b 1"}]})";

std::string line(std::string_view body,
                 const Wishes& wishes = {},
                 Conditional how = Conditional::Create) {
    const auto write = fhir_write(body, wishes, how);
    std::string text = write ? write->method + " " + write->place : "none";
    for (std::size_t i = 0; write && i < write->fields.size(); ++i) {
        text += " " + write->fields[i];
    }
    return text;
}

TEST(FhirWrite, EachResourceHasItsRequest) {
    EXPECT_EQ(line(R"({"resourceType":"Patient","id":"7"})"), "PUT /Patient/7");
    EXPECT_EQ(line(R"({"resourceType":"Patient"})"), "POST /Patient");
    EXPECT_EQ(line(kKnown),
              "POST /Patient If-None-Exist: identifier=http%3A%2F%2Fh%2Fmrn%7Ca%5C%7Cb%201");
    EXPECT_EQ(line(kKnown, {}, Conditional::Update),
              "PUT /Patient?identifier=http%3A%2F%2Fh%2Fmrn%7Ca%5C%7Cb%201");
    EXPECT_EQ(line(kKnown, {}, Conditional::None), "POST /Patient");
    EXPECT_EQ(line(R"({"resourceType":"Composition","identifier":{"value":"1"}})"),
              "POST /Composition If-None-Exist: identifier=1");
    EXPECT_EQ(line(R"({"resourceType":"Bundle","type":"transaction","id":"1"})"), "POST ");
    EXPECT_EQ(line(R"({"resourceType":"Bundle","type":"batch"})"), "POST ");
    EXPECT_EQ(line(R"({"resourceType":"Bundle","type":"message"})"), "POST /$process-message");
    EXPECT_EQ(line(R"({"resourceType":"Bundle","type":"document"})"), "POST /Bundle");
}

TEST(FhirWrite, TheClientsOwnWordsGoAlong) {
    constexpr std::string_view kPlain = R"({"resourceType":"Patient"})";
    EXPECT_EQ(line(kPlain, {.if_none_exist = "identifier=x"}),
              "POST /Patient If-None-Exist: identifier=x");
    EXPECT_EQ(line(kPlain, {.criteria = "identifier=x"}), "PUT /Patient?identifier=x");
    EXPECT_EQ(line(R"({"resourceType":"Patient","id":"7"})", {.if_match = "W/\"3\""}),
              "PUT /Patient/7 If-Match: W/\"3\"");
    EXPECT_EQ(line(kPlain, {.if_none_exist = "a\r\nX: 1"}), "none");
    for (const std::string_view criteria : {"#", "a=1#b", "a=1 HTTP/1.1", "a=\x7F", "a\r\nX: 1"}) {
        EXPECT_EQ(line(kPlain, {.criteria = criteria}), "none") << criteria;
    }
}

TEST(FhirWrite, WhatIsNoResourceIsNone) {
    for (const std::string_view body : {"",
                                        "MSH|",
                                        "[]",
                                        "{}",
                                        R"({"resourceType":"patient"})",
                                        R"({"resourceType":"P/../x"})",
                                        R"({"resourceType":"Patient","id":"../x"})",
                                        R"({"resourceType":"Patient","id":".."})",
                                        R"({"resourceType":"Patient")"}) {
        EXPECT_EQ(line(body), "none") << body;
    }
}

TEST(Outcome, CodeAndPathAndNothingElse) {
    EXPECT_EQ(issue_of(R"({"resourceType":"OperationOutcome","issue":[
        {"severity":"warning","code":"processing","diagnostics":"DOE"},
        {"severity":"error","code":"required","expression":["Patient.name[0].family"],"diagnostics":"DOE"}]})"),
              "required Patient.name[0].family");
    EXPECT_EQ(issue_of(R"({"resourceType":"OperationOutcome","issue":[
        {"severity":"error","code":"John Doe","location":["Bundle.entry[2].resource/*Patient/DOE*/.name"]}]})"),
              "Bundle.entry[2].resource");
    EXPECT_EQ(issue_of(R"({"resourceType":"OperationOutcome","issue":[]})"), "");
    EXPECT_EQ(issue_of(R"({"resourceType":"Patient","issue":[{"code":"invalid"}]})"), "");
    EXPECT_EQ(issue_of("<html>"), "");
    EXPECT_EQ(safe_path("Patient.where(family='DOE')"), "Patient.where");
    EXPECT_EQ(safe_path("Patient.name[DOE]"), "Patient.name");
    EXPECT_EQ(safe_path("Patient."), "Patient");
    EXPECT_EQ(safe_path("'DOE'"), "");
}

TEST(Outcome, TheWorstEntryOfABatch) {
    const auto verdicts = entries_of(
        R"({"resourceType":"Bundle","type":"batch-response","entry":[
        {"response":{"status":"201 Created"}},{"response":{"status":"503"}},
        {"response":{"status":"422 Unprocessable","outcome":{"resourceType":"OperationOutcome",
         "issue":[{"severity":"error","code":"invariant"}]}}},{"response":{"status":"400"}}]})",
        {});
    EXPECT_TRUE(verdicts.is_bundle);
    EXPECT_EQ(verdicts.entries, 4U);
    EXPECT_EQ(verdicts.worst->index, 2U);
    EXPECT_EQ(verdicts.worst->issue, "invariant");
    EXPECT_EQ(entries_of(R"({"resourceType":"Bundle","entry":[{}]})", {}).worst->status, 0U);
    EXPECT_TRUE(entries_of(R"({"resourceType":"Bundle"})", {}).is_bundle);
    for (const std::string_view broken : {"{}",
                                          R"({"resourceType":"Bundle","entry":{}})",
                                          R"({"resourceType":"Bundle","entry":[{} {}]})",
                                          R"({"resourceType":"Bundle","entry":[{}])"}) {
        EXPECT_FALSE(entries_of(broken, {}).is_bundle) << broken;
    }
}

TEST(Outcome, ThePolicyIsForEachEntry) {
    StatusPolicy on;
    on.set(409, Action::Done);
    const auto verdicts = entries_of(
        R"({"resourceType":"Bundle","entry":[
        {"response":{"status":"409"}},{"response":{"status":"422"}}]})",
        on);
    ASSERT_TRUE(verdicts.worst);
    EXPECT_EQ(verdicts.worst->index, 1U);
    EXPECT_EQ(verdicts.worst->action, Action::DeadLetter);
}

class FhirClientTest : public ClientTest {
protected:
    FhirClientTest() { config_.kind = PeerKind::Fhir; }
};

TEST_F(FhirClientTest, WritesToTheBase) {
    Server server([](const Seen&) { return response(201, "{}"); });
    const auto client = make_client(server.url("/r4/"));
    EXPECT_EQ(deliver(*client, host_.delivery(kKnown)).code, ErrorCode::Ok);
    const Seen seen = server.seen().at(0);
    EXPECT_EQ(seen.head.target, "/r4/Patient");
    EXPECT_EQ(seen.head.field("Content-Type"), "application/fhir+json");
    EXPECT_EQ(seen.head.field("Accept"), "application/fhir+json");
    EXPECT_EQ(seen.head.field("If-None-Exist"), "identifier=http%3A%2F%2Fh%2Fmrn%7Ca%5C%7Cb%201");
}

TEST_F(FhirClientTest, ARefusalNamesCodeAndPath) {
    Server server([](const Seen&) {
        return response(
            422,
            R"({"resourceType":"OperationOutcome","issue":[{"severity":"error",)"
            R"("code":"value","expression":["Patient.birthDate"],"diagnostics":"DOE"}]})");
    });
    const auto client = make_client(server.url());
    EXPECT_EQ(
        deliver(*client, host_.delivery(kKnown)),
        (Completion{0, ErrorCode::InvalidData, "http.status_422", "value Patient.birthDate"}));
    const Completion nothing = deliver(*client, host_.delivery("MSH|"));
    EXPECT_EQ(nothing.reason, kNoResource);
    const Completion widened = deliver(*client, host_.delivery(kKnown, {{"criteria", "a=1#b"}}));
    EXPECT_EQ(widened.code, ErrorCode::InvalidData);
    EXPECT_EQ(widened.reason, kBadUrl);
    EXPECT_EQ(server.seen().size(), 1U);
}

TEST_F(FhirClientTest, EntriesOfABatchAreLookedAt) {
    std::string answer;
    Server server([&](const Seen&) { return response(200, answer); });
    const auto client = make_client(server.url());
    const auto of = [&](std::string_view sent, std::string_view statuses) {
        answer = R"({"resourceType":"Bundle","entry":[)" + std::string{statuses} + "]}";
        return deliver(*client,
                       host_.delivery(R"({"resourceType":"Bundle","type":"batch","entry":[)" +
                                      std::string{sent} + "]}"));
    };
    EXPECT_EQ(of("{}", R"({"response":{"status":"201"}})").code, ErrorCode::Ok);
    const Completion refused =
        of("{},{}", R"({"response":{"status":"201"}},{"response":{"status":"422 x"}})");
    EXPECT_EQ(refused.code, ErrorCode::InvalidData);
    EXPECT_EQ(refused.reason, kEntryRefused);
    EXPECT_EQ(refused.where, "entry[1] 422");
    EXPECT_TRUE(retryable(of("{}", R"({"response":{"status":"503 x"}})").code));
    EXPECT_EQ(of("{},{}", R"({"response":{"status":"201"}})").reason, kNoBundle);
    EXPECT_EQ(of("{}", R"({"response":{"status":"201"}} x)").reason, kNoBundle);
    answer = "{}";
    EXPECT_EQ(
        deliver(*client, host_.delivery(R"({"resourceType":"Bundle","type":"batch"})")).reason,
        kNoBundle);
}

}  // namespace
}  // namespace aorta::plugins::http_sink::test
