#include "source/http/config.hpp"

#include "common/net/tests/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::plugins::http_source {
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

Value path(const char* path, const char* kind = "webhook") {
    return Value::map().with("path", Value::text(path)).with("kind", Value::text(kind));
}

Value at(const char* address, Value paths = Value::list(path("/hook"))) {
    return Value::map().with("listen", Value::text(address)).with("paths", std::move(paths));
}

Value tls() {
    return Value::map().with("certificate", Value::text("a.pem")).with("key", Value::text("a.key"));
}

TEST(Config, OffLoopbackTheSenderMustBeKnown) {
    EXPECT_THAT(problems(at("127.0.0.1:0")), IsEmpty());
    EXPECT_THAT(problems(at("0.0.0.0:0")), ElementsAre(HasSubstr("without TLS")));
    EXPECT_THAT(problems(at("0.0.0.0:0").with("tls", tls())),
                ElementsAre(HasSubstr("any program")));
    EXPECT_THAT(problems(at("0.0.0.0:0")
                             .with("tls", tls())
                             .with("auth", Value::map().with("bearer", Value::text("token")))),
                IsEmpty());
}

TEST(Config, PathsAreChecked) {
    EXPECT_THAT(problems(at("127.0.0.1:0", Value::list())), ElementsAre(HasSubstr("no paths")));
    EXPECT_THAT(problems(at("127.0.0.1:0", Value::list(path("hook"), path("/a?b")))),
                ElementsAre(HasSubstr("slash"), HasSubstr("slash")));
    EXPECT_THAT(problems(at("127.0.0.1:0", Value::list(path("/a"), path("/a/")))),
                ElementsAre(HasSubstr("twice")));
    EXPECT_THAT(problems(at("127.0.0.1:0", Value::list(path("/a"), path("/a/*")))), IsEmpty());
    EXPECT_THAT(
        problems(
            at("127.0.0.1:0",
               Value::list(path("/f", "fhir").with("methods", Value::list(Value::text("PUT")))))),
        ElementsAre(HasSubstr("for webhooks")));
    EXPECT_THAT(
        problems(at("127.0.0.1:0",
                    Value::list(path("/f").with("methods", Value::list(Value::text("GET")))))),
        ElementsAre(HasSubstr("POST, PUT, PATCH")));
    EXPECT_THAT(
        problems(at("127.0.0.1:0",
                    Value::list(path("/f").with("accept", Value::list(Value::text("json")))))),
        ElementsAre(HasSubstr("type/subtype")));
}

TEST(Config, EmptyAuthIsRefused) {
    EXPECT_THAT(problems(at("127.0.0.1:0").with("auth", Value::map())),
                ElementsAre(HasSubstr("bearer, basic or both")));
}

TEST(Config, PickedPartsHaveNamesForExpressions) {
    const Value options = at("127.0.0.1:0")
                              .with("query", Value::list(Value::text("patient-id")))
                              .with("headers", Value::list(Value::text("X-Request-Id")));
    const SourceConfig config = read_config(options.options(), [](Options, const std::string&) {});
    EXPECT_EQ(config.query.at(0).attribute, "query_patient_id");
    EXPECT_EQ(config.headers.at(0).attribute, "header_x_request_id");
}

}  // namespace
}  // namespace aorta::plugins::http_source
