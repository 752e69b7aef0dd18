#include "pipeline/interpolate.hpp"

#include "config/json.hpp"
#include "pipeline/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aorta::pipeline {
namespace {

using config::Diagnostics;
using config::Origin;
using config::Value;
using ::testing::HasSubstr;

Environment environment() {
    Environment out;
    out.set_text("PORT", "2575", Origin::Kind::Environment);
    out.set_text("HOST", "lab", Origin::Kind::EnvFile);
    out.set_text("EMPTY", "", Origin::Kind::Environment);
    out.set_text("TRICK", "${HOST} } # x: y", Origin::Kind::Environment);
    out.set("LIST", Value::of_list({Value::of_int(1)}), Origin::Kind::Parameter);
    return out;
}

Value run(std::string_view text, Diagnostics& diagnostics, Unset unset = Unset::Error) {
    Value value = parse_yaml(text, "p.yaml", diagnostics);
    interpolate(value, environment(), unset, diagnostics);
    return value;
}

TEST(Interpolate, PutsVariablesIntoScalars) {
    struct Case {
        std::string_view text;
        std::string_view json;
    };

    for (const Case& c : {Case{"a: ${PORT}", R"({"a":2575})"},
                          {"a: \"${PORT}\"", R"({"a":"2575"})"},
                          {"a: x${PORT}y", R"({"a":"x2575y"})"},
                          {"a: ${HOST}:${PORT}", R"({"a":"lab:2575"})"},
                          {"a: [{b: \"${HOST}\"}]", R"({"a":[{"b":"lab"}]})"},
                          {"a: ${NONE:-5}", R"({"a":5})"},
                          {"a: ${EMPTY:-5}", R"({"a":5})"},
                          {"a: ${EMPTY-5}", R"({"a":null})"},
                          {"a: x${EMPTY}", R"({"a":"x"})"},
                          {"a: ${NONE:-}", R"({"a":null})"},
                          {"a: ${NONE:-${HOST}-${PORT}}", R"({"a":"lab-2575"})"},
                          {"a: $$", R"({"a":"$"})"},
                          {"a: $${PORT}", R"({"a":"${PORT}"})"},
                          {"a: '^x$'", R"({"a":"^x$"})"},
                          {"a: $5", R"({"a":"$5"})"},
                          {"a: ${TRICK}", R"({"a":"${HOST} } # x: y"})"},
                          {"${PORT}: 1", R"({"${PORT}":1})"},
                          {"a: ${LIST}", R"({"a":[1]})"},
                          {"a: \"${LIST}\"", R"({"a":[1]})"}}) {
        Diagnostics diagnostics;
        const Value value = run(c.text, diagnostics);
        EXPECT_TRUE(diagnostics.empty()) << c.text << "\n" << diagnostics.to_text();
        EXPECT_EQ(config::to_json(value), c.json) << c.text;
    }
}

TEST(Interpolate, NotesTheOriginAndKeepsThePlace) {
    Diagnostics diagnostics;
    const Value value = run("a: 1\nb: ${PORT}\nc: ${NONE:-1}\n", diagnostics);
    EXPECT_EQ(value.find("b")->origin, (Origin{Origin::Kind::Environment, "PORT"}));
    EXPECT_EQ(value.find("b")->at, (config::Position{"p.yaml", 2, 4}));
    EXPECT_EQ(value.find("c")->origin, (Origin{Origin::Kind::File, "NONE"}));
}

TEST(Interpolate, ReportsWhatIsWrong) {
    struct Case {
        std::string_view text;
        std::string_view report;
    };

    for (const Case& c :
         {Case{"a: ${NONE}",
               "p.yaml:1:4: error: the variable `NONE` is not set\n    set it in the environment"},
          {"a: ${PRT}", "did you mean `PORT`?"},
          {"a: \"${EMPTY:?give a port}\"", "`EMPTY` is not set: give a port"},
          {"a: ${NONE?}", "the variable `NONE` is not set"},
          {"a: \"${PORT\"", "a `${` that names no variable"},
          {"a: ${}", "a `${` that names no variable"},
          {"a: ${1}", "a `${` that names no variable"},
          {"a: ${a b}", "a `${` that names no variable"},
          {"a: \"${LIST}${PORT}\"", "`LIST` is a list"},
          {"a: !secret \"${LIST}\"", "`LIST` is a list"},
          {"a: ${NONE:-${LIST}}", "`LIST` is a list"},
          {"a: x${LIST}", "`LIST` is a list, it cannot be a part of a text"}}) {
        Diagnostics diagnostics;
        run(c.text, diagnostics);
        EXPECT_EQ(diagnostics.error_count(), 1U) << c.text;
        EXPECT_THAT(diagnostics.to_text(), HasSubstr(c.report));
    }
}

TEST(Interpolate, GoesOnWithoutAnEnvironment) {
    Diagnostics diagnostics;
    const Value value =
        run("a: ${NONE}\nb: x${NONE}${PORT}\nc: ${PORT}\n", diagnostics, Unset::Warning);
    EXPECT_FALSE(diagnostics.has_errors());
    EXPECT_EQ(diagnostics.warning_count(), 2U);
    EXPECT_EQ(value.find("a")->origin.kind, Origin::Kind::Unset);
    EXPECT_EQ(value.find("b")->origin.kind, Origin::Kind::Unset);
    EXPECT_EQ(value.find("b")->text, "x${NONE}${PORT}");
    EXPECT_EQ(value.find("c")->integer, 2575);
}

TEST(Interpolate, IsBounded) {
    Environment large;
    large.set_text("BIG", std::string(60'000, 'x'), Origin::Kind::Environment);
    std::string references;
    for (int i = 0; i < 1'000; ++i) {
        references += "${BIG}";
    }
    Diagnostics diagnostics;
    Value value = Value::of_text(references);
    interpolate(value, large, Unset::Error, diagnostics);
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("grows too long"));

    std::string nested;
    for (int i = 0; i < 100; ++i) {
        nested += "${A:-";
    }
    value = Value::of_text(nested + std::string(100, '}'));
    Diagnostics deep;
    interpolate(value, {}, Unset::Error, deep);
    EXPECT_THAT(deep.to_text(), HasSubstr("nested too deep"));
}

TEST(Environment, HasAnOrderOfPrecedence) {
    Environment out;
    out.set_text("A", "set", Origin::Kind::Set);
    out.set_text("A", "file", Origin::Kind::EnvFile);
    out.set_text("A", "environment", Origin::Kind::Environment);
    out.set_text("A", "vars", Origin::Kind::Variable);
    EXPECT_EQ(out.find("A")->text, "set");
    out.set_text("A", "parameter", Origin::Kind::Parameter);
    EXPECT_EQ(out.find("A")->text, "parameter");
}

TEST(Environment, ReadsFilesAndAssignments) {
    Environment out;
    Diagnostics diagnostics;
    out.add_file(
        "# comment\nA=1\r\nB = two words \nC='5'\nD=\nbad line\n1X=2\n", "x.env", diagnostics);
    EXPECT_EQ(*out.find("A"), Value::of_int(1));
    EXPECT_EQ(*out.find("B"), Value::of_text("two words"));
    EXPECT_EQ(*out.find("C"), Value::of_text("5"));
    EXPECT_TRUE(out.find("D")->text.empty());
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("x.env:6:1: error: not a variable"));
    EXPECT_THAT(diagnostics.to_text(), HasSubstr("x.env:7:1: error: not a variable"));
    out.add_set("E=a=b", diagnostics);
    EXPECT_EQ(out.find("E")->text, "a=b");
    out.add_set("=x", diagnostics);
    EXPECT_EQ(diagnostics.error_count(), 3U);
    const char* const process[] = {"F=7", "A=process", "NOT A NAME=1", "nothing", nullptr};
    out.add_process(process);
    EXPECT_EQ(*out.find("F"), Value::of_int(7));
    EXPECT_EQ(*out.find("A"), Value::of_int(1));
    EXPECT_EQ(out.names().size(), 6U);
}

}  // namespace
}  // namespace aorta::pipeline
