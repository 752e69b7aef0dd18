// Targets, media types and responses.
#include "common/http/media_type.hpp"
#include "common/http/response.hpp"
#include "common/http/target.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aorta::http {
namespace {

TEST(Target, InBothForms) {
    for (const char* raw :
         {"/fhir/Patient%2F1?a=b&c", "http://h.example:8080/fhir/Patient%2F1?a=b&c"}) {
        const auto target = parse_target(raw);
        ASSERT_TRUE(target) << raw;
        EXPECT_EQ(target->path, "/fhir/Patient/1");
        EXPECT_EQ(target->query, "a=b&c");
    }
    EXPECT_EQ(parse_target("https://h.example")->path, "/");
    EXPECT_EQ(parse_target("https://h.example?x")->path, "/");
    EXPECT_EQ(parse_target("*")->path, "*");
    EXPECT_EQ(parse_target("/a%23")->path, "/a#");
}

TEST(Target, NonsenseIsNone) {
    for (const char* raw : {"",
                            "?",
                            "fhir",
                            "/%",
                            "/%4",
                            "/%zz",
                            "/%00",
                            "/a%0d%0aX: 1",
                            "ftp://h/x",
                            "/a#b",
                            "/a?b#c"}) {
        EXPECT_FALSE(parse_target(raw)) << raw;
    }
}

TEST(Target, QueriesAreDecoded) {
    EXPECT_EQ(query_value("a=1&name=J%C3%A4ger+%26&name=2", "name"), "J\xC3\xA4ger &");
    EXPECT_EQ(query_value("name", "name"), "");
    EXPECT_EQ(query_value("names=1", "name"), std::nullopt);
    EXPECT_EQ(query_value("name=%2", "name"), std::nullopt);
    EXPECT_EQ(percent_encode("a b/\xC3\xA4~"), "a%20b%2F%C3%A4~");
}

TEST(MediaType, WithoutParameters) {
    EXPECT_EQ(media_type(" Application/FHIR+json ; charset=utf-8"), "application/fhir+json");
    EXPECT_EQ(media_type("json"), "");
    EXPECT_EQ(media_type("/"), "");
    EXPECT_TRUE(is_fhir_json("application/json"));
    EXPECT_FALSE(is_fhir_json("application/fhir+xml"));
}

TEST(MediaType, AcceptSaysWhatAClientTakes) {
    const auto takes_json = [](std::string_view accept) {
        return accepts(accept, {"application/fhir+json", "application/json"});
    };
    for (const char* accept : {"",
                               "*/*",
                               "application/*",
                               "text/html, application/json;q=0.1",
                               "application/fhir+json; fhirVersion=4.0"}) {
        EXPECT_TRUE(takes_json(accept)) << accept;
    }
    for (const char* accept :
         {"text/html", "application/fhir+xml", "*/*;q=0", "application/json; q=0.0", "nonsense"}) {
        EXPECT_FALSE(takes_json(accept)) << accept;
    }
}

TEST(Response, AsBytes) {
    const std::chrono::seconds now{1'700'000'000};
    EXPECT_EQ(to_bytes({.status = 202}, {}, now),
              "HTTP/1.1 202 Accepted\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
              "Content-Length: 0\r\n\r\n");
    const Response page{.content_type = "text/plain", .body = "abc", .fields = {{"Allow", "GET"}}};
    EXPECT_EQ(to_bytes(page, {.is_head = true, .closes = true}, now),
              "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 3\r\n"
              "Content-Type: text/plain\r\nAllow: GET\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(
        to_bytes(page, {.is_1_0 = true}, now).ends_with("Connection: keep-alive\r\n\r\nabc"));
}

}  // namespace
}  // namespace aorta::http
