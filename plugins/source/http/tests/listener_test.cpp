#include "source/http/tests/listener_fixture.hpp"

namespace aorta::plugins::http_source {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ListenerTest, AWebhookBecomesARecord) {
    config_.query = {{"facility", "query_facility"}};
    config_.headers = {{"X-Request-Id", "header_x_request_id"}};
    answer_all();
    Peer peer = start_and_connect();
    const Received response = exchange(
        peer,
        request("POST /hook?facility=N%20W&name=DOE",
                "Content-Type: Text/Plain; charset=utf-8\r\nX-Request-Id: 17\r\nX-Other: 1\r\n",
                "MSH|1"));
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.body, "");
    const auto record = host_.wait_pushed(1).at(0);
    EXPECT_EQ(record.payload, "MSH|1");
    EXPECT_EQ(record.content_type, "bytes");
    const std::map<std::string, std::string> expected = {{"peer", record.attributes.at("peer")},
                                                         {"path", "/hook"},
                                                         {"method", "POST"},
                                                         {"media_type", "text/plain"},
                                                         {"query_facility", "N W"},
                                                         {"header_x_request_id", "17"}};
    EXPECT_EQ(record.attributes, expected);
}

TEST_F(ListenerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
    Peer peer = start_and_connect();
    peer.send(hook("1") + hook("2") + request("GET /nowhere", "", "") + hook("3"));
    const auto records = host_.wait_pushed(3);
    answer(records[2], {.kind = AORTA_ACK_ACCEPT, .reply = "third"});
    answer(records[1], {.kind = AORTA_ACK_ACCEPT, .reply = "second"});
    answer(records[0], {.kind = AORTA_ACK_ACCEPT, .reply = "first"});
    EXPECT_EQ(receive(peer).body, "first");
    EXPECT_EQ(receive(peer).body, "second");
    EXPECT_EQ(receive(peer).status, 404U);
    EXPECT_EQ(receive(peer).body, "third");
    EXPECT_EQ(records[0].connection, records[2].connection);
}

TEST_F(ListenerTest, OutcomesHaveTheirStatus) {
    Peer peer = start_and_connect();
    std::size_t sent = 0;
    const auto status_of = [&](const Outcome& outcome) {
        peer.send(hook("x"));
        answer(host_.wait_pushed(++sent).back(), outcome);
        return receive(peer);
    };
    const Received invalid = status_of({.kind = AORTA_ACK_ERROR,
                                        .code = ErrorCode::InvalidData,
                                        .reason = "hl7.required_field_missing",
                                        .where = "PID-3"});
    EXPECT_EQ(invalid.status, 422U);
    EXPECT_EQ(invalid.body,
              R"({"status":422,"title":"Unprocessable Content",)"
              R"("detail":"hl7.required_field_missing","where":"PID-3"})");
    EXPECT_EQ(status_of({.kind = AORTA_ACK_REFUSE, .code = ErrorCode::Denied}).status, 422U);
    const Received later = status_of({.kind = AORTA_ACK_ERROR, .code = ErrorCode::Unavailable});
    EXPECT_EQ(later.status, 503U);
    EXPECT_THAT(later.head, HasSubstr("Retry-After: 5\r\n"));
    EXPECT_EQ(status_of({.kind = AORTA_ACK_ERROR, .code = ErrorCode::Internal}).status, 500U);
    EXPECT_EQ(status_of({.kind = AORTA_ACK_NONE}).status, 504U);
    EXPECT_EQ(status_of({.kind = AORTA_ACK_ACCEPT}).status, 200U);
}

TEST_F(ListenerTest, BelowDeliveredTheRequestIsOnlyAccepted) {
    host_.set_ack_policy(AORTA_LEVEL_DURABLE);
    answer_all();
    Peer peer = start_and_connect();
    EXPECT_EQ(exchange(peer, hook("x")).status, 202U);
    EXPECT_EQ(exchange(peer, fhir("POST /fhir/Patient", kPatient)).status, 202U);
}

TEST_F(ListenerTest, AtLevelNoneNobodyIsAsked) {
    host_.set_ack_policy(AORTA_LEVEL_NONE);
    Peer peer = start_and_connect();
    EXPECT_EQ(exchange(peer, hook("x")).status, 202U);
    EXPECT_EQ(host_.wait_pushed(1).size(), 1U);
}

TEST_F(ListenerTest, FhirCalls) {
    answer_all();
    Peer peer = start_and_connect();
    const auto of = [&](std::string_view name) {
        return host_.pushed().back().attributes[std::string{name}];
    };
    Received response =
        exchange(peer, fhir("POST /fhir/Patient", kPatient, "If-None-Exist: identifier=a|b\r\n"));
    EXPECT_EQ(response.status, 201U);
    EXPECT_THAT(response.body, HasSubstr(R"("severity":"information")"));
    EXPECT_EQ(of("interaction"), "create");
    EXPECT_EQ(of("resource_type"), "Patient");
    EXPECT_EQ(of("if_none_exist"), "identifier=a|b");

    response = exchange(peer, fhir("PUT /fhir/Patient/7", kPatient, "If-Match: W/\"3\"\r\n"));
    EXPECT_EQ(response.status, 200U);
    EXPECT_THAT(response.head, HasSubstr("Location: /fhir/Patient/7\r\n"));
    EXPECT_EQ(of("interaction"), "update");
    EXPECT_EQ(of("resource_id"), "7");
    EXPECT_EQ(of("if_match"), "W/\"3\"");

    response = exchange(peer, fhir("PUT /fhir/Patient?identifier=a%7Cb", kPatient));
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(of("criteria"), "identifier=a%7Cb");

    constexpr std::string_view kBundle = R"({"resourceType":"Bundle","type":"transaction"})";
    for (const char* base : {"POST /fhir", "POST /fhir/"}) {
        EXPECT_EQ(exchange(peer, fhir(base, kBundle)).status, 200U);
        EXPECT_EQ(of("interaction"), "transaction");
    }
    EXPECT_EQ(exchange(peer, fhir("POST /fhir/$process-message", kBundle)).status, 200U);
    EXPECT_EQ(of("interaction"), "process-message");

    response = exchange(peer, request("GET /fhir/metadata", "", ""));
    EXPECT_EQ(response.status, 200U);
    EXPECT_THAT(response.body, HasSubstr(R"("resourceType":"CapabilityStatement")"));
    EXPECT_EQ(host_.pushed().size(), 6U);
}

TEST_F(ListenerTest, ARejectedResourceIsToldByReasonAndPathOnly) {
    answer_all({.kind = AORTA_ACK_ERROR,
                .code = ErrorCode::InvalidData,
                .reason = "fhir.required_missing",
                .where = "Patient.name[0]"});
    Peer peer = start_and_connect();
    const Received response = exchange(peer, fhir("POST /fhir/Patient", kPatient));
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(response.body,
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"error",)"
              R"("code":"processing","details":{"text":"fhir.required_missing"},)"
              R"("expression":["Patient.name[0]"]}]})");
    EXPECT_THAT(response.head, HasSubstr("Content-Type: application/fhir+json\r\n"));
}

TEST_F(ListenerTest, WhatIsNotTakenIsSaid) {
    config_.paths[1].types = {"Patient"};
    config_.paths[0].accept = {"text/plain"};
    answer_all();
    Peer peer = start_and_connect();
    const auto status = [&](const std::string& bytes) { return exchange(peer, bytes).status; };
    EXPECT_EQ(status(request("GET /hook", "", "")), 405U);
    EXPECT_EQ(status(request("POST /hook", "Content-Type: text/html\r\n", "x")), 415U);
    EXPECT_EQ(status(hook("x", "Content-Encoding: gzip\r\n")), 415U);
    EXPECT_EQ(status(request("POST /hook/below", "", "x")), 404U);
    EXPECT_EQ(status(request("POST /hook%", "", "x")), 400U);
    EXPECT_EQ(status(request("POST /fhir/Patient", "Content-Type: application/fhir+xml\r\n", "<")),
              415U);
    EXPECT_EQ(status(fhir("POST /fhir/Patient", kPatient, "Accept: application/fhir+xml\r\n")),
              406U);
    EXPECT_EQ(status(fhir("POST /fhir/Patient?_format=xml", kPatient)), 406U);
    EXPECT_EQ(status(fhir("POST /fhir/Observation", kPatient)), 404U);
    EXPECT_EQ(status(fhir("POST /fhir/patient", kPatient)), 404U);
    EXPECT_EQ(status(fhir("POST /fhir/Patient/../x", kPatient)), 404U);
    EXPECT_EQ(status(fhir("POST /fhir/Patient", "not JSON")), 400U);
    EXPECT_EQ(status(fhir("POST /fhir/Patient", R"({"resourceType":"Group"})")), 400U);
    EXPECT_EQ(status(fhir("PUT /fhir/Patient/8", kPatient)), 400U);
    EXPECT_EQ(status(request("DELETE /fhir/Patient/8", "", "")), 405U);
    EXPECT_EQ(status(request("GET /fhir/Patient", "", "")), 405U);
    EXPECT_EQ(status(hook("x")), 200U);  // the connection is still good
    EXPECT_EQ(host_.pushed().size(), 1U);
    EXPECT_EQ(host_.counter("requests_refused"), 16U);
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("Patient")));
}

TEST_F(ListenerTest, OptionsAndHead) {
    Peer peer = start_and_connect();
    EXPECT_THAT(exchange(peer, request("OPTIONS /hook", "", "")).head, HasSubstr("Allow: POST"));
    EXPECT_THAT(exchange(peer, request("OPTIONS /fhir/Patient/1", "", "")).head,
                HasSubstr("Allow: PUT"));
    EXPECT_EQ(exchange(peer, request("OPTIONS *", "", "")).status, 200U);
    peer.send(request("HEAD /fhir/metadata", "", "") + request("OPTIONS *", "", ""));
    EXPECT_THAT(peer.receive_through("\r\n\r\n"), Not(HasSubstr("Content-Length: 0")));
    EXPECT_THAT(peer.receive_through("\r\n\r\n"), HasSubstr("HTTP/1.1 200 OK"));
}

TEST_F(ListenerTest, OnlyThoseWithACredentialMaySend) {
    config_.auth = {.are_required = true, .bearer = "s3cret", .basic = "lab:pass word"};
    answer_all();
    Peer peer = start_and_connect();
    const auto status = [&](std::string_view authorization) {
        return exchange(peer,
                        hook("x",
                             authorization.empty()
                                 ? ""
                                 : "Authorization: " + std::string{authorization} + "\r\n"))
            .status;
    };
    for (const char* wrong : {"",
                              "Bearer",
                              "Bearer ",
                              "Bearer s3cre",
                              "Bearer s3crets3cret",
                              "Basic bGFiOg==",
                              "Basic s3cret",
                              "Digest s3cret",
                              "s3cret"}) {
        EXPECT_EQ(status(wrong), 401U) << wrong;
    }
    EXPECT_EQ(status("Bearer s3cret"), 200U);
    EXPECT_EQ(status("basic bGFiOnBhc3Mgd29yZA=="), 200U);
    EXPECT_EQ(host_.counter("requests_unauthorized"), 9U);
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("s3cre")));
}

TEST_F(ListenerTest, RequiredCredentialsThatAreMissingLetNobodyIn) {
    config_.auth = {.are_required = true};
    Peer peer = start_and_connect();
    EXPECT_EQ(exchange(peer, hook("x", "Authorization: Bearer \r\n")).status, 401U);
    EXPECT_EQ(exchange(peer, hook("x", "Authorization: Basic \r\n")).status, 401U);
}

TEST_F(ListenerTest, RepliesAreHandedOn) {
    Peer peer = start_and_connect();
    peer.send(request("POST /hook", "Content-Type: x-application/hl7-v2+er7\r\n", "MSH|1") +
              fhir("POST /fhir/$process-message", R"({"resourceType":"Bundle"})"));
    const auto records = host_.wait_pushed(2);
    answer(records[0], {.kind = AORTA_ACK_ACCEPT, .reply = "MSH|2"});
    answer(records[1], {.kind = AORTA_ACK_ACCEPT, .reply = "{}"});
    const Received hl7 = receive(peer);
    EXPECT_EQ(hl7.body, "MSH|2");
    EXPECT_THAT(hl7.head, HasSubstr("Content-Type: x-application/hl7-v2+er7\r\n"));
    EXPECT_THAT(receive(peer).head, HasSubstr("Content-Type: application/fhir+json\r\n"));
}

TEST_F(ListenerTest, AfterStopTheLastAnswerEndsTheConnection) {
    Peer peer = start_and_connect();
    peer.send(hook("1") + hook("2"));
    const auto records = host_.wait_pushed(2);
    listener_->stop();
    answer(records.at(0), {.kind = AORTA_ACK_ACCEPT});
    EXPECT_THAT(receive(peer).head, Not(HasSubstr("Connection: close\r\n")));
    answer(records.at(1), {.kind = AORTA_ACK_ACCEPT});
    EXPECT_THAT(receive(peer).head, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ListenerTest, AfterStopNothingIsTakenAndAnswersStillLeave) {
    Peer peer = start_and_connect();
    peer.send(hook("1"));
    const auto record = host_.wait_pushed(1).at(0);
    Peer slow = connect();
    slow.send("POST /hook HTTP/1.1\r\n");
    Peer held = connect();
    host_.set_credit(0);
    held.send(hook("2"));
    ASSERT_TRUE(host_.wait_denied(1));
    listener_->stop();
    const Received told = receive(held);
    EXPECT_EQ(told.status, 503U);
    EXPECT_THAT(told.head, HasSubstr("Connection: close\r\n"));
    answer(record, {.kind = AORTA_ACK_ACCEPT});
    const Received response = receive(peer);
    EXPECT_EQ(response.status, 200U);
    EXPECT_THAT(response.head, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(peer.receive_rest(), "");
    EXPECT_EQ(slow.receive_rest(), "");
    EXPECT_EQ(host_.pushed().size(), 1U);
}

}  // namespace
}  // namespace aorta::plugins::http_source
