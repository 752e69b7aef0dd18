// Access tokens: fetched, kept, renewed.
#include "sink/http/reasons.hpp"
#include "sink/http/tests/client_rig.hpp"

namespace aorta::plugins::http_sink::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OauthTest : public ClientTest {
protected:
    std::unique_ptr<Client> make(Server& api, Server& tokens) {
        config_.oauth = OauthConfig{.token_url = tokens.url("/token"),
                                    .transfer = {},
                                    .client_id = "aorta",
                                    .client_secret = "s3cret &",
                                    .scope = "system/*.write"};
        return make_client(api.url());
    }

    /// A server that names its tokens t1, t2 …
    std::string next_token() {
        return response(200,
                        R"({"access_token":"t)" + std::to_string(++issued_) +
                            R"(","token_type":"bearer","expires_in":100})");
    }

    std::atomic<int> issued_{0};
};

TEST_F(OauthTest, ATokenIsFetchedOnceAndRenewedBeforeItEnds) {
    Server api([](const Seen&) { return response(200); });
    Server tokens([&](const Seen&) { return next_token(); });
    const auto client = make(api, tokens);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
    }
    EXPECT_EQ(api.seen().at(1).head.field("Authorization"), "Bearer t1");
    EXPECT_EQ(tokens.seen().at(0).body,
              "grant_type=client_credentials&client_id=aorta&client_secret=s3cret%20%26"
              "&scope=system%2F%2A.write");
    host_.advance(std::chrono::seconds{75});
    EXPECT_EQ(deliver(*client, host_.delivery("x")).code, ErrorCode::Ok);
    EXPECT_EQ(api.seen().at(2).head.field("Authorization"), "Bearer t2");
    EXPECT_EQ(host_.counter("tokens_fetched"), 2U);
}

TEST_F(OauthTest, ATokenThatIsRefusedIsRenewedOnce) {
    Server api([](const Seen& request) {
        return response(request.head.field("Authorization") == "Bearer t2" ? 200 : 401);
    });
    Server tokens([&](const Seen&) { return next_token(); });
    EXPECT_EQ(deliver(*make(api, tokens), host_.delivery("x")).code, ErrorCode::Ok);
    Server deaf([](const Seen&) { return response(401); });
    const auto other = make(deaf, tokens);
    const Completion refused = deliver(*other, host_.delivery("x"));
    EXPECT_EQ(refused.reason, "http.status_401");
    EXPECT_TRUE(retryable(refused.code));
    EXPECT_EQ(deaf.seen().size(), 2U);
}

TEST_F(OauthTest, WithoutATokenNothingIsSent) {
    Server api([](const Seen&) { return response(200); });
    std::string answer = response(401, R"({"error":"invalid_client s3cret"})");
    Server tokens([&](const Seen&) { return answer; });
    const auto client = make(api, tokens);
    const auto attempt = [&] { return deliver(*client, host_.delivery("x")); };
    EXPECT_EQ(attempt().reason, kNoToken);
    EXPECT_TRUE(retryable(attempt().code));
    answer = response(200, R"({"access_token":"a\r\nX: 1"})");
    EXPECT_EQ(attempt().reason, kNoToken);
    answer = response(200, "no JSON");
    EXPECT_EQ(attempt().reason, kNoToken);
    EXPECT_TRUE(api.seen().empty());
    EXPECT_EQ(host_.counter("tokens_failed"), 4U);
    EXPECT_THAT(host_.log_text(), Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace aorta::plugins::http_sink::test
