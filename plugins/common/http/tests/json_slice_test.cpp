#include "common/http/json_slice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aorta::http {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> members(std::string_view object) {
    std::vector<std::string> found;
    const bool is_whole = each_member(object, [&](std::string_view name, std::string_view value) {
        found.push_back(std::string{name} + "=" + std::string{value});
        return true;
    });
    found.emplace_back(is_whole ? "." : "!");
    return found;
}

TEST(JsonSlice, MembersAndItems) {
    EXPECT_THAT(members(R"( { "a" : 1 , "b\u0041":"x,}\"", "c":[1,{"d":2}],"e":{} } )"),
                ElementsAre("a=1", R"(bA="x,}\"")", R"(c=[1,{"d":2}])", "e={}", "."));
    EXPECT_THAT(members("{}"), ElementsAre("."));
    EXPECT_THAT(members("\xEF\xBB\xBF {\"a\":1}\r\n"), ElementsAre("a=1", "."));
    std::vector<std::string> items;
    EXPECT_TRUE(each_item(R"([ "a" ,[1, 2],{"b":[]}, null])", [&](std::string_view item) {
        items.emplace_back(item);
        return true;
    }));
    EXPECT_THAT(items, ElementsAre("\"a\"", "[1, 2]", "{\"b\":[]}", "null"));
}

TEST(JsonSlice, BrokenTextsSayNothing) {
    for (const std::string_view broken : {"",
                                          "[",
                                          "[]",
                                          "x",
                                          "{",
                                          "{\"a\"}",
                                          "{\"a\":}",
                                          "{\"a\":1",
                                          "{\"a\":1 \"b\":2}",
                                          "{a:1}",
                                          "{\"a\":\"x}",
                                          "{\"a\":1,}",
                                          "{\"a\":[}",
                                          "{} x",
                                          "{\"a\":1}}",
                                          "{\"a\":1} {}",
                                          "\xEF\xBB\xBF",
                                          "{\"\\uD800\":1}",
                                          "{\"a\\"}) {
        EXPECT_EQ(members(broken).back(), "!") << broken;
    }
    EXPECT_EQ(members("{\"a\":" + std::string(65, '[') + std::string(65, ']') + "}").back(), "!");
}

TEST(JsonSlice, Texts) {
    EXPECT_EQ(json_text_of(R"({"a":1,"b":"\u00e4\n\ud83d\ude00\/"})", "b"),
              "\xC3\xA4\n\xF0\x9F\x98\x80/");
    EXPECT_EQ(json_text_of(R"({"a":1})", "a"), "");
    EXPECT_EQ(json_text_of(R"({"a":"\ud83d"})", "a"), "");
    EXPECT_EQ(json_text_of(R"({"a":"\x"})", "a"), "");
    EXPECT_EQ(json_member(R"({"a":{"a":2},"b":3})", "b"), "3");
    EXPECT_EQ(json_quoted("a\"\\\n"), R"("a\"\\\u000a")");
}

}  // namespace
}  // namespace aorta::http
