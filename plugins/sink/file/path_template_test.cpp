#include "sink/file/path_template.hpp"

#include <gtest/gtest.h>

namespace aorta::plugins::file_sink {
namespace {

constexpr std::int64_t kTime = 1774747799'000000000;  // 2026-03-29T01:29:59Z

std::string expanded(std::string_view text, std::vector<std::string_view> attributes = {}) {
    const auto parsed = PathTemplate::parse(text, "");
    EXPECT_TRUE(parsed.ok()) << text;
    std::string out;
    parsed->expand({.time_ns = kTime, .id = "0f", .attributes = attributes}, out);
    return parsed->root() + " : " + out;
}

TEST(PathTemplate, RootIsTheFixedDirectory) {
    EXPECT_EQ(expanded("out/{date}.hl7"), "out : 2026-03-29.hl7");
    EXPECT_EQ(expanded("/var/x/{date}/{hour}.hl7"), "/var/x : 2026-03-29/01.hl7");
    EXPECT_EQ(expanded("plain.hl7"), ". : plain.hl7");
    EXPECT_EQ(expanded("/{id}"), "/ : 0f");
    EXPECT_EQ(expanded("a/pre-{id}"), "a : pre-0f");
}

TEST(PathTemplate, TimesBefore1970AreInTheirDay) {
    const auto parsed = PathTemplate::parse("{date}T{hour}", "root");
    std::string out;
    parsed->expand({.time_ns = -1, .id = "", .attributes = {}}, out);
    EXPECT_EQ(out, "1969-12-31T23");
    out.clear();
    parsed->expand({.time_ns = INT64_MIN, .id = "", .attributes = {}}, out);
    EXPECT_EQ(out, "1677-09-21T00");
}

TEST(PathTemplate, AttributeValuesCannotAddComponents) {
    const struct {
        std::string_view value;
        std::string_view expected;
    } cases[] = {
        {"10.0.0.1:2575", "r : 10.0.0.1_2575/x"},
        {"", "r : none/x"},
        {"..", "r : _./x"},
        {"../../etc/passwd", "r : _._.._etc_passwd/x"},
        {"/etc", "r : _etc/x"},
        {std::string_view{"a\0b", 3}, "r : a_b/x"},
    };

    for (const auto& [value, expected] : cases) {
        EXPECT_EQ(expanded("r/{attribute:peer}/x", {value}), expected);
    }
    EXPECT_EQ(expanded("r/{attribute:a}", {std::string(500, 'q')}).size(), 4U + 100U);
}

TEST(PathTemplate, BadTemplatesAreRefused) {
    for (const char* text : {"out/{dat}.hl7",
                             "out/{date",
                             "out/{attribute:}",
                             "out/{date}/../x",
                             "out/{date}//x",
                             "out/{date}/",
                             "out/",
                             "",
                             ".."}) {
        EXPECT_EQ(PathTemplate::parse(text, "").error().code, ErrorCode::InvalidConfig) << text;
    }
    EXPECT_FALSE(PathTemplate::parse("/abs/{date}", "root").ok());
    EXPECT_FALSE(PathTemplate::parse("../{date}", "root").ok());
}

}  // namespace
}  // namespace aorta::plugins::file_sink
