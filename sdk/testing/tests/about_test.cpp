#include "sdk/testing/src/about.hpp"

#include <aorta/sdk.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aorta::testing {
namespace {

constexpr std::string_view kDescriptor = R"({
    "id": "x", "kind": "processor", "inputs": ["text", "json"],
    "outputs": [{"name": "out", "content_type": "same"}], "reasons": [{"id": "x.y"}],
    "options": [
        {"name": "wait", "type": "duration", "default": "1h30m"},
        {"name": "room", "type": "size", "default": "64KiB"},
        {"name": "ratio", "type": "real", "default": "0.5"},
        {"name": "on", "type": "bool", "default": "true"},
        {"name": "path", "type": "path", "required": true},
        {"name": "names", "type": "list", "item": "text", "default": "[a, 'b c']"},
        {"name": "rules", "type": "list", "fields": [
            {"name": "when", "type": "expression", "required": true},
            {"name": "level", "type": "int", "default": "3"}]},
        {"name": "free", "type": "map", "item": "int"},
        {"name": "tls", "type": "map", "fields": [
            {"name": "port", "type": "int", "default": "2575"}]}]})";

TEST(OptionTree, FillsInDefaultsAndUnits) {
    const auto about = read_about(kDescriptor);
    ASSERT_TRUE(about.ok());
    OptionTree tree;
    ASSERT_TRUE(
        tree.build(*about, R"({path: "/tmp/x", rules: [{when: "a == 1"}], free: {b: 2}})").ok());
    const Options options{tree.root()};

    EXPECT_EQ(options["wait"].duration(), std::chrono::minutes{90});
    EXPECT_EQ(options["room"].bytes(), 65536U);
    EXPECT_EQ(options["ratio"].real(), 0.5);
    EXPECT_TRUE(options["on"].flag());
    EXPECT_EQ(options["path"].text(), "/tmp/x");
    EXPECT_EQ(options["names"].texts(), (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(options["rules"].item(0)["when"].text(), "a == 1");
    EXPECT_EQ(options["rules"].item(0)["level"].integer(), 3);
    EXPECT_EQ(options["free"]["b"].integer(), 2);
    EXPECT_EQ(options["tls"]["port"].integer(), 2575);
    EXPECT_EQ(tree.keys_of("free"), std::vector<std::string>{"b"});
}

TEST(OptionTree, RefusesWhatTheSchemaDoesNotSay) {
    const auto about = read_about(kDescriptor);
    ASSERT_TRUE(about.ok());
    for (const char* given : {"{}",
                              "{path: x, other: 1}",
                              "{path: x, wait: soon}",
                              "{path: x, on: yes}",
                              "{path: x, names: 5}",
                              "{path: x, rules: [{level: 1}]}",
                              "{path: [x}",
                              "{path: 'x}"}) {
        OptionTree tree;
        EXPECT_FALSE(tree.build(*about, given).ok()) << given;
    }
}

TEST(ParseFlow, ReadsJsonAndFlowStyle) {
    const auto node = parse_flow(R"({"a": "\u00e4\n\"", b: [1, two words], c: 127.0.0.1:80})");

    ASSERT_TRUE(node.ok());
    EXPECT_EQ(node->get("a"), "ä\n\"");
    EXPECT_EQ(node->find("b")->items[1].text, "two words");
    EXPECT_EQ(node->get("c"), "127.0.0.1:80");
}

TEST(ReadAbout, RefusesAnUnknownKind) {
    EXPECT_FALSE(read_about(R"({"id": "x", "kind": "teapot"})").ok());
    EXPECT_FALSE(read_about("").ok());
}

}  // namespace
}  // namespace aorta::testing
