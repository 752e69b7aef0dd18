#include "pipeline/yaml.hpp"

#include "config/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using config::Diagnostics;
using config::Value;
using ::testing::HasSubstr;
using Type = Value::Type;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace): for text with NUL

Value parse(std::string_view text) {
    Diagnostics diagnostics;
    Value value = parse_yaml(text, "p.yaml", diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << text << "\n" << diagnostics.to_text();
    return value;
}

TEST(Yaml, GivesTypedValues) {
    EXPECT_EQ(config::to_json(parse(
                  "a: 1\nb: [1.5, true, ~, text, \"5\", '6']\nc: { d: yes }\ne: |\n  x\n  y\n")),
              R"({"a":1,"b":[1.5,true,null,"text","5","6"],"c":{"d":"yes"},"e":"x\ny\n"})");
    EXPECT_TRUE(parse("a: \"5\"").items[0].quoted);
    EXPECT_FALSE(parse("a: x5").items[0].quoted);
}

TEST(Yaml, KnowsSecrets) {
    const Value value = parse("a: !secret file:/run/x\nb: !secret \"env:Y\"\n");
    EXPECT_EQ(value.items[0].type, Type::Secret);
    EXPECT_EQ(value.items[0].text, "file:/run/x");
    EXPECT_EQ(value.items[1].text, "env:Y");
}

std::string place(const config::Position& at) {
    return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST(Yaml, KnowsWhereThingsStand) {
    const Value value = parse(
        "\xEF\xBB\xBF"
        "ä: ö\r\nlist:\r\n  - x\r\n  - {k: v}\r\nempty:\r\nafter: &x \"é\" \r\nüb: *x\r\n");
    EXPECT_EQ(place(value.keys[0].at), "1:1");
    EXPECT_EQ(place(value.find("ä")->at), "1:4");
    EXPECT_EQ(place(value.find("list")->items[0].at), "3:5");
    EXPECT_EQ(place(value.find("list")->items[1].items[0].at), "4:9");
    EXPECT_EQ(place(value.find("empty")->at), "5:1");
    EXPECT_EQ(place(value.find("after")->at), "6:8");
    EXPECT_EQ(place(value.find("üb")->at), "7:5");
    EXPECT_EQ(value.find("üb")->text, "é");
    EXPECT_EQ(value.at.file, "p.yaml");
}

TEST(Yaml, ReadsNothingAsNull) {
    EXPECT_TRUE(parse("").is(Type::Null));
    EXPECT_TRUE(parse("# only a comment\n").is(Type::Null));
    EXPECT_EQ(config::to_json(parse("---\na: 1\n...\n")), R"({"a":1})");
}

struct Fault {
    const char* name;
    std::string text;
    const char* report;
};

class YamlFault : public ::testing::TestWithParam<Fault> {};

TEST_P(YamlFault, IsReportedWithItsPlace) {
    Diagnostics diagnostics;
    parse_yaml(GetParam().text, "p.yaml", diagnostics);
    EXPECT_TRUE(diagnostics.has_errors());
    EXPECT_THAT(diagnostics.to_text(), HasSubstr(GetParam().report));
}

std::string bomb() {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i <= 9; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j) {
            text += before + (j < 9 ? ", " : "]\n");
        }
    }
    return text;
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

std::string block_maps(std::size_t depth) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) {
        out += std::string(2 * i, ' ') + "a:\n";
    }
    return out;
}

INSTANTIATE_TEST_SUITE_P(
    Limits,
    YamlFault,
    ::testing::Values(
        Fault{"DuplicateKey",
              "a: 1\nb: 2\na: 3\n",
              "p.yaml:3:1: error: the key `a` stands twice\n    it stands in line 1 already"},
        Fault{"DuplicateKeyInAFlowMap",
              "a: {x: 1, 'x': 2}\n",
              "p.yaml:1:11: error: the key `x` stands twice"},
        Fault{"MergeKey",
              "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n",
              "p.yaml:3:3: error: merge keys are not supported"},
        Fault{"AliasInItself",
              "a: &x [1, *x]\n",
              "p.yaml:1:11: error: this alias stands within its own anchor"},
        Fault{"AliasBomb", bomb(), "error: more than 100000 values in one file"},
        Fault{"UnknownAlias",
              "a: *x\n",
              "p.yaml:1:4: error: not YAML: the referenced anchor is not defined"},
        Fault{"DepthOfFlowLists",
              "a: " + repeated("[", 100) + repeated("]", 100),
              "p.yaml:1:67: error: nested deeper than 64"},
        Fault{"DepthBeyondTheReader", "a: " + repeated("[", 100'000), "error: "},
        Fault{"DepthOfFlowMaps", "a: " + repeated("{a: ", 100), "error: nested deeper than 64"},
        Fault{"DepthOfBlockMaps", block_maps(600), "p.yaml:65:129: error: nested deeper than 64"},
        Fault{"DepthOfCompactLists",
              repeated("- ", 100'000) + "x",
              "p.yaml:1:129: error: nested deeper than 64"},
        Fault{"UnclosedDoubleQuote",
              "a: \"xx\nb: 1\nc: 2\n",
              "p.yaml:1:4: error: this quote is never closed"},
        Fault{"UnclosedSingleQuote",
              "a: 1\nb: 'it''s\nc: 2\n",
              "p.yaml:2:4: error: this quote is never closed"},
        Fault{"UnclosedQuoteBehindProperties",
              "b: &x !secret \"file\n",
              "p.yaml:1:15: error: this quote is never closed"},
        Fault{"UnclosedQuoteInAKey", "a: 1\n\"b: 2\n", "error: "},
        Fault{"QuoteClosedByTheNextOne",
              "a: \"xx\nb: \"yy\"\n",
              "p.yaml:2:5: error: not YAML: end of map not found\n    the quote opened in line 1 "
              "goes on over lines"},
        Fault{"BareWordAfterAMap",
              "a: 1\nb\n",
              "p.yaml:2:1: error: `b` is no key: there is no colon behind it"},
        Fault{"BareWordWithoutLineEnd", "a: 1\nbee", "p.yaml:2:1: error: `bee` is no key"},
        Fault{"BareWordInAFlowMap", "a: {x, y: 1}\n", "p.yaml:1:5: error: `x` is no key"},
        Fault{"NulByte", "a: x\0n\n"s, "p.yaml:1:5: error: a control character (0x00)"},
        Fault{"ControlCharacter",
              "a: 1\nb: \x1b[0m\n",
              "p.yaml:2:4: error: a control character (0x1b)"},
        Fault{
            "LoneCarriageReturn", "a: 1\rb: 2\n", "p.yaml:1:5: error: a control character (0x0d)"},
        Fault{"InvalidUtf8", "a: \xC3\x28\n", "p.yaml:1:4: error: a byte that is no UTF-8"},
        Fault{"Utf16",
              "\xFF\xFE"
              "a\0:\0"s,
              "p.yaml:1:1: error: a byte that is no UTF-8"},
        Fault{"TabIndent",
              "a:\n\tb: 1\n",
              "p.yaml:2:1: error: a tab in the indentation\n    indent by spaces"},
        Fault{"TabBehindSpaces", "a:\n  \tb: 1\n", "p.yaml:2:3: error: a tab in the indentation"},
        Fault{"BadIndent", "a:\n  b: 1\n c: 2\n", "p.yaml:3:2: error: not YAML:"},
        Fault{
            "UnclosedFlow", "a: [1, 2\nb: 3\n", "error: not YAML: end of sequence flow not found"},
        Fault{"ColonInAPlainText",
              "a: b: c\n",
              "p.yaml:1:5: error: not YAML: illegal map value\n    a colon stands where"},
        Fault{"SecondDocument",
              "a: 1\n---\nb: 2\n",
              "p.yaml:2:1: error: a second document begins here"},
        Fault{"TextBehindTheDocument",
              "a: 1\n...\nb: 2\n",
              "p.yaml:3:1: error: a second document begins here"},
        Fault{"Directive", "a: 1\n%YAML 1.1\n", "p.yaml:2:1: error: directives are not supported"},
        Fault{"UnknownTag",
              "a: !!str 5\nb: !include x\n",
              "p.yaml:2:4: error: the tag `!include` is not known"},
        Fault{
            "TagOfAList", "a: !!set [x]\n", "error: the tag `tag:yaml.org,2002:set` is not known"},
        Fault{"ListAsKey", "? [a]\n: b\n", "error: a key is a plain text"},
        Fault{"EmptyKey", ": b\n", "error: a key is due here"},
        Fault{"AliasAsKey", "a: &x k\n*x : 1\n", "error: a key is a plain text"},
        Fault{"TooLarge",
              std::string(5U << 20U, '#'),
              "p.yaml: error: the file is larger than 4194304 bytes"}),
    [](const auto& fault) { return fault.param.name; });

TEST(Yaml, NumbersThatReadersDisagreeAboutStayText) {
    const Value value = parse("a: 017\nb: yes\nc: 1_000\nd: 10ms\ne: 0o17\nf: No\n");
    EXPECT_EQ(config::to_json(value),
              R"({"a":"017","b":"yes","c":"1_000","d":"10ms","e":15,"f":"No"})");
}

TEST(Yaml, GoesOnAfterFaultsThatItCanSkip) {
    Diagnostics diagnostics;
    const Value value =
        parse_yaml("a: 1\na: 2\nb: !x 1\n<<: {c: 1}\nd: 4\n", "p.yaml", diagnostics);
    EXPECT_EQ(diagnostics.error_count(), 3U);
    EXPECT_EQ(config::to_json(value), R"({"a":1,"b":"1","d":4})");
}

TEST(Yaml, AliasesAreCopies) {
    EXPECT_EQ(config::to_json(parse("a: &x {k: [1]}\nb: *x\n")),
              R"({"a":{"k":[1]},"b":{"k":[1]}})");
}

TEST(Yaml, TabsAreFineWithinText) {
    EXPECT_EQ(parse("a: \"x\ty\"\nb: 1\t# comment\n\t\nc: 2\n").find("a")->text, "x\ty");
}

}  // namespace
}  // namespace aorta::pipeline
