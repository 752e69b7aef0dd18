#include "common/fhir/reason.hpp"
#include "common/fhir/tests/oracle.hpp"
#include "common/fhir/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace aorta::fhir {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace)

/// The reason and the place, or "accepted".
std::string refusal_of(std::string_view json, TreeLimits limits = {}) {
    TreeBuilder builder(limits);
    const Result<void> built = builder.build(json);
    return built.ok() ? "accepted"
                      : std::string{reason_id(built.error())} + " " + built.error().where;
}

TEST(Tree, ReadsMembersElementsAndTexts) {
    TreeBuilder builder;
    const std::string json =
        R"({"resourceType": "Patient", "name": [{"family": "M\u00fcller", "given": ["A", "B"]}],
            "active": true, "deceasedBoolean": false, "x": null, "y": 1.50 , "z": {}, "w": [ ]})";
    ASSERT_TRUE(builder.build(json).ok());
    const Element root = builder.tree().root();
    std::string scratch;
    EXPECT_EQ(root["resourceType"].raw(), "Patient");
    const Element name = *root["name"].children().begin();
    EXPECT_EQ(name["family"].raw(), "M\\u00fcller");
    EXPECT_EQ(name["family"].text(scratch), "Müller");
    std::vector<std::string_view> given;
    for (const Element each : name["given"].children()) {
        EXPECT_EQ(each.name(), "");
        given.push_back(each.text(scratch));
    }
    EXPECT_THAT(given, ::testing::ElementsAre("A", "B"));
    EXPECT_TRUE(root["active"].is(Kind::True));
    EXPECT_TRUE(root["deceasedBoolean"].is(Kind::False));
    EXPECT_TRUE(root["x"].is(Kind::Null));
    EXPECT_EQ(root["y"].raw(), "1.50");
    EXPECT_TRUE(root["z"].is(Kind::Object));
    EXPECT_EQ(root["w"].raw(), "[ ]");
    EXPECT_EQ(name.raw(), R"({"family": "M\u00fcller", "given": ["A", "B"]})");
    EXPECT_FALSE(root["no"]["such"]);
    EXPECT_EQ(root["no"].text(scratch), "");
}

TEST(Tree, FindsNamesThatAreWrittenWithEscapes) {
    TreeBuilder builder;
    ASSERT_TRUE(builder.build(R"({"\u0069d": 1, "a\"b": 2})").ok());
    EXPECT_EQ(builder.tree().root()["id"].raw(), "1");
    EXPECT_EQ(builder.tree().root()["a\"b"].raw(), "2");
}

TEST(Tree, TravelsAsABlock) {
    const std::string json = R"({"a": [1, {"b": "c"}]})";
    TreeBuilder builder;
    ASSERT_TRUE(builder.build(json).ok());
    std::vector<std::uint32_t> block(builder.block_size() / 4 + 1);
    builder.copy_to(block.data());
    const auto tree = Tree::open(block.data(), builder.block_size(), json);
    ASSERT_TRUE(tree.ok());
    std::string written;
    testing::write(tree->root(), written);
    EXPECT_EQ(written, R"({"a":[1,{"b":"c"}]})");

    EXPECT_FALSE(Tree::open(block.data(), builder.block_size() - 4, json).ok());
    EXPECT_FALSE(Tree::open(block.data(), builder.block_size() + 4, json).ok());
    EXPECT_FALSE(Tree::open(block.data(), 8, json).ok());
    EXPECT_FALSE(Tree::open(nullptr, 0, json).ok());
    EXPECT_FALSE(Tree::open(block.data(), builder.block_size(), json + " ").ok());
    ++block[0];
    EXPECT_FALSE(Tree::open(block.data(), builder.block_size(), json).ok());
}

TEST(Tree, AcceptsEveryFormOfJson) {
    for (const std::string json : {"{}",
                                   "[]",
                                   "0",
                                   "-0",
                                   "-0.0e+00",
                                   "1E9",
                                   "1e999",
                                   "123456789012345678901234567890.10",
                                   R"("\"\\\/\b\f\n\r\t\u0000\uD83D\uDE00")",
                                   "\"\x7F\xF0\x9F\x98\x80\"",
                                   "\xEF\xBB\xBF {\"a\":1}\r\n\t ",
                                   "\xEF\xBB\xBF[]",
                                   "[[], {}, [{}], null, true, false]"}) {
        EXPECT_EQ(refusal_of(json), "accepted") << json;
    }
}

TEST(Tree, RefusesWhatIsNoJsonAndSaysWhere) {
    const struct {
        std::string json;
        std::string where;
    } cases[] = {
        {"", "byte 0"},
        {"  ", "byte 2"},
        {"{", "byte 1"},
        {"[1", "byte 2"},
        {"[1,", "byte 3"},
        {"[1,]", "byte 3"},
        {"[,1]", "byte 1"},
        {"[1 2]", "byte 3"},
        {"[1}", "byte 2"},
        {"{]", "byte 1"},
        {"{\"a\":1,}", "byte 7"},
        {"{\"a\" 1}", "byte 5"},
        {"{\"a\":}", "byte 5"},
        {"{\"a\"}", "byte 4"},
        {"{1:2}", "byte 1"},
        {"{\"a\":1 \"b\":2}", "byte 7"},
        {"{\"a\":1}}", "byte 7"},
        {"1 2", "byte 2"},
        {"]", "byte 0"},
        {":", "byte 0"},
        {"nul", "byte 0"},
        {"nulll", "byte 0"},
        {"True", "byte 0"},
        {"01", "byte 0"},
        {"-", "byte 0"},
        {"+1", "byte 0"},
        {"1.", "byte 0"},
        {".5", "byte 0"},
        {"1e", "byte 0"},
        {"1e+", "byte 0"},
        {"0x10", "byte 0"},
        {"NaN", "byte 0"},
        {"1\"a\"", "byte 0"},
        {"\"a\"1", "byte 3"},
        {"\"a\"\"b\"", "byte 3"},
        {"'a'", "byte 0"},
        {"\"a", "byte 2"},
        {"\"a\\\"", "byte 4"},
        {"[\"\\x\"]", "byte 2"},
        {"[\"ok\\n\\u12G4\"]", "byte 6"},
        {"[\"\\uD800\"]", "byte 2"},
        {"[\"\\uD800\\u0041\"]", "byte 2"},
        {"[\"\\uDC00\"]", "byte 2"},
        {"[\"a\\\"\\q\"]", "byte 5"},
        {"{\"\\q\":1}", "byte 2"},
        {"\"a\nb\"", "byte 2"},
        {"\"\0\""s, "byte 1"},
        {"[1,\x0C"
         "2]",
         "byte 3"},
        {"[1\x1A]", "byte 2"},
        {"[1]\0"s, "byte 3"},
        {"// a\n{}", "byte 0"},
        {"{}\xFF", "byte 2"},
        {"[\"\xC0\x80\"]", "byte 2"},
        {"[\"\xED\xA0\x80\"]", "byte 2"},
        {"[\"\xF4\x90\x80\x80\"]", "byte 2"},
        {"[\"abc\xE2\x82\"]", "byte 5"},
        {"\xEF\xBB\xBF", "byte 0"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF{}", "byte 0"},
    };

    for (const auto& each : cases) {
        EXPECT_EQ(refusal_of(each.json), "fhir.not_json " + each.where) << each.json;
    }
}

TEST(Tree, RefusesANameTwiceInOneObject) {
    EXPECT_EQ(refusal_of(R"({"a":1,"a":2})"), "fhir.duplicate_name byte 8");
    EXPECT_EQ(refusal_of(R"({"a":{"b":1},"b":[],"a":2})"), "fhir.duplicate_name byte 21");
    EXPECT_EQ(refusal_of(R"({"a":1,"\u0061":2})"), "fhir.duplicate_name byte 8");
    EXPECT_EQ(refusal_of(R"([{"a":1},{"a":2},{"b":{"b":{"b":1}}}])"), "accepted");
}

TEST(Tree, FindsANameTwiceAmongThousands) {
    std::string json = "{";
    for (int i = 0; i < 5000; ++i) {
        json += "\"n" + std::to_string(i) + "\":{\"a\":[]},";
    }
    EXPECT_EQ(refusal_of(json + "\"z\":0}"), "accepted");
    EXPECT_EQ(refusal_of(json + "\"n17\":0}"),
              "fhir.duplicate_name byte " + std::to_string(json.size() + 1));
}

TEST(Tree, RefusesBadNames) {
    const std::string longest(65535, 'n');
    EXPECT_EQ(refusal_of("{\"" + longest + "\":1}"), "accepted");
    EXPECT_EQ(refusal_of("{\"" + longest + "n\":1}"), "fhir.bad_name byte 2");
    EXPECT_EQ(refusal_of("{\"\":1}"), "fhir.bad_name byte 2");
}

TEST(Tree, KeepsItsLimits) {
    EXPECT_EQ(refusal_of("[[1]]", {.max_depth = 2}), "accepted");
    EXPECT_EQ(refusal_of("[[[1]]]", {.max_depth = 2}), "fhir.too_deep byte 2");
    EXPECT_EQ(refusal_of("{\"a\":{\"a\":[]}}", {.max_depth = 2}), "fhir.too_deep byte 10");
    EXPECT_EQ(refusal_of(std::string(1U << 20U, '[')), "fhir.too_deep byte 64");
    EXPECT_EQ(refusal_of("[1,2]", {.max_elements = 3}), "accepted");
    EXPECT_EQ(refusal_of("[1,2,3]", {.max_elements = 3}), "fhir.too_many_elements byte 5");
    EXPECT_EQ(refusal_of("[1]", {.max_bytes = 3}), "accepted");
    EXPECT_EQ(refusal_of("[11]", {.max_bytes = 3}), "fhir.too_large byte 3");
}

TEST(Tree, NeverSaysWhatItRefuses) {
    TreeBuilder builder;
    for (const char* json :
         {R"({"SECRET": SECRET})", R"({"SECRET":1,"SECRET":2})", R"(["SECRET)"}) {
        EXPECT_EQ(builder.build(json).error().message.find("SECRET"), std::string::npos) << json;
    }
}

TEST(Tree, ForgetsTheTextBefore) {
    TreeBuilder builder;
    ASSERT_TRUE(builder.build(R"({"a":["\n",{"b":1}]})").ok());
    ASSERT_FALSE(builder.build("{").ok());
    EXPECT_EQ(builder.tree().header, nullptr);
    ASSERT_TRUE(builder.build("[7]").ok());
    EXPECT_EQ(builder.tree().header->node_count, 2U);
    EXPECT_EQ(builder.tree().root().raw(), "[7]");
}

}  // namespace
}  // namespace aorta::fhir
