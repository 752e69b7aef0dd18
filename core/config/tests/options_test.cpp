#include "config/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::config {
namespace {

using ::testing::HasSubstr;
using Type = Value::Type;

Value plain(std::string_view text) {
    Value value = resolve_plain(text);
    value.at = {"p.yaml", 3, 7};
    return value;
}

Value map_of(std::initializer_list<std::pair<std::string, Value>> members) {
    Value map = Value::of_map();
    map.at = {"p.yaml", 2, 1};
    for (const auto& [key, value] : members) {
        map.add(key, value);
    }
    return map;
}

TEST(ApplyOption, GivesTheTypeThatTheOptionSays) {
    struct Case {
        OptionType type;
        Value given;
        Value wanted;
    };

    for (const Case& c : {Case{OptionType::Bool, plain("true"), Value::of_bool(true)},
                          {OptionType::Int, plain("0x10"), Value::of_int(16)},
                          {OptionType::Real, plain("2"), Value::of_real(2)},
                          {OptionType::Text, plain("2.5"), Value::of_text("2.5")},
                          {OptionType::Text, plain("yes"), Value::of_text("yes")},
                          {OptionType::Text, plain("017"), Value::of_text("017")},
                          {OptionType::Text, plain("true"), Value::of_text("true")},
                          {OptionType::Duration, plain("5s"), Value::of_int(5'000'000'000)},
                          {OptionType::Duration, plain("0"), Value::of_int(0)},
                          {OptionType::Size, plain("64KiB"), Value::of_int(65'536)},
                          {OptionType::Size, plain("100"), Value::of_int(100)},
                          {OptionType::Path, plain("out/x.hl7"), Value::of_text("out/x.hl7")},
                          {OptionType::Any, plain("~"), Value{}}}) {
        Diagnostics diagnostics;
        const Value value = apply_option(c.given, {.name = "o", .type = c.type}, diagnostics);
        EXPECT_TRUE(diagnostics.empty()) << diagnostics.to_text();
        EXPECT_EQ(value, c.wanted) << c.given.text;
        EXPECT_EQ(value.text, c.given.text);
        EXPECT_EQ(value.at.line, c.given.at.line);
    }
}

TEST(ApplyOption, RefusesAndSaysWhatIsAccepted) {
    const Option port{
        .name = "port", .type = OptionType::Int, .unit = "", .min = "1", .max = "65535"};
    const Option wait{.name = "wait", .type = OptionType::Duration, .min = "1s", .example = "5s"};
    const Option mode{.name = "mode", .type = OptionType::Text, .one_of = {"append", "replace"}};

    struct Case {
        Option option;
        Value given;
        std::string_view report;
    };

    for (const Case& c :
         {Case{port, plain("70000"), "`port` is too high: 70000\n    accepted: 1 to 65535"},
          {port, plain("0"), "`port` is too low"},
          {port,
           plain("017"),
           "found text `017`\n    a number has no leading zero; octal is written 0o17"},
          {port, Value::of_text("80"), "found text `80`\n    write it without quotes"},
          {port, plain("1.5"), "`port` takes a whole number, found a number `1.5`"},
          {port, plain(""), "`port` takes a whole number, found nothing"},
          {{.name = "b", .type = OptionType::Bool},
           plain("yes"),
           "`b` takes true or false, found text `yes`\n    write true"},
          {{.name = "b", .type = OptionType::Bool}, plain("off"), "write false"},
          {{.name = "b", .type = OptionType::Bool}, plain("1"), "`b` takes true or false"},
          {{.name = "r", .type = OptionType::Real}, plain(".inf"), "`r` takes a number"},
          {wait,
           plain("5"),
           "`wait` takes a duration, found a whole number `5`\n    not a duration: write a number "
           "with"},
          {wait, plain("1ms"), "`wait` is too low: 1ms\n    accepted: 1s and more"},
          {wait, plain("true"), "`wait` takes a duration"},
          {mode,
           plain("apend"),
           "`mode` does not take text `apend`\n    did you mean `append`? accepted: append, "
           "replace"},
          {{.name = "s", .type = OptionType::Size}, plain("64KB"), "not a size"},
          {{.name = "k", .type = OptionType::Secret}, plain("hunter2"), "!secret file:PATH"},
          {{.name = "l", .type = OptionType::List}, plain("x"), "write a list of one item"},
          {{.name = "m", .type = OptionType::Map},
           Value::of_list({}),
           "`m` takes a map, found a list"},
          {{.name = "t", .type = OptionType::Text},
           Value{.type = Type::Secret},
           "could be printed"}}) {
        Diagnostics diagnostics;
        const Value value = apply_option(c.given, c.option, diagnostics);
        EXPECT_TRUE(value.is(Type::Null));
        EXPECT_THAT(diagnostics.to_text(), HasSubstr(c.report));
    }
}

TEST(ApplyOption, DoesNotShowWhatCameFromTheEnvironment) {
    Value value = plain("hunter2");
    value.origin = {.kind = Origin::Kind::Environment, .name = "PORT"};
    Diagnostics diagnostics;
    apply_option(value, {.name = "port", .type = OptionType::Int}, diagnostics);
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("the value of `PORT`"));
    EXPECT_THAT(diagnostics.to_text(), ::testing::Not(HasSubstr("hunter2")));
}

TEST(ApplyOption, TypesAVariableInQuotesByTheOption) {
    Value value = Value::of_text("2575");
    value.origin = {.kind = Origin::Kind::Environment, .name = "PORT"};
    Diagnostics diagnostics;
    EXPECT_EQ(apply_option(value, {.name = "port", .type = OptionType::Int}, diagnostics),
              Value::of_int(2575));
    EXPECT_TRUE(diagnostics.empty());
}

TEST(ApplyOption, LetsWhatIsNotSetPass) {
    Value value = plain("${PORT}");
    value.origin = {.kind = Origin::Kind::Unset, .name = "PORT"};
    Diagnostics diagnostics;
    EXPECT_EQ(apply_option(value, {.name = "port", .type = OptionType::Int}, diagnostics), value);
    EXPECT_TRUE(diagnostics.empty());
}

const std::vector<Option>& schema() {
    static const std::vector<Option> options = {
        {.name = "path", .type = OptionType::Path, .required = true, .example = "out/x"},
        {.name = "wait", .type = OptionType::Duration, .default_text = "5s"},
        {.name = "tags",
         .type = OptionType::List,
         .default_text = R"(["a", "b"])",
         .item = OptionType::Text},
        {.name = "rules",
         .type = OptionType::List,
         .fields = {{.name = "when", .type = OptionType::Expression, .required = true},
                    {.name = "level", .type = OptionType::Int, .default_text = "3"}}},
        {.name = "cases", .type = OptionType::Map, .item = OptionType::Expression},
        {.name = "tls",
         .type = OptionType::Map,
         .fields = {{.name = "on", .type = OptionType::Bool, .default_text = "false"}}},
    };
    return options;
}

TEST(ApplyOptions, FillsInDefaults) {
    Diagnostics diagnostics;
    const Value out = apply_options(map_of({{"path", plain("x")}}), schema(), diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.to_text();
    EXPECT_EQ(out.find("wait")->integer, 5'000'000'000);
    EXPECT_EQ(out.find("wait")->text, "5s");
    EXPECT_EQ(out.find("wait")->origin.kind, Origin::Kind::Default);
    EXPECT_EQ(*out.find("tags"), Value::of_list({Value::of_text("a"), Value::of_text("b")}));
    EXPECT_EQ(*out.find("tls")->find("on"), Value::of_bool(false));
    EXPECT_EQ(out.find("rules"), nullptr);
    EXPECT_EQ(out.keys[0].name, "path");
}

TEST(ApplyOptions, ReportsAllProblemsAtOnce) {
    Diagnostics diagnostics;
    Value rule = map_of({{"level", plain("high")}, {"wen", plain("x")}});
    const Value given =
        map_of({{"waits", plain("1s")}, {"rules", Value::of_list({rule})}, {"wait", plain("1")}});
    apply_options(given, schema(), diagnostics);
    const std::string text = diagnostics.to_text();
    EXPECT_THAT(text, HasSubstr("unknown key `waits`\n    did you mean `wait`?"));
    EXPECT_THAT(text, HasSubstr("`path` is missing\n    for example: path: out/x"));
    EXPECT_THAT(text, HasSubstr("`level` takes a whole number"));
    EXPECT_THAT(text, HasSubstr("unknown key `wen`\n    did you mean `when`?"));
    EXPECT_THAT(text, HasSubstr("`wait` takes a duration"));
    EXPECT_EQ(diagnostics.error_count(), 5U) << "`when` is there, misspelt";
}

TEST(ApplyOptions, ChecksItemsAndFreeKeys) {
    Diagnostics diagnostics;
    const Value cases = map_of({{"any_name", plain("x == 1")}, {"other", Value::of_list({})}});
    const Value tags = Value::of_list({plain("a"), Value::of_map()});
    const Value out = apply_options(
        map_of({{"path", plain("x")}, {"cases", cases}, {"tags", tags}}), schema(), diagnostics);
    EXPECT_EQ(diagnostics.error_count(), 2U);
    EXPECT_EQ(out.find("cases")->find("other")->origin.kind, Origin::Kind::Unset);
    EXPECT_EQ(out.find("tags")->items.size(), 1U);
}

TEST(ApplyOptions, TakesNothingForAnEmptyMapAndNothingElse) {
    Diagnostics diagnostics;
    const std::vector<Option> optional = {
        {.name = "a", .type = OptionType::Int, .default_text = "1"}};
    EXPECT_EQ(apply_options({}, optional, diagnostics).find("a")->integer, 1);
    EXPECT_TRUE(diagnostics.empty());
    apply_options(plain("text"), optional, diagnostics);
    EXPECT_THAT(diagnostics.to_text(),
                HasSubstr("p.yaml:3:7: error: a map is due here, found text `text`"));
}

}  // namespace
}  // namespace aorta::config
