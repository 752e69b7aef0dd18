#include "config/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace aorta::config {
namespace {

using Type = Value::Type;

TEST(Json, ReadsAndWritesTheSame) {
    for (const std::string_view text : {R"(null)",
                                        R"({"b":[1,-2,2.5,true,false,null],"a":{"c":"x\ny"}})",
                                        R"([])",
                                        R"({})",
                                        R"("\u0001\"\\é")",
                                        R"(9223372036854775807)",
                                        R"(1e+100)",
                                        R"([2.0])"}) {
        const auto value = parse_json(text);
        ASSERT_TRUE(value.ok()) << text;
        EXPECT_EQ(to_json(*value), text);
    }
}

TEST(Json, KeepsTheSpellingOfNumbers) {
    EXPECT_EQ(parse_json(" 2.50 ")->text, "2.50");
    EXPECT_EQ(parse_json("[17]")->items[0].text, "17");
}

TEST(Json, ReadsRealsToTheLastBit) {
    const auto value = parse_json("-0.0223333333333333333333333333333333333333333685454775807");
    EXPECT_EQ(value->real, -0.0223333333333333333333333333333333333333333685454775807);
    EXPECT_EQ(parse_json("1e-400")->real, 0.0);
}

TEST(Json, RefusesWhatIsWrongAndSaysWhere) {
    struct Case {
        std::string_view text;
        std::string_view message;
    };

    for (const Case& c : {Case{"", "not JSON"},
                          {"{", "not JSON"},
                          {"[1,]", "not JSON"},
                          {"1 2", "more text behind"},
                          {"{'a':1}", "not JSON"},
                          {R"({"a":1,"a":2})", "the key `a` stands twice"},
                          {R"({"x":{"a":1,"b":2,"a":3}})", "the key `a` stands twice"},
                          {"\"\xFF\"", "not JSON"},
                          {"\"\xED\xA0\x80\"", "not JSON"},
                          {"9223372036854775808", "too large"},
                          {"123456789012345678901234567890", "too large"},
                          {"1e999", "too large"},
                          {"NaN", "not JSON"},
                          {"017", "not JSON"},
                          {"[1] // x", "more text behind"}}) {
        const auto value = parse_json(c.text);
        ASSERT_FALSE(value.ok()) << c.text;
        EXPECT_NE(value.error().message.find(c.message), std::string::npos)
            << c.text << ": " << value.error().message;
        EXPECT_TRUE(value.error().where.starts_with("byte ")) << c.text;
    }
}

TEST(Json, IsBoundedInDepthSizeAndCount) {
    EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')).ok());
    EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')).ok());
    EXPECT_FALSE(parse_json(std::string(100'000, '[')).ok());
    EXPECT_FALSE(parse_json("[1,2,3]", {.max_bytes = 6}).ok());
    EXPECT_TRUE(parse_json("[1,2,3]", {.max_values = 5}).ok());
    EXPECT_FALSE(parse_json("[1,2,3]", {.max_values = 3}).ok());
}

TEST(Json, WritesWhatJsonLacksSafely) {
    EXPECT_EQ(to_json(Value::of_real(std::numeric_limits<double>::infinity())), "null");
    EXPECT_EQ(to_json(Value::of_text("a\xFF"
                                     "b\x7F")),
              R"("a\ufffdb\u007f")");
    const Value secret{
        .type = Type::Secret, .text = "file:/x", .secret = Secret(std::string("hidden"))};
    EXPECT_EQ(to_json(Value::of_list({secret})), R"(["***"])");
}

TEST(Json, IsIndentedForPeople) {
    EXPECT_EQ(to_json_pretty(*parse_json(R"({"a":[1,{}],"b":[]})")),
              "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}\n");
}

}  // namespace
}  // namespace aorta::config
