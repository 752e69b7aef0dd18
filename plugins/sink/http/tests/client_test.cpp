#include "sink/http/reasons.hpp"
#include "sink/http/tests/client_rig.hpp"

namespace aorta::plugins::http_sink::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ClientTest, RecordsGoOutInOrderOverOneConnection) {
    Server server([](const Seen&) { return response(200); });
    config_.fields = {"X-Source: aorta"};
    const auto client = make_client(server.url("/hook"));
    const auto ended = deliver(*client,
                               {host_.delivery("one", {{"media_type", "text/plain"}}),
                                host_.delivery("two", {}, "hl7v2"),
                                host_.delivery("{}", {}, "fhir"),
                                host_.delivery("", {{"media_type", "a/b\r\nX: 1"}})});
    for (const Completion& completion : ended) {
        EXPECT_EQ(completion.code, ErrorCode::Ok);
    }
    const auto seen = server.seen();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[0].head.method, "POST");
    EXPECT_EQ(seen[0].head.target, "/hook");
    EXPECT_EQ(seen[0].head.field("X-Source"), "aorta");
    EXPECT_EQ(seen[0].body, "one");
    EXPECT_EQ(seen[0].head.field("Content-Type"), "text/plain");
    EXPECT_EQ(seen[1].head.field("Content-Type"), "x-application/hl7-v2+er7");
    EXPECT_EQ(seen[2].head.field("Content-Type"), "application/fhir+json");
    EXPECT_EQ(seen[3].head.field("Content-Type"), "application/octet-stream");
    EXPECT_EQ(seen[3].head.field("X"), "");
    EXPECT_EQ(seen[3].body, "");
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(ClientTest, AttributesInTheUrlAreEncoded) {
    Server server([](const Seen&) { return response(200); });
    config_.method = "PUT";
    const auto client = make_client(server.url("/p/{who}/x?y={what}"));
    EXPECT_EQ(deliver(*client, host_.delivery("a", {{"who", "a/../b c"}, {"what", "1&z=2"}})).code,
              ErrorCode::Ok);
    EXPECT_EQ(server.seen().at(0).head.target, "/p/a%2F..%2Fb%20c/x?y=1%26z%3D2");
    for (const char* bad : {"", ".", ".."}) {
        const Completion refused =
            deliver(*client, host_.delivery("a", {{"who", bad}, {"what", "1"}}));
        EXPECT_EQ(refused.code, ErrorCode::InvalidData);
        EXPECT_EQ(refused.reason, kNoAttribute);
        EXPECT_EQ(refused.where, "who");
    }
    EXPECT_EQ(server.seen().size(), 1U);
}

TEST_F(ClientTest, StatusesAreRefusalsOrOutages) {
    std::atomic<unsigned> status{200};
    Server server([&](const Seen&) { return response(status); });
    const auto client = make_client(server.url());
    const auto code_of = [&](unsigned answered) {
        status = answered;
        return deliver(*client, host_.delivery("x"));
    };
    for (const unsigned done : {200U, 201U, 202U, 204U}) {
        EXPECT_EQ(code_of(done).code, ErrorCode::Ok) << done;
    }
    for (const unsigned refused :
         {400U, 403U, 404U, 405U, 409U, 410U, 412U, 413U, 415U, 418U, 422U}) {
        EXPECT_EQ(code_of(refused).code, ErrorCode::InvalidData) << refused;
    }
    for (const unsigned outage :
         {301U, 307U, 401U, 407U, 408U, 425U, 429U, 500U, 501U, 503U, 504U}) {
        EXPECT_TRUE(retryable(code_of(outage).code)) << outage;
    }
    EXPECT_EQ(code_of(422).reason, "http.status_422");
    EXPECT_EQ(code_of(418).reason, "http.status_4xx");
    EXPECT_EQ(code_of(302).reason, "http.status_3xx");
}

TEST_F(ClientTest, ThePolicyMaySayOtherwise) {
    std::atomic<unsigned> status{200};
    Server server([&](const Seen&) { return response(status); });
    config_.on.set(409, Action::Done);
    config_.on.set(4, Action::Hold);
    config_.on.set(5, Action::DeadLetter);
    const auto client = make_client(server.url());
    const auto code_of = [&](unsigned answered) {
        status = answered;
        return deliver(*client, host_.delivery("x")).code;
    };
    EXPECT_EQ(code_of(409), ErrorCode::Ok);
    EXPECT_EQ(code_of(404), ErrorCode::ResourceExhausted);
    EXPECT_EQ(code_of(500), ErrorCode::InvalidData);
}

TEST_F(ClientTest, WhatIsSentAgainHoldsBackTheRest) {
    Server server([](const Seen& request) {
        return request.body == "two" ? response(503, {}, "Retry-After: 120\r\n") : response(200);
    });
    const auto client = make_client(server.url());
    const auto ended =
        deliver(*client, {host_.delivery("one"), host_.delivery("two"), host_.delivery("three")});
    EXPECT_EQ(ended.at(0).code, ErrorCode::Ok);
    EXPECT_EQ(ended.at(1).reason, "http.status_503");
    EXPECT_EQ(host_.retry_after(1), std::chrono::minutes{2});
    EXPECT_EQ(ended.at(2).reason, kHeldBack);
    EXPECT_EQ(server.seen().size(), 2U);
}

TEST_F(ClientTest, ARefusalHoldsNothingBack) {
    Server server([](const Seen& request) { return response(request.body == "one" ? 400 : 200); });
    const auto client = make_client(server.url());
    const auto ended = deliver(*client, {host_.delivery("one"), host_.delivery("two")});
    EXPECT_EQ(ended.at(0).code, ErrorCode::InvalidData);
    EXPECT_EQ(ended.at(1).code, ErrorCode::Ok);
    EXPECT_EQ(host_.counter("refusals"), 1U);
}

TEST_F(ClientTest, APauseAskedForIsBounded) {
    Server server([](const Seen&) { return response(429, {}, "Retry-After: 999999999\r\n"); });
    const auto client = make_client(server.url());
    EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::ResourceExhausted);
    EXPECT_EQ(host_.retry_after(0), std::chrono::hours{1});
}

TEST_F(ClientTest, OutagesHaveTheirReasons) {
    EXPECT_EQ(deliver(*make_client("http://127.0.0.1:1/"), host_.delivery("x")).reason,
              kUnreachable);
    Server mute([](const Seen&) { return std::string{}; });
    EXPECT_EQ(deliver(*make_client(mute.url()), host_.delivery("x")).reason, kConnectionLost);
    Server babble([](const Seen&) { return std::string{"MSH|^~\\&|no HTTP at all\r\n\r\n"}; });
    EXPECT_EQ(deliver(*make_client(babble.url()), host_.delivery("x")).reason, kNoHttp);
    timeout_ = std::chrono::milliseconds{50};
    Server slow([](const Seen&) { return std::string{"HTTP/1.1 200 OK\r\n"}; });
    const Completion late = deliver(*make_client(slow.url()), host_.delivery("x"));
    EXPECT_EQ(late.reason, kNoAnswer);
    EXPECT_EQ(late.code, ErrorCode::Timeout);
}

TEST_F(ClientTest, AConnectionThatEndedMeanwhileIsReplaced) {
    Server server([](const Seen&) { return response(200, {}, "Connection: close\r\n"); });
    const auto client = make_client(server.url());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
    }
}

TEST_F(ClientTest, ResponsesAreHandedBackAndBounded) {
    std::atomic<std::size_t> size{10};
    Server server([&](const Seen&) { return response(200, std::string(size, 'r')); });
    config_.transfer.max_response_bytes = 1000;
    const auto client = make_client(server.url());
    EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
    EXPECT_EQ(host_.reply(0), std::string(10, 'r'));
    size = 1'000'000;
    EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
    EXPECT_EQ(host_.reply(1), "");
    EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
}

TEST_F(ClientTest, RedirectsAreNotFollowed) {
    Server other([](const Seen&) { return response(200); });
    Server server(
        [&](const Seen&) { return response(307, {}, "Location: " + other.url() + "\r\n"); });
    const auto client = make_client(server.url());
    EXPECT_EQ(deliver(*client, host_.delivery("x")).reason, "http.status_3xx");
    EXPECT_TRUE(other.seen().empty());
}

}  // namespace
}  // namespace aorta::plugins::http_sink::test
