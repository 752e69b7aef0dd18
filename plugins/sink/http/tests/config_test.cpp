#include "sink/http/config.hpp"

#include "common/net/tests/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::http_sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Value;

std::vector<std::string> problems(const Value& options) {
    std::vector<std::string> found;
    read_config(options.options(),
                [&](Options, const std::string& message) { found.push_back(message); });
    return found;
}

SinkConfig read(const Value& options) {
    return read_config(options.options(),
                       [](Options, const std::string& message) { ADD_FAILURE() << message; });
}

Value to(const char* url) {
    return Value::map().with("url", Value::text(url));
}

Value plaintext(const char* reason) {
    return Value::map().with("reason", Value::text(reason));
}

TEST(Url, PartsAreFixedOrEncoded) {
    for (const char* good : {"http://127.0.0.1",
                             "http://[::1]:8080/a",
                             "https://h.example?x=1",
                             "https://h/{a}/b/{c}?d={e}"}) {
        EXPECT_TRUE(UrlTemplate::parse(good).ok()) << good;
    }
    for (const char* bad : {"",
                            "h.example/a",
                            "ftp://h/",
                            "https://",
                            "https://u:p@h/",
                            "https://{h}/",
                            "https://h{a}",
                            "https://h/{a",
                            "https://h/{}",
                            "https://h/a}{b}}",
                            "https://h/a b",
                            "https://h/#f",
                            "https://h:0/",
                            "https://h:99999/"}) {
        EXPECT_FALSE(UrlTemplate::parse(bad).ok()) << bad;
    }
    EXPECT_EQ(parse_endpoint("https://h.example/a")->host.port, 443);
    EXPECT_EQ(parse_endpoint("http://[::1]")->host.port, 80);
    EXPECT_EQ(parse_endpoint("http://h:81?x")->path, "?x");
}

TEST(Config, PatientDataLeavesByHttpsUnlessPermitted) {
    EXPECT_THAT(problems(to("http://127.0.0.1:1")), IsEmpty());
    EXPECT_THAT(problems(to("https://h.example")), IsEmpty());
    EXPECT_THAT(problems(to("http://h.example")), ElementsAre(HasSubstr("without TLS")));
    EXPECT_THAT(problems(to("http://h.example").with("plaintext", plaintext("lab network"))),
                IsEmpty());
    EXPECT_THAT(problems(to("http://h.example").with("plaintext", plaintext(""))),
                ElementsAre(HasSubstr("reason")));
    EXPECT_THAT(problems(to("https://h.example").with("plaintext", plaintext("x"))),
                ElementsAre(HasSubstr("drop one")));
    EXPECT_THAT(problems(to("http://127.0.0.1").with("tls", Value::map())),
                ElementsAre(HasSubstr("there is no TLS")));
    EXPECT_EQ(read(to("https://h.example:8443/x")).transfer.tls->server_name, "h.example");
}

TEST(Config, HeadersCannotSmuggle) {
    const auto with = [](std::string name, std::string value) {
        Value headers = Value::map().with("X", Value::text("y"));
        static std::string kept;
        kept = std::move(name);
        headers = Value::map().with(kept, Value::text(std::move(value)));
        return problems(to("http://127.0.0.1").with("headers", std::move(headers)));
    };
    EXPECT_THAT(with("X-Source", "aorta"), IsEmpty());
    EXPECT_THAT(with("X-Source", "a\r\nX: 1"), ElementsAre(HasSubstr("one line")));
    EXPECT_THAT(with("X Source", "a"), ElementsAre(HasSubstr("a header is")));
    EXPECT_THAT(with("content-Length", "1"), ElementsAre(HasSubstr("said by the sink")));
}

TEST(Config, CredentialsBecomeHeaders) {
    const auto with = [](Value auth) {
        return to("http://127.0.0.1").with("auth", std::move(auth));
    };
    EXPECT_THAT(read(with(Value::map().with("bearer", Value::text("t")))).fields,
                ElementsAre("Authorization: Bearer t"));
    EXPECT_THAT(
        read(with(Value::map().with(
                 "basic",
                 Value::map().with("user", Value::text("u")).with("password", Value::text("p w")))))
            .fields,
        ElementsAre("Authorization: Basic dTpwIHc="));
    EXPECT_THAT(
        read(
            with(Value::map().with(
                "header",
                Value::map().with("name", Value::text("X-Api-Key")).with("key", Value::text("k")))))
            .fields,
        ElementsAre("X-Api-Key: k"));
    EXPECT_THAT(problems(with(Value::map().with("bearer", Value::text("a\nb")))),
                ElementsAre(HasSubstr("more than one line")));
}

TEST(Config, SecretsGoByHttps) {
    const auto with = [](const char* url) {
        return to("http://127.0.0.1")
            .with("oauth2",
                  Value::map()
                      .with("token_url", Value::text(url))
                      .with("client_id", Value::text("a"))
                      .with("client_secret", Value::text("b")));
    };
    EXPECT_THAT(problems(with("http://auth.example/token")), ElementsAre(HasSubstr("https")));
    EXPECT_EQ(read(with("https://auth.example/token")).oauth->transfer.tls->server_name,
              "auth.example");
}

TEST(Config, StatusesHaveActions) {
    const SinkConfig config = read(to("http://127.0.0.1")
                                       .with("on",
                                             Value::map()
                                                 .with("409", Value::text("done"))
                                                 .with("5xx", Value::text("dead_letter"))));
    EXPECT_EQ(config.on[409], Action::Done);
    EXPECT_EQ(config.on[503], Action::DeadLetter);
    EXPECT_EQ(config.on[404], Action::DeadLetter);
    EXPECT_EQ(config.on[429], Action::Hold);
    for (const char* bad : {"99", "6xx", "4x", "1xx", "abc"}) {
        EXPECT_THAT(
            problems(
                to("http://127.0.0.1").with("on", Value::map().with(bad, Value::text("done")))),
            ElementsAre(HasSubstr("no status")))
            << bad;
    }
}

}  // namespace
}  // namespace aorta::plugins::http_sink
